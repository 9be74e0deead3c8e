// posix_spawn and a pipe.
#include "process_output.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT: POSIX declares it nowhere

namespace mockfleet::s3 {

namespace {

using clock = std::chrono::steady_clock;

class spawn_setup {
public:
    explicit spawn_setup(int output) {
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, output, 1);
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        posix_spawnattr_init(&attributes);
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes, &none);
        sigset_t all;
        sigfillset(&all);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(&attributes,
                                 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    ~spawn_setup() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    spawn_setup(const spawn_setup&) = delete;
    spawn_setup& operator=(const spawn_setup&) = delete;

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

/// Empty, or why reading ended before the end.
std::string read_all(int from, clock::time_point until, std::string& to) {
    constexpr std::size_t most = 1UL << 20U;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
        if (left <= 0) return "it did not end in time";
        pollfd waiting{from, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(left));
        if (ready < 0 && errno != EINTR) return std::strerror(errno);
        if (ready <= 0) continue;
        const auto count = ::read(from, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::strerror(errno);
        if (count == 0) return {};
        to.append(buffer.data(), static_cast<std::size_t>(count));
        if (to.size() > most) return "it prints more than 1 MiB";
    }
}

/// The exit status; nullopt when it is still running at `until`, 0 when the host has its children collected
/// by the system.
std::optional<int> collect(pid_t child, clock::time_point until) {
    constexpr int look_again_ms = 5;
    int status = 0;
    for (;;) {
        const auto ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child) return status;
        if (ended < 0 && errno != EINTR) return 0;
        if (clock::now() >= until) return std::nullopt;
        ::poll(nullptr, 0, look_again_ms);
    }
}

} // namespace

process_result run_process(const std::string& command, std::chrono::milliseconds patience) {
    process_result made;
    std::array<int, 2> output{-1, -1};
    if (::pipe2(output.data(), O_CLOEXEC) != 0) {
        made.problem = std::string("no pipe: ") + std::strerror(errno);
        return made;
    }
    pid_t child = 0;
    int problem = 0;
    {
        const spawn_setup setup(output[1]);
        const std::array<const char*, 4> arguments{"sh", "-c", command.c_str(), nullptr};
        problem = ::posix_spawn(&child, "/bin/sh", &setup.actions, &setup.attributes,
                                const_cast<char* const*>(arguments.data()), environ);
    }
    ::close(output[1]);
    if (problem != 0) {
        ::close(output[0]);
        made.problem = std::string("it cannot be started: ") + std::strerror(problem);
        return made;
    }
    const auto until = clock::now() + patience;
    made.problem = read_all(output[0], until, made.output);
    ::close(output[0]);
    // One that has closed its output may still go on.
    const auto status = made.problem.empty() ? collect(child, until) : std::nullopt;
    if (!status) {
        ::kill(-child, SIGKILL);
        static_cast<void>(collect(child, clock::time_point::max()));
        if (made.problem.empty()) made.problem = "it did not end in time";
    } else if (*status != 0) {
        made.problem = WIFEXITED(*status) ? "exit status " + std::to_string(WEXITSTATUS(*status))
                                          : "signal " + std::to_string(WTERMSIG(*status));
    }
    return made;
}

} // namespace mockfleet::s3
