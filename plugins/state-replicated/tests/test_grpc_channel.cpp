// What a gRPC call is answered when its engine misbehaves: a peer of HTTP/2 frames that the test writes
// itself.
#include "net/grpc_channel.hpp"
#include "net/grpc_message.hpp"

#include "fixtures.hpp"

#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace mockfleet::replicated;
using namespace mockfleet::replicated::testing;
using namespace std::string_view_literals;
using outcome = http_answer::outcome;
using tcp = boost::asio::ip::tcp;

namespace {

enum frame_type : std::uint8_t { data = 0, headers = 1, rst_stream = 3, settings = 4, ping = 6, goaway = 7 };

struct h2_frame {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
    std::string payload;
    [[nodiscard]] bool ends_request() const { return type == data && (flags & 1) != 0; }
};

std::string big_endian(std::uint64_t number, int bytes) {
    std::string made;
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        made.push_back(static_cast<char>(number >> shift & 0xff));
    return made;
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    return big_endian(payload.size(), 3) + static_cast<char>(type) + static_cast<char>(flags) +
           big_endian(stream, 4) + std::string(payload);
}

/// HPACK: a field with its name, not to be remembered.
std::string header_field(std::string_view name, std::string_view value) {
    return '\0' + std::string(1, static_cast<char>(name.size())) + std::string(name) +
           std::string(1, static_cast<char>(value.size())) + std::string(value);
}

const std::string greeting = frame(settings, 0, 0, "");
std::string head(std::uint32_t stream) {
    return frame(headers, 4, stream, "\x88"); // :status 200
}
std::string trailers(std::uint32_t stream, std::string_view status, std::string_view words = "") {
    return frame(headers, 5, stream,
                 header_field("grpc-status", status) + header_field("grpc-message", words));
}
std::string answer_with(std::uint32_t stream, std::string_view message) {
    return head(stream) + frame(data, 0, stream, grpc_frame(message)) + trailers(stream, "0");
}

/// Greets whoever connects and answers each frame with the bytes that `reply` makes of it.
class scripted_peer {
public:
    using reply_function = std::function<std::string(const h2_frame&)>;
    static constexpr std::string_view hang_up = "hang up";

    scripted_peer(boost::asio::io_context& loop, std::string first, reply_function reply)
        : acceptor_(loop, {boost::asio::ip::address_v4::loopback(), 0}), greeting_(std::move(first)),
          reply_(std::move(reply)) {
        accept();
    }
    [[nodiscard]] http_origin origin() const {
        return {false, "127.0.0.1", acceptor_.local_endpoint().port()};
    }
    /// To whoever connected last, unasked.
    void say(std::string_view bytes) {
        if (const auto to = last_.lock()) write(*to, bytes);
    }
    std::size_t connections = 0;
    std::vector<h2_frame> seen;
    [[nodiscard]] std::size_t count(std::uint8_t type) const {
        return static_cast<std::size_t>(
            std::count_if(seen.begin(), seen.end(), [&](const h2_frame& one) { return one.type == type; }));
    }

private:
    struct connection {
        explicit connection(tcp::socket with) : socket(std::move(with)) {}
        tcp::socket socket;
        std::array<char, 65536> buffer{};
        std::string pending;
        bool prefaced = false;
    };

    void accept() {
        acceptor_.async_accept([this](boost::system::error_code problem, tcp::socket socket) {
            if (problem) return;
            ++connections;
            auto made = std::make_shared<connection>(std::move(socket));
            last_ = made;
            write(*made, greeting_);
            read(made);
            accept();
        });
    }
    static void write(connection& to, std::string_view bytes) {
        boost::system::error_code ignored;
        if (bytes == hang_up) {
            to.socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
            to.socket.close(ignored);
        } else if (!bytes.empty()) {
            boost::asio::write(to.socket, boost::asio::buffer(bytes), ignored);
        }
    }
    void read(const std::shared_ptr<connection>& from) {
        from->socket.async_read_some(boost::asio::buffer(from->buffer),
                                     [this, from](boost::system::error_code problem, std::size_t size) {
                                         if (problem) return;
                                         from->pending.append(from->buffer.data(), size);
                                         frames(*from);
                                         if (from->socket.is_open()) read(from);
                                     });
    }
    void frames(connection& from) {
        constexpr std::size_t preface = 24;
        if (!from.prefaced && from.pending.size() >= preface) {
            CHECK(from.pending.starts_with("PRI * HTTP/2.0\r\n"));
            from.pending.erase(0, preface);
            from.prefaced = true;
        }
        const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(from.pending[at]); };
        while (from.prefaced && from.pending.size() >= 9) {
            const std::size_t size = std::size_t{byte(0)} << 16 | std::size_t{byte(1)} << 8 | byte(2);
            if (from.pending.size() < 9 + size) return;
            h2_frame one{byte(3), byte(4), std::uint32_t{byte(7)} << 8 | byte(8),
                         from.pending.substr(9, size)};
            from.pending.erase(0, 9 + size);
            seen.push_back(one);
            const auto bytes = reply_(one);
            write(from, bytes);
            if (!from.socket.is_open()) return;
        }
    }

    tcp::acceptor acceptor_;
    std::weak_ptr<connection> last_;
    std::string greeting_;
    reply_function reply_;
};

struct channel_under_test {
    boost::asio::io_context loop;
    scripted_peer peer;
    std::shared_ptr<grpc_channel> channel;

    explicit channel_under_test(scripted_peer::reply_function reply, std::string first = greeting)
        : peer(loop, std::move(first), std::move(reply)),
          channel(std::make_shared<grpc_channel>(loop.get_executor(), peer.origin(), tls_choice{})) {}
    ~channel_under_test() {
        channel->close();
        loop.restart();
        loop.run_for(20ms);
    }

    std::shared_ptr<std::optional<http_answer>> begin(std::string_view message = "asked",
                                                      std::chrono::milliseconds deadline = 5s) {
        auto got = std::make_shared<std::optional<http_answer>>();
        channel->exchange("/s/M", message, deadline, [got](http_answer with) {
            CHECK_FALSE(got->has_value());
            *got = std::move(with);
        });
        CHECK_FALSE(got->has_value());
        return got;
    }
    http_answer call(std::string_view message = "asked", std::chrono::milliseconds deadline = 5s) {
        const auto got = begin(message, deadline);
        REQUIRE(run_until(loop, [&] { return got->has_value(); }));
        return **got;
    }
};

} // namespace

TEST_CASE("calls share one connection and are answered in any order") {
    std::string kept;
    channel_under_test at([&](const h2_frame& one) -> std::string {
        if (!one.ends_request()) return {};
        if (one.stream == 1) { // the first is answered last, in pieces
            const auto body = grpc_frame("one");
            kept = head(1) + frame(data, 0, 1, body.substr(0, 2)) + frame(data, 0, 1, body.substr(2)) +
                   trailers(1, "0");
            return {};
        }
        return answer_with(one.stream, one.payload.substr(5)) + (one.stream == 5 ? kept : "");
    });
    const auto first = at.begin("a");
    const auto second = at.begin("b");
    const auto third = at.begin("c");
    REQUIRE(
        run_until(at.loop, [&] { return first->has_value() && second->has_value() && third->has_value(); }));
    for (const auto& one : {first, second, third}) {
        CHECK((*one)->what == outcome::answered);
        CHECK((*one)->status == 200);
        CHECK((*one)->grpc == 0);
    }
    CHECK((*first)->body == "one");
    CHECK((*second)->body == "b");
    CHECK((*third)->body == "c");
    CHECK(at.peer.connections == 1);
    CHECK(at.peer.count(rst_stream) == 0);
}

TEST_CASE("a refusal says why, with or without a body before it") {
    channel_under_test at([](const h2_frame& one) -> std::string {
        if (!one.ends_request()) return {};
        if (one.stream == 1)
            return frame(headers, 5, 1,
                         "\x88" + header_field("grpc-status", "8") +
                             header_field("grpc-message", "too%20much"));
        return head(one.stream) + trailers(one.stream, "14", "later");
    });
    const auto at_once = at.call();
    CHECK(at_once.what == outcome::answered);
    CHECK(at_once.grpc == 8);
    CHECK(at_once.reason == "too much");
    const auto later = at.call();
    CHECK(later.grpc == 14);
    CHECK(later.reason == "later");
}

TEST_CASE("an engine that hangs up: lost once all of the request has left, not sent before") {
    channel_under_test at(
        [](const h2_frame& one) { return std::string(one.type == data ? scripted_peer::hang_up : ""sv); });
    SUBCASE("in the middle of a call") {
        const auto with = at.call();
        CHECK(with.what == outcome::lost);
        CHECK_FALSE(with.reason.empty());
        CHECK(at.call().what == outcome::lost);
        CHECK(at.peer.connections == 2);
    }
    SUBCASE("in the middle of a request") {
        // No more than the first window of 65,535 bytes can have left.
        CHECK(at.call(std::string(200'000, 'x')).what == outcome::not_sent);
    }
}

TEST_CASE("an engine that hangs up before it has said anything: not sent") {
    channel_under_test at([](const h2_frame&) { return std::string(scripted_peer::hang_up); }, "");
    CHECK(at.call().what == outcome::not_sent);
}

TEST_CASE("a short call that gives up leaves the connection to those that can wait for it") {
    channel_under_test at(
        [](const h2_frame& one) { return one.ends_request() ? answer_with(one.stream, "late") : ""; }, "");
    const auto patient = at.begin("a");
    CHECK(at.call("b", 50ms).what == outcome::not_sent);
    at.peer.say(greeting);
    REQUIRE(run_until(at.loop, [&] { return patient->has_value(); }));
    CHECK((*patient)->body == "late");
    CHECK(at.peer.connections == 1);
}

TEST_CASE("nobody listens: not sent, and said to be refused") {
    boost::asio::io_context loop;
    const auto channel = std::make_shared<grpc_channel>(
        loop.get_executor(), http_origin{false, "127.0.0.1", free_ports(1)[0]}, tls_choice{});
    std::optional<http_answer> got;
    channel->exchange("/s/M", "x", 5s, [&](http_answer with) { got = std::move(with); });
    REQUIRE(run_until(loop, [&] { return got.has_value(); }));
    CHECK(got->what == outcome::not_sent);
    CHECK(got->reason.find("refused") != std::string::npos);
    channel->close();
}

TEST_CASE(
    "goodbye: what the engine has not looked at was not sent, the rest is answered; the next connects anew") {
    std::uint32_t last = 0;
    channel_under_test at([&](const h2_frame& one) -> std::string {
        if (!one.ends_request()) return {};
        if (at.peer.connections == 2) return answer_with(one.stream, "new");
        return frame(goaway, 0, 0, big_endian(last, 4) + big_endian(0, 4)) +
               (last == 0 ? "" : answer_with(one.stream, "old"));
    });
    SUBCASE("below the call") {
        const auto with = at.call();
        CHECK(with.what == outcome::not_sent);
    }
    SUBCASE("at the call") {
        last = 1;
        const auto with = at.call();
        CHECK(with.what == outcome::answered);
        CHECK(with.body == "old");
    }
    CHECK(at.call().body == "new");
}

TEST_CASE("a call that is reset: not sent when the engine refused it, else lost") {
    std::uint32_t why = 7; // REFUSED_STREAM
    channel_under_test at([&](const h2_frame& one) -> std::string {
        return one.ends_request() ? frame(rst_stream, 0, one.stream, big_endian(why, 4)) : std::string();
    });
    CHECK(at.call().what == outcome::not_sent);
    why = 2; // INTERNAL_ERROR
    const auto with = at.call();
    CHECK(with.what == outcome::lost);
    CHECK(with.reason.find("INTERNAL_ERROR") != std::string::npos);
    CHECK(at.peer.connections == 1);
}

TEST_CASE("the deadline: lost when sent, and the connection is left only when nothing comes from it") {
    bool pings = false;
    channel_under_test at([&](const h2_frame& one) -> std::string {
        return pings && one.type == headers ? frame(ping, 0, 0, "12345678") : std::string();
    });
    SUBCASE("silence") {
        CHECK(at.call("x", 50ms).what == outcome::lost);
        CHECK(at.call("x", 50ms).what == outcome::lost);
        CHECK(at.peer.connections == 2);
    }
    SUBCASE("another call goes on over a connection that is left") {
        const auto patient = at.begin("patient", 400ms);
        CHECK(at.call("x", 50ms).what == outcome::lost);
        CHECK_FALSE(patient->has_value());
        REQUIRE(run_until(at.loop, [&] { return patient->has_value(); }));
        CHECK((*patient)->what == outcome::lost);
    }
    SUBCASE("a sign of life") {
        pings = true;
        CHECK(at.call("x", 50ms).what == outcome::lost);
        CHECK(at.call("x", 50ms).what == outcome::lost);
        CHECK(at.peer.connections == 1);
        CHECK(at.peer.count(rst_stream) >= 1);
    }
    SUBCASE("a request of which only a part was taken") {
        CHECK(at.call(std::string(200'000, 'x'), 50ms).what == outcome::not_sent);
    }
}

TEST_CASE("an engine that accepts and says nothing: not sent") {
    channel_under_test at([](const h2_frame&) { return std::string(); }, "");
    CHECK(at.call("x", 50ms).what == outcome::not_sent);
    CHECK(at.peer.count(headers) == 0);
}

TEST_CASE("what speaks no HTTP/2 is said to") {
    channel_under_test at([](const h2_frame&) { return std::string(); },
                          "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    const auto with = at.call("x", 5s);
    CHECK(with.what == outcome::not_sent);
    CHECK(with.reason.find("does not speak HTTP/2") != std::string::npos);
}

TEST_CASE("answers that are none are lost") {
    std::string bytes;
    channel_under_test at([&](const h2_frame& one) { return one.ends_request() ? bytes : std::string(); });
    SUBCASE("no message") {
        bytes = head(1) + trailers(1, "0");
    }
    SUBCASE("half a message") {
        bytes = head(1) + frame(data, 0, 1, grpc_frame("hello").substr(0, 7)) + trailers(1, "0");
    }
    SUBCASE("compressed") {
        bytes = head(1) + frame(data, 0, 1, "\1\0\0\0\1x"sv) + trailers(1, "0");
    }
    SUBCASE("no status") {
        bytes = head(1) + frame(data, 1, 1, grpc_frame("hello"));
    }
    const auto with = at.call("x", 1s);
    CHECK(with.what == outcome::lost);
    CHECK_FALSE(with.reason.empty());
    CHECK(with.reason.find("in time") == std::string::npos);
}

TEST_CASE("another HTTP status is an answer without a code") {
    channel_under_test at([](const h2_frame& one) {
        return one.ends_request() ? frame(headers, 5, one.stream, "\x8d") : std::string(); // :status 404
    });
    const auto with = at.call();
    CHECK(with.what == outcome::answered);
    CHECK(with.status == 404);
    CHECK(with.grpc == -1);
}

TEST_CASE("closed by its owner: everything is answered, and later calls too") {
    channel_under_test at([](const h2_frame&) { return std::string(); });
    const auto sent = at.begin();
    REQUIRE(run_until(at.loop, [&] { return at.peer.count(data) == 1; }));
    at.channel->close();
    REQUIRE(sent->has_value());
    CHECK((*sent)->what == outcome::lost);
    CHECK(at.call().what == outcome::not_sent);
}

TEST_CASE("a stream: messages as they come, on a connection of its own, and its end") {
    channel_under_test at([](const h2_frame& one) -> std::string {
        if (one.type != data) return {};
        CHECK_FALSE(one.ends_request());
        CHECK(one.payload.substr(5) == "watch");
        return head(one.stream) + frame(data, 0, one.stream, grpc_frame("a") + grpc_frame("b"));
    });
    std::vector<std::string> seen;
    std::optional<http_answer> ended;
    auto link = at.channel->stream("/s/W", "watch",
                                   {[&](std::string_view one) { seen.emplace_back(one); },
                                    [&](http_answer with) { ended = std::move(with); }});
    REQUIRE(run_until(at.loop, [&] { return seen.size() == 2; }));
    CHECK(seen == std::vector<std::string>{"a", "b"});
    CHECK_FALSE(ended);
    link->close();
    at.loop.restart();
    at.loop.run_for(20ms);
    CHECK_FALSE(ended);
}

TEST_CASE("a stream that its engine ends") {
    std::string bytes;
    channel_under_test at([&](const h2_frame& one) { return one.type == data ? bytes : std::string(); });
    SUBCASE("with words") {
        bytes = head(1) + frame(data, 0, 1, grpc_frame("a")) + trailers(1, "14", "bye");
    }
    SUBCASE("by hanging up") {
        bytes = scripted_peer::hang_up;
    }
    std::optional<http_answer> ended;
    const auto link = at.channel->stream(
        "/s/W", "watch", {[](std::string_view) {}, [&](http_answer with) { ended = std::move(with); }});
    REQUIRE(run_until(at.loop, [&] { return ended.has_value(); }));
    CHECK_FALSE(ended->reason.empty());
    if (ended->what == outcome::answered) CHECK(ended->reason == "bye");
    link->close();
}
