// A way through a proxy: CONNECT (RFC 9110 9.3.6) or SOCKS5 (RFC 1928, RFC 1929).
#include "upstream/exchange.hpp"

#include "model/base64.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/read.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <utility>

// gcc 12 takes the allocator that coroutine frames have for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace mockfleet::upstream {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr char socks_version = 5;
constexpr char login_version = 1;
constexpr char no_login = 0;
constexpr char with_login = 2;
constexpr char connect_command = 1;
constexpr char of_v4 = 1;
constexpr char of_name = 3;
constexpr char of_v6 = 4;
constexpr std::size_t longest_part = 255;

template <class Bytes>
void append_bytes(std::string& out, const Bytes& bytes) {
    for (const auto byte : bytes)
        out.push_back(static_cast<char>(byte));
}

std::string socks_request(const endpoint& target) {
    std::string made{socks_version, connect_command, '\0'};
    error_code is_name;
    const auto address = asio::ip::make_address(target.host, is_name);
    if (is_name) {
        made.push_back(of_name);
        made.push_back(static_cast<char>(target.host.size()));
        made += target.host;
    } else if (address.is_v4()) {
        made.push_back(of_v4);
        append_bytes(made, address.to_v4().to_bytes());
    } else {
        made.push_back(of_v6);
        append_bytes(made, address.to_v6().to_bytes());
    }
    made.push_back(static_cast<char>(target.port >> 8U));
    made.push_back(static_cast<char>(target.port & 0xffU));
    return made;
}

} // namespace

task<std::optional<failure>> exchange::tunnel(endpoint target, bool socks) {
    std::optional<failure> problem;
    if (socks)
        problem = co_await ask_socks_proxy(std::move(target));
    else
        problem = co_await ask_http_proxy(std::move(target));
    // Whatever goes wrong here, the upstream was not reached.
    if (problem && problem->what == failure::kind::closed) problem->what = failure::kind::unreached;
    co_return problem;
}

task<std::optional<failure>> exchange::ask_http_proxy(endpoint target) {
    const auto name = to_text(target);
    std::string asked = "CONNECT " + name + " HTTP/1.1\r\nHost: " + name + "\r\n";
    if (!options_->proxy_user.empty())
        asked += "Proxy-Authorization: Basic " +
                 model::encode_base64(options_->proxy_user + ":" + options_->proxy_password) + "\r\n";
    asked += "\r\n";
    if (auto problem = co_await send(asked)) co_return problem;
    auto& reader = connection_->reader;
    reader.begin(expected_body::none);
    for (;;) {
        const auto got = reader.next();
        if (got == response_reader::outcome::head) break;
        if (got == response_reader::outcome::broken)
            co_return failed(failure::kind::unreached, "the proxy: " + reader.why());
        if (auto problem = co_await receive()) co_return problem;
    }
    const auto status = reader.head().status;
    if (status / 100 != 2)
        co_return failed(failure::kind::unreached,
                         "the proxy refuses " + name + " with status " + std::to_string(status) +
                             (status == 407 ? " (see forwardProxyAuthenticationUsername)" : ""));
    if (reader.has_surplus())
        co_return failed(failure::kind::unreached, "the proxy sends more than was asked for");
    co_return std::nullopt;
}

task<std::optional<failure>> exchange::ask_socks_proxy(endpoint target) {
    const auto& user = options_->proxy_user;
    const auto& password = options_->proxy_password;
    if (target.host.size() > longest_part || user.size() > longest_part || password.size() > longest_part)
        co_return failed(failure::kind::unreached, "a name or password is too long for a SOCKS proxy");
    const std::string offer = user.empty() ? std::string{socks_version, 1, no_login}
                                           : std::string{socks_version, 2, no_login, with_login};
    if (auto problem = co_await send(offer)) co_return problem;
    std::array<char, 512> answer{};
    if (auto problem = co_await read_exactly(answer.data(), 2)) co_return problem;
    if (answer[0] != socks_version || (answer[1] != no_login && (answer[1] != with_login || user.empty())))
        co_return failed(failure::kind::unreached, "the SOCKS proxy accepts none of the ways to log in");
    if (answer[1] == with_login) {
        std::string login{login_version, static_cast<char>(user.size())};
        login += user;
        login.push_back(static_cast<char>(password.size()));
        login += password;
        if (auto problem = co_await send(login)) co_return problem;
        if (auto problem = co_await read_exactly(answer.data(), 2)) co_return problem;
        if (answer[1] != 0)
            co_return failed(failure::kind::unreached,
                             "the SOCKS proxy refuses the login (forwardProxyAuthenticationUsername)");
    }
    if (auto problem = co_await send(socks_request(target))) co_return problem;
    if (auto problem = co_await read_exactly(answer.data(), 5)) co_return problem;
    if (answer[0] != socks_version || answer[1] != 0)
        co_return failed(failure::kind::unreached, "the SOCKS proxy cannot reach " + to_text(target) +
                                                       ": code " +
                                                       std::to_string(static_cast<unsigned char>(answer[1])));
    // The address it is reached from, of which one byte has been read.
    const std::size_t rest = answer[3] == of_v4   ? 3 + 2U
                             : answer[3] == of_v6 ? 15 + 2U
                                                  : static_cast<unsigned char>(answer[4]) + 2U;
    co_return co_await read_exactly(answer.data(), rest);
}

task<std::optional<failure>> exchange::read_exactly(char* into, std::size_t size) {
    const auto [ec, read] = co_await asio::async_read(connection_->socket, asio::buffer(into, size), waiting);
    static_cast<void>(read);
    if (ec) co_return failed(failure::kind::closed, "the proxy does not answer: " + ec.message());
    co_return std::nullopt;
}

} // namespace mockfleet::upstream
