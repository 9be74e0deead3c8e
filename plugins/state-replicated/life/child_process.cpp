// fork, exec at once, pidfd.
#include "life/child_process.hpp"

#include <boost/asio/buffer.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace mockfleet::replicated {

namespace asio = boost::asio;

namespace {

/// Between fork and exec: nothing but system calls, for other threads may have held any lock.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment, int output,
                         int null, int report, pid_t parent) {
    ::setpgid(0, 0);
    // A leader of the engine that is told to end hands its leadership over.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL); // what is ignored stays ignored over exec
    ::signal(SIGCHLD, SIG_DFL);
    ::dup2(null, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    if (report != 3) {
        ::dup3(report, 3, O_CLOEXEC);
        report = 3;
    }
    ::syscall(SYS_close_range, 4U, ~0U, 0U);
    ::execve(program, arguments, environment);
    const int problem = errno;
    if (::write(report, &problem, sizeof(problem)) < 0) ::_exit(126);
    ::_exit(127);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> made;
    for (const auto& text : texts)
        made.push_back(const_cast<char*>(text.c_str())); // exec's signature; it writes nothing
    made.push_back(nullptr);
    return made;
}

} // namespace

std::string words_of_wait_status(int code, int status) {
    if (code == CLD_EXITED) return "exit status " + std::to_string(status);
    const char* name = ::sigabbrev_np(status);
    return "signal " + (name != nullptr ? "SIG" + std::string(name) : std::to_string(status));
}

child_process::child_process(asio::io_context& loop) : output_(loop), end_(loop) {}

child_process::~child_process() {
    if (pid_ == 0) return;
    signal(SIGKILL);
    siginfo_t ignored{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &ignored, WEXITED);
}

std::string child_process::start(const child_command& what, listener who) {
    std::vector<std::string> all{what.program};
    all.insert(all.end(), what.arguments.begin(), what.arguments.end());
    const auto arguments = pointers(all);
    const auto environment = pointers(what.environment);
    std::array<int, 2> output{-1, -1};
    std::array<int, 2> report{-1, -1};
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(report.data(), O_CLOEXEC) != 0) {
        for (const int fd : {null, output[0], output[1], report[0], report[1]}) {
            if (fd >= 0) ::close(fd);
        }
        return std::string("no pipe for '") + what.program + "': " + std::strerror(errno);
    }
    const pid_t parent = ::getpid();
    const pid_t made = ::fork();
    if (made == 0)
        become(what.program.c_str(), arguments.data(), environment.data(), output[1], null, report[1],
               parent);
    const int fork_problem = errno;
    for (const int fd : {null, output[1], report[1]})
        ::close(fd);
    int problem = 0;
    ssize_t told = 0;
    if (made > 0) {
        // Ends with the exec, which closes the other side.
        do
            told = ::read(report[0], &problem, sizeof(problem));
        while (told < 0 && errno == EINTR);
    }
    ::close(report[0]);
    if (made < 0 || told > 0) {
        ::close(output[0]);
        if (made > 0) ::waitpid(made, nullptr, 0);
        return "cannot start '" + what.program + "': " + std::strerror(made < 0 ? fork_problem : problem);
    }
    pid_ = made;
    who_ = std::move(who);
    output_.assign(output[0]);
    const auto pidfd = static_cast<int>(::syscall(SYS_pidfd_open, made, 0));
    if (pidfd < 0) return "no pidfd for '" + what.program + "': " + std::strerror(errno);
    end_.assign(pidfd);
    read();
    wait();
    return {};
}

void child_process::signal(int number) const {
    // Until it has been waited for, its number belongs to nobody else.
    if (pid_ > 0) ::kill(pid_, number);
}

void child_process::read() {
    output_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](const auto& problem, std::size_t count) {
                                if (problem) return;
                                self->pending_.append(self->buffer_.data(), count);
                                self->take_lines();
                                self->read();
                            });
}

void child_process::take_lines() {
    std::size_t start = 0;
    for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', start)) {
        if (who_.line) who_.line(std::string_view(pending_).substr(start, end - start));
        start = end + 1;
    }
    pending_.erase(0, start);
    if (pending_.size() > most_line) pending_.clear();
}

void child_process::wait() {
    end_.async_wait(asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](const auto& problem) {
                        if (!problem) self->finish();
                    });
}

void child_process::finish() {
    siginfo_t info{};
    const bool known = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) == 0;
    pid_ = 0;
    // What it wrote last may explain its end.
    boost::system::error_code problem;
    output_.non_blocking(true, problem);
    while (!problem) {
        const auto count = output_.read_some(asio::buffer(buffer_), problem);
        pending_.append(buffer_.data(), count);
        take_lines();
    }
    boost::system::error_code ignored;
    output_.close(ignored);
    end_.close(ignored);
    const auto who = std::exchange(who_, {});
    if (who.exited)
        who.exited(known ? words_of_wait_status(info.si_code, info.si_status) : "an unknown status");
}

} // namespace mockfleet::replicated
