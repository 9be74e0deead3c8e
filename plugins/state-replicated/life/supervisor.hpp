// Keeps one engine process running: start, watch, start again with growing pauses, stop in order.
#pragma once

#include "life/child_process.hpp"
#include "life/engine_log.hpp"

#include <mockfleet/plugin.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mockfleet::replicated {

/// The program to run: `configured`, or etcd of PATH or /usr/bin. nullopt with the operator's sentence in
/// `problem`.
[[nodiscard]] std::optional<std::string> find_engine_program(const std::string& configured,
                                                             std::string& problem);

struct engine_exit {
    std::string how;       ///< "exit status 1", "signal SIGKILL"
    std::string complaint; ///< what it said last
    bool removed = false;  ///< its fleet has removed this member
    std::chrono::milliseconds ran{0};
    std::uint32_t failures = 0; ///< exits in a row without a long run between
};

/// All on the loop's thread. Nothing is called back after stop has completed.
class supervisor : public std::enable_shared_from_this<supervisor> {
public:
    /// What to do after an exit that nobody asked for: nullopt leaves it, a command is started after the
    /// pause.
    using exit_rule = std::function<std::optional<child_command>(const engine_exit&)>;

    supervisor(boost::asio::io_context& loop, plugin::logger log);

    /// Empty, or why the program cannot be started at all.
    [[nodiscard]] std::string start(const child_command& what, exit_rule rule);

    /// SIGTERM, after `patience` SIGKILL; completes when it is gone. At once when nothing runs.
    void stop(std::chrono::milliseconds patience, std::function<void()> done);

    /// At once and without a word: for whoever goes without having stopped.
    void close();

    /// Of the process that runs or ran last.
    [[nodiscard]] const engine_identity& identity() const { return lines_.identity(); }
    [[nodiscard]] bool running() const { return child_ && child_->pid() != 0; }
    [[nodiscard]] pid_t pid() const { return child_ ? child_->pid() : 0; }

private:
    void exited(const std::string& how);
    void start_later(const child_command& what);

    boost::asio::io_context& loop_;
    plugin::logger log_;
    engine_log lines_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<child_process> child_;
    exit_rule rule_;
    std::chrono::steady_clock::time_point started_;
    std::uint32_t failures_ = 0;
    std::function<void()> stopped_;
    bool stopping_ = false;
};

} // namespace mockfleet::replicated
