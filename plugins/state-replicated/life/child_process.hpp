// One child process: started with nothing inherited, dying with this process, its output in lines, its end by
// pidfd.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/types.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated {

struct child_command {
    std::string program; ///< a path
    std::vector<std::string> arguments;
    std::vector<std::string> environment; ///< all of it: NAME=value
};

/// How it ended, in words for a log line.
[[nodiscard]] std::string words_of_wait_status(int code, int status);

/// Lives on the loop of the thread that starts it, and gets SIGTERM when that thread ends, however it ends.
/// No signal handler is touched; a host that ignores SIGCHLD is coped with.
class child_process : public std::enable_shared_from_this<child_process> {
public:
    struct listener {
        std::function<void(std::string_view line)> line; ///< of stdout and stderr
        std::function<void(std::string how)> exited;     ///< once; no line follows
    };

    explicit child_process(boost::asio::io_context& loop);
    ~child_process();
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    /// Empty, or why it could not be started.
    [[nodiscard]] std::string start(const child_command& what, listener who);
    void signal(int number) const;
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    void read();
    void take_lines();
    void wait();
    void finish();

    static constexpr std::size_t most_line = 64 * 1024;

    boost::asio::posix::stream_descriptor output_;
    boost::asio::posix::stream_descriptor end_;
    listener who_;
    pid_t pid_ = 0;
    std::array<char, 8192> buffer_{};
    std::string pending_;
};

} // namespace mockfleet::replicated
