// What becomes of one call to an engine, whichever way it went there.
#pragma once

#include <functional>
#include <string>

namespace mockfleet::replicated {

/// `not_sent`: the engine cannot have carried it out, for not all of the request has left, or the engine said
/// that it had not looked at it. `lost`: it may have been carried out.
struct http_answer {
    enum class outcome { answered, not_sent, lost };
    outcome what = outcome::not_sent;
    int status = 0;
    bool json = false;
    int grpc = -1; ///< gRPC's code, where one was said; the body counts with 0 only
    std::string body;
    std::string reason; ///< when not answered; what gRPC says of a code other than 0
};

using answer_done = std::function<void(http_answer)>;

} // namespace mockfleet::replicated
