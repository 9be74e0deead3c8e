// Parses the texts that name nodes.
#include "settings/seed_list.hpp"

#include <boost/asio/ip/address.hpp>

#include <charconv>

namespace mockfleet::replicated {

namespace {

std::optional<std::uint16_t> port_of(std::string_view digits) {
    std::uint16_t port = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (problem != std::errc() || end != digits.data() + digits.size() || port == 0) return std::nullopt;
    return port;
}

/// Takes the host off the front; what is left is empty or starts with a colon.
std::string_view take_host(std::string_view& text) {
    std::string_view host;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return {};
        host = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
    } else {
        host = text.substr(0, text.find(':'));
        text.remove_prefix(host.size());
    }
    if (!text.empty() && !text.starts_with(':')) return {};
    return host;
}

/// A port after a colon, or nothing.
bool take_port(std::string_view& text, std::optional<std::uint16_t>& to) {
    if (text.empty()) return true;
    text.remove_prefix(1);
    const auto digits = text.substr(0, text.find(':'));
    to = port_of(digits);
    text.remove_prefix(digits.size());
    return to.has_value();
}

bool is_host(std::string_view text) {
    constexpr std::string_view others = ".-_:%";
    if (text.empty()) return false;
    for (const char c : text) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && others.find(c) == std::string_view::npos) return false;
    }
    return true;
}

} // namespace

std::optional<host_port> parse_host_port(std::string_view text) {
    std::optional<std::uint16_t> port;
    const auto host = take_host(text);
    if (!is_host(host) || !take_port(text, port) || !port || !text.empty()) return std::nullopt;
    return host_port{std::string(host), *port};
}

std::optional<seed> parse_seed(std::string_view text, std::uint16_t own_peer_port,
                               std::uint16_t own_ack_port) {
    std::optional<std::uint16_t> peer;
    std::optional<std::uint16_t> ack;
    const auto host = take_host(text);
    if (!is_host(host) || !take_port(text, peer) || !take_port(text, ack) || !text.empty())
        return std::nullopt;
    seed made;
    made.host = host;
    made.peer_port = peer.value_or(own_peer_port);
    const int distance = own_ack_port - own_peer_port;
    made.ack_port = ack.value_or(static_cast<std::uint16_t>(made.peer_port + distance));
    made.name = member_name(made.host, made.peer_port);
    return made;
}

std::string member_name(std::string_view host, std::uint16_t peer_port) {
    std::string name(host);
    // The engine's lists of members are cut at commas and equals signs; colons are kept out for the eye.
    for (char& c : name) {
        if (c == ':' || c == '%') c = '_';
    }
    return name + "-" + std::to_string(peer_port);
}

bool is_loopback(std::string_view host) {
    if (host == "localhost") return true;
    boost::system::error_code no_address;
    const auto address = boost::asio::ip::make_address(host, no_address);
    return !no_address && address.is_loopback();
}

std::string authority(std::string_view host, std::uint16_t port) {
    const bool v6 = host.find(':') != std::string_view::npos;
    return (v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::to_string(port);
}

} // namespace mockfleet::replicated
