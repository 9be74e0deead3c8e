// The control threads: control calls run here as coroutines, so that a large upload or a slow backend never
// holds up an I/O thread.
#pragma once

#include "control/router.hpp"
#include "http/dispatcher.hpp"
#include "model/request.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace mockfleet::app {

/// Thread-safe. The destructor waits for what is running.
class control_pool {
public:
    /// `stop_server` is called on a control thread after the answer to PUT /stop was handed over.
    control_pool(std::size_t threads, std::function<void()> stop_server);
    ~control_pool();
    control_pool(const control_pool&) = delete;
    control_pool& operator=(const control_pool&) = delete;

    /// Returns at once; the answer goes to `reply`.
    void run(const control::router& router, model::request request, std::unique_ptr<http::later> reply);
    /// For work that may block on a file.
    void run(std::function<void()> work);
    [[nodiscard]] boost::asio::any_io_executor executor();
    /// Waits until every call has been answered, but no longer than `patience`; none may be started
    /// afterwards. False when some are still waiting: then the pool must not be destroyed.
    [[nodiscard]] bool join(std::chrono::milliseconds patience);

private:
    struct threads;
    std::unique_ptr<threads> threads_;
    std::function<void()> stop_server_;
};

} // namespace mockfleet::app
