// The HTTP server: I/O threads, listening ports, admission of connections, graceful stop.
#pragma once

#include "base/error.hpp"
#include "http/dispatcher.hpp"
#include "http/server_options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace mockfleet::http {

/// The number of I/O threads that `options` leads to: what readers and logs must have slots for.
[[nodiscard]] std::size_t thread_count(const server_options& options);

/// All calls are for any thread. The I/O threads run from construction to stop(). Every `later` that was
/// handed out must be gone before stop().
class server {
public:
    /// `target` outlives the server.
    server(server_options options, dispatcher& target);
    ~server(); ///< stop()
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Opens further ports (0 = any free one): all or none. Answers the ports opened, in order.
    [[nodiscard]] base::result<std::vector<std::uint16_t>> bind(const std::vector<std::uint16_t>& ports);
    [[nodiscard]] std::vector<std::uint16_t> ports() const;

    /// Closes the idle connections and waits until the running requests are answered; as long as there are
    /// any, new connections are taken for one request each. Then, or after `patience`, closes the ports and
    /// cuts off what is left. Answers how many connections that were.
    std::size_t drain(std::chrono::milliseconds patience);
    /// Cuts off what is open and ends the threads. The second call does nothing.
    void stop();

    [[nodiscard]] std::size_t connections() const;

private:
    class parts;
    std::unique_ptr<parts> parts_;
};

} // namespace mockfleet::http
