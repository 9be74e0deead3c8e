// The control plane: which requests are control requests, and their answers (core.md 1).
#pragma once

#include "control/server_control.hpp"
#include "model/request.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::config {
class settings;
}
namespace mockfleet::store {
class expectations;
class event_log;
} // namespace mockfleet::store

namespace mockfleet::control {

/// An answer of the control plane; `version`, CORS, `deprecated`, `content-length` and `connection` are already among `headers` or
/// added by the wire layer (actions::plain_answer).
struct answer {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool stop_server = false; ///< PUT /stop: stop once this answer is on its way
};

class router {
public:
    struct parts;
    explicit router(std::unique_ptr<parts> wiring);
    ~router();

    /// Cheap enough for every request: method and path compared exactly (core.md 1.1.1). Any thread.
    [[nodiscard]] bool handles(std::string_view method, std::string_view path) const;
    /// Runs on a control thread; takes an owned request. Never throws for bad input.
    [[nodiscard]] boost::asio::awaitable<answer> handle(model::request request) const;

private:
    std::unique_ptr<parts> parts_;
};

} // namespace mockfleet::control
