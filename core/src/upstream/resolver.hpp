// Look-up of names on threads of its own, because the system's look-up blocks.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mockfleet::upstream {

/// Threads are started when names wait to be looked up and end when there are none for a while. Any thread. A
/// look-up that hangs delays neither a few others nor the end of the program.
class resolver {
public:
    /// The addresses in the order to try them, or none and the reason.
    struct found {
        std::vector<boost::asio::ip::address> addresses;
        std::string failure;
    };
    using receiver = std::function<void(found)>;

    resolver();
    ~resolver(); ///< What has not been looked up yet is forgotten.
    resolver(const resolver&) = delete;
    resolver& operator=(const resolver&) = delete;

    /// `to` is called once, on a thread of the resolver, unless the pointer is dropped before: dropping it
    /// waits for a call that has begun and prevents a later one.
    [[nodiscard]] std::shared_ptr<void> ask(std::string host, receiver to);

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace mockfleet::upstream
