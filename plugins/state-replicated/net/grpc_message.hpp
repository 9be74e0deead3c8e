// gRPC's own part of a call over HTTP/2: messages with their length before them, and words in percent code.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::replicated {

/// The message with its prefix, as a body carries it. At most 4 GB.
[[nodiscard]] std::string grpc_frame(std::string_view message);

/// Finds the messages in the pieces of a body.
class grpc_message_reader {
public:
    void feed(std::string_view piece) { pending_.append(piece); }
    /// The next whole message; nothing while one is incomplete, and when the body is no such thing
    /// (broken()).
    [[nodiscard]] std::optional<std::string> next();
    [[nodiscard]] bool broken() const { return broken_; }
    /// Nothing is left of a message that is not whole.
    [[nodiscard]] bool empty() const { return at_ == pending_.size(); }

private:
    static constexpr std::size_t most_message = 1024UL * 1024 * 1024;

    std::string pending_;
    std::size_t at_ = 0;
    bool broken_ = false;
};

/// grpc-message; what is no percent code stays as it is.
[[nodiscard]] std::string percent_decoded(std::string_view text);

} // namespace mockfleet::replicated
