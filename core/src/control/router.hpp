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

namespace mockfleet::control {

/// An answer of the control plane; `content-length` and `connection` are added by the wire layer
/// (actions::plain_answer).
struct answer {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool stop_server = false; ///< PUT /stop: stop once this answer is on its way
    bool left_over = false;   ///< of attempt(): nothing was done, so this is no answer
};

struct wiring;
class call;

/// Immutable but for the settings it watches; safe from any thread.
class router {
public:
    /// Everything `parts` points to outlives the router.
    explicit router(const wiring& parts);
    ~router();
    router(const router&) = delete;
    router& operator=(const router&) = delete;

    /// Cheap enough for every request: method and path compared exactly (core.md 1.1.1).
    [[nodiscard]] bool handles(std::string_view method, std::string_view path) const;
    /// Of those: is it worth an attempt()? So it is for the commonest call with a body that is read and
    /// compiled within some tens of microseconds.
    [[nodiscard]] static bool is_short(const model::request_view& request);
    /// handle() on an I/O thread: never waits for a lock, and may leave the call to handle(). The request
    /// lives until then.
    [[nodiscard]] boost::asio::awaitable<answer> attempt(const model::request* request) const;
    /// Runs on a control thread; takes an owned request for which handles() said yes. Never throws for bad
    /// input.
    [[nodiscard]] boost::asio::awaitable<answer> handle(model::request request) const;

private:
    struct state;
    [[nodiscard]] boost::asio::awaitable<answer> answer_to(call* current) const;
    std::shared_ptr<state> state_; ///< shared with the listener of settings
};

} // namespace mockfleet::control
