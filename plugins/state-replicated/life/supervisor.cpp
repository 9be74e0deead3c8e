// Restarts and stops the engine's process.
#include "life/supervisor.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace mockfleet::replicated {

using namespace std::chrono_literals;

namespace {

constexpr auto first_pause = 100ms;
constexpr auto longest_pause = 5000ms;
/// Whoever ran this long did not fail at the start.
constexpr auto long_run = 10s;

bool is_program(const std::string& path) {
    return ::access(path.c_str(), X_OK) == 0;
}

} // namespace

std::optional<std::string> find_engine_program(const std::string& configured, std::string& problem) {
    if (!configured.empty()) {
        if (is_program(configured)) return configured;
        problem = "clusterEngineBinaryPath: '" + configured +
                  "' is no program that can be run; give the path of etcd (3.4 or newer)";
        return std::nullopt;
    }
    const char* path = std::getenv("PATH");
    std::istringstream folders(path != nullptr ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');) {
        if (!folder.empty() && is_program(folder + "/etcd")) return folder + "/etcd";
    }
    if (is_program("/usr/bin/etcd")) return "/usr/bin/etcd";
    problem = "the engine's program etcd is not installed (looked in PATH and /usr/bin): install the package "
              "etcd-server, or set clusterEngineBinaryPath";
    return std::nullopt;
}

supervisor::supervisor(boost::asio::io_context& loop, plugin::logger log)
    : loop_(loop), log_(log), lines_(log), timer_(loop) {}

std::string supervisor::start(const child_command& what, exit_rule rule) {
    rule_ = std::move(rule);
    stopping_ = false;
    lines_.start_anew();
    child_ = std::make_shared<child_process>(loop_);
    started_ = std::chrono::steady_clock::now();
    auto problem = child_->start(what, {[weak = weak_from_this()](std::string_view line) {
                                            if (const auto self = weak.lock()) self->lines_.line(line);
                                        },
                                        [weak = weak_from_this()](const std::string& how) {
                                            if (const auto self = weak.lock()) self->exited(how);
                                        }});
    if (!problem.empty())
        child_.reset();
    else
        log_.debug("the engine's process runs", {{"pid", std::to_string(child_->pid())}});
    return problem;
}

void supervisor::exited(const std::string& how) {
    child_.reset();
    timer_.cancel();
    if (stopping_) {
        rule_ = nullptr;
        if (const auto done = std::exchange(stopped_, nullptr)) done();
        return;
    }
    const auto ran =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
    failures_ = ran >= long_run ? 1 : failures_ + 1;
    const auto next = rule_({how, lines_.last_complaint(), lines_.was_removed(), ran, failures_});
    if (next && !stopping_) start_later(*next);
}

void supervisor::start_later(const child_command& what) {
    const auto pause = std::min<std::chrono::milliseconds>(first_pause * (1U << std::min(failures_ - 1, 10U)),
                                                           longest_pause);
    log_.warn("the engine's process ended by itself and is started again",
              {{"pause_ms", std::to_string(pause.count())}, {"failures", std::to_string(failures_)}});
    timer_.expires_after(pause);
    timer_.async_wait([weak = weak_from_this(), what](const auto& cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self || self->stopping_) return;
        const auto problem = self->start(what, self->rule_);
        if (problem.empty()) return;
        self->log_.error("the engine's process cannot be started", {{"problem", problem}});
        ++self->failures_;
        self->start_later(what);
    });
}

void supervisor::stop(std::chrono::milliseconds patience, std::function<void()> done) {
    stopping_ = true;
    timer_.cancel();
    if (!running()) {
        rule_ = nullptr;
        boost::asio::post(loop_, std::move(done));
        return;
    }
    stopped_ = std::move(done);
    child_->signal(SIGTERM);
    child_->signal(SIGCONT);
    timer_.expires_after(patience);
    timer_.async_wait([weak = weak_from_this(), patience](const auto& cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self || !self->running()) return;
        self->log_.warn("the engine's process did not end in time and is killed",
                        {{"waited_ms", std::to_string(patience.count())}});
        self->child_->signal(SIGKILL);
    });
}

void supervisor::close() {
    stopping_ = true;
    timer_.cancel();
    rule_ = nullptr;
    stopped_ = nullptr;
    if (child_) child_->signal(SIGKILL);
}

} // namespace mockfleet::replicated
