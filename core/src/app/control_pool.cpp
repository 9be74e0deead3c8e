// One coroutine per control call on a small thread pool.
#include "app/control_pool.hpp"

#include "actions/prepared_response.hpp"
#include "base/log.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace mockfleet::app {

namespace {

void log_failed(const std::exception& bug) {
    base::log::error("control-call-failed", "a control call failed unexpectedly", {{"error", bug.what()}});
}

boost::asio::awaitable<void> serve(const control::router* router, model::request request,
                                   std::unique_ptr<http::later> reply,
                                   const std::function<void()>* stop_server) {
    const bool keep_alive = request.view().keep_alive;
    auto made = co_await router->handle(std::move(request));
    auto bytes = actions::plain_answer(made.status, made.headers, made.body, keep_alive && !made.stop_server);
    reply->send(std::move(bytes.bytes),
                bytes.close ? http::after_answer::close : http::after_answer::keep_open);
    if (made.stop_server) (*stop_server)();
}

} // namespace

struct control_pool::threads {
    explicit threads(std::size_t count) : pool(count) {}
    boost::asio::thread_pool pool;
};

control_pool::control_pool(std::size_t count, std::function<void()> stop_server)
    : threads_(std::make_unique<threads>(count)), stop_server_(std::move(stop_server)) {}

control_pool::~control_pool() {
    threads_->pool.join();
}

void control_pool::run(const control::router& router, model::request request,
                       std::unique_ptr<http::later> reply) {
    boost::asio::co_spawn(threads_->pool, serve(&router, std::move(request), std::move(reply), &stop_server_),
                          [](const std::exception_ptr& failure) {
                              if (!failure) return;
                              try {
                                  std::rethrow_exception(failure);
                              } catch (const std::exception& bug) {
                                  log_failed(bug);
                              }
                          });
}

void control_pool::run(std::function<void()> work) {
    boost::asio::post(threads_->pool, [work = std::move(work)] {
        try {
            work();
        } catch (const std::exception& bug) {
            log_failed(bug);
        }
    });
}

boost::asio::any_io_executor control_pool::executor() {
    return threads_->pool.get_executor();
}

bool control_pool::join(std::chrono::milliseconds patience) {
    // The pool itself can only wait for ever. Who gives up on it leaves the thread to the end of the process.
    auto joined = std::make_shared<std::promise<void>>();
    auto done = joined->get_future();
    std::thread([this, joined] {
        threads_->pool.join();
        joined->set_value();
    }).detach();
    return done.wait_for(patience) == std::future_status::ready;
}

} // namespace mockfleet::app
