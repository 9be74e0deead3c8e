// Formatting of socket addresses.
#include "http/address_text.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

namespace mockfleet::http {

namespace {

std::string to_text(const sockaddr_storage& address) {
    char text[INET6_ADDRSTRLEN] = "";
    std::string made;
    if (address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
        return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
    }
    if (address.ss_family != AF_INET6) return made;
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    const auto port = ":" + std::to_string(ntohs(v6.sin6_port));
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof text);
        return text + port;
    }
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]" + port;
}

using name_call = int (*)(int, sockaddr*, socklen_t*);

std::string address_of(int socket, name_call name) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (name(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    return to_text(address);
}

} // namespace

std::string local_address(int socket) {
    return address_of(socket, getsockname);
}
std::string remote_address(int socket) {
    return address_of(socket, getpeername);
}

} // namespace mockfleet::http
