// The exact bytes of answers, as the original writes them, and the plans of slow ones.
#include "actions/prepared_response.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <unistd.h>

using namespace mockfleet;
using actions::prepared_response;

namespace {

model::response with_body(const std::string& text, model::body_kind kind = model::body_kind::string) {
    model::response made;
    made.body.emplace();
    made.body->kind = kind;
    made.body->text = text;
    return made;
}

void add_header(model::response& to, const std::string& name, const std::vector<std::string>& values) {
    model::multi_value_entry entry;
    entry.name.value = name;
    for (const auto& value : values)
        entry.values.push_back({.value = value});
    to.headers.entries.push_back(entry);
}

model::expectation of(const model::response& response) {
    model::expectation made;
    made.response = response;
    return made;
}

/// The immediate answer, or all pieces of the slow one.
std::string bytes_of(const model::response& response, bool keep_alive = true, bool head_only = false) {
    const prepared_response action(of(response));
    const auto chosen = action.choose(keep_alive);
    std::string slow;
    for (const auto& piece : action.answer(chosen, keep_alive, head_only).pieces)
        slow += piece.bytes;
    if (chosen.immediate == nullptr) return slow;
    CHECK(chosen.immediate->for_method(head_only) == slow); // both ways give the same bytes
    return std::string(chosen.immediate->for_method(head_only));
}

bool closes(const model::response& response, bool keep_alive) {
    const prepared_response action(of(response));
    const auto chosen = action.choose(keep_alive);
    const bool slow = action.answer(chosen, keep_alive, false).after == actions::wire_answer::end::close;
    if (chosen.immediate != nullptr) CHECK(chosen.immediate->close == slow);
    return slow;
}

model::connection_options& options(model::response& of) {
    if (!of.connection) of.connection.emplace();
    return *of.connection;
}

model::delay milliseconds(std::int64_t value) {
    model::delay made;
    made.value = value;
    return made;
}

} // namespace

TEST_CASE("a plain answer") {
    CHECK(bytes_of({}) == "HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n");
    auto response = with_body("hello");
    add_header(response, "X-One", {"1", "2"});
    add_header(response, "aaa", {"b"});
    add_header(response, "X-None", {});
    response.status_code = 201;
    response.reason_phrase = "Made";
    const std::string head =
        "HTTP/1.1 201 Made\r\nX-One: 1\r\nX-One: 2\r\naaa: b\r\nconnection: keep-alive\r\n"
        "content-length: 5\r\n\r\n";
    CHECK(bytes_of(response) == head + "hello");
    CHECK(bytes_of(response, true, true) == head);
    CHECK(bytes_of(response, false).find("\r\nconnection: close\r\n") != std::string::npos);
    CHECK(closes(response, false));
    CHECK_FALSE(closes(response, true));
}

TEST_CASE("reason phrases of statuses without a standard one") {
    const auto line = [](int status) {
        model::response response;
        response.status_code = status;
        const auto bytes = bytes_of(response);
        return bytes.substr(0, bytes.find('\r'));
    };
    CHECK(line(404) == "HTTP/1.1 404 Not Found");
    CHECK(line(299) == "HTTP/1.1 299 Success (299)");
    CHECK(line(450) == "HTTP/1.1 450 Client Error (450)");
    CHECK(line(599) == "HTTP/1.1 599 Server Error (599)");
    CHECK(line(999) == "HTTP/1.1 999 Unknown Status (999)");
}

TEST_CASE("statuses without a body") {
    const auto with_status = [](int status) {
        auto response = with_body("xx");
        response.status_code = status;
        const auto bytes = bytes_of(response);
        return bytes.substr(bytes.find('\r'));
    };
    const std::string kept = "\r\nconnection: keep-alive\r\n";
    CHECK(with_status(204) == kept + "\r\n");
    CHECK(with_status(199) == kept + "\r\n");
    CHECK(with_status(205) == kept + "content-length: 0\r\n\r\n");
    CHECK(with_status(304) == kept + "content-length: 2\r\n\r\n");
}

TEST_CASE("nothing configured can start a line of its own") {
    auto response = with_body("x");
    response.reason_phrase = "a\r\nb: c";
    add_header(response, "X\r\nY", {"1\r\n2\n\n3"});
    response.cookies.entries.push_back({{.value = "c\n"}, {.value = "v\r\nset-cookie: w"}});
    CHECK(bytes_of(response) ==
          "HTTP/1.1 200 ab: c\r\nXY: 123\r\nconnection: keep-alive\r\ncontent-length: 1\r\n"
          "set-cookie: c=vset-cookie: w\r\n\r\nx");
}

TEST_CASE("content types") {
    const auto type_of = [](const model::response& response) {
        const auto bytes = bytes_of(response);
        const auto at = bytes.find("content-type: ");
        return at == std::string::npos ? "" : bytes.substr(at + 14, bytes.find('\r', at) - at - 14);
    };
    CHECK(type_of(with_body("x")).empty());
    CHECK(type_of(with_body("{}", model::body_kind::json)) == "application/json; charset=utf-8");
    CHECK(type_of(with_body("<a/>", model::body_kind::xml)) == "application/xml; charset=utf-8");
    CHECK(type_of(with_body(std::string("\0\1", 2), model::body_kind::binary)).empty());
    auto own = with_body("x", model::body_kind::binary);
    own.body->content_type = "image/png";
    CHECK(type_of(own) == "image/png");
    add_header(own, "Content-Type", {"a/b"});
    CHECK(type_of(own).empty()); // the configured header is the only one
}

TEST_CASE("character sets of bodies") {
    const std::string text = "h\xc3\xa9\xe2\x82\xac"; // U+00E9, U+20AC
    const auto body_with = [&](const std::string& header, model::body_kind kind = model::body_kind::string,
                               const std::string& own_charset = {}) {
        auto response = with_body(text, kind);
        response.body->charset = own_charset;
        if (!header.empty()) add_header(response, "Content-Type", {header});
        const auto bytes = bytes_of(response);
        return bytes.substr(bytes.find("\r\n\r\n") + 4);
    };
    CHECK(body_with("") == text);
    CHECK(body_with("text/plain") == "h\xe9?");
    CHECK(body_with("application/octet-stream") == "h\xe9?");
    CHECK(body_with("text/plain; charset=utf-8") == text);
    CHECK(body_with("text/plain; charset=foo") == "h\xe9?");
    CHECK(body_with("text/html; charset=ISO-8859-1") == "h\xe9?");
    CHECK(body_with("application/json") == text);
    CHECK(body_with("application/hal+json") == text);
    CHECK(body_with("text/xml") == text);
    CHECK(body_with("text/plain; charset=utf-16") == std::string("\xfe\xff\0h\0\xe9\x20\xac", 8));
    CHECK(body_with("text/plain", model::body_kind::json) == text);
    CHECK(body_with("text/plain", model::body_kind::string, "utf-8") == text);
}

TEST_CASE("configured framing headers") {
    auto length = with_body("abc");
    add_header(length, "Content-Length", {"1"});
    add_header(length, "X-A", {"1"});
    CHECK(bytes_of(length) ==
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-A: 1\r\nconnection: keep-alive\r\n\r\nabc");

    auto connection = with_body("a");
    add_header(connection, "Connection", {"upgrade"});
    CHECK(bytes_of(connection) == "HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\na");
    options(connection).suppress_connection_header = true;
    CHECK(bytes_of(connection) == "HTTP/1.1 200 OK\r\nConnection: upgrade\r\ncontent-length: 1\r\n\r\na");

    auto chunked = with_body("abc");
    add_header(chunked, "Transfer-Encoding", {"chunked"});
    add_header(chunked, "Content-Length", {"3"});
    CHECK(bytes_of(chunked) == "HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: "
                               "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
}

TEST_CASE("connection options") {
    const auto with = [](auto set) {
        auto response = with_body("hello world");
        set(options(response));
        return response;
    };
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    CHECK(bytes_of(with([](auto& o) { o.suppress_content_length_header = true; })) ==
          ok + "connection: keep-alive\r\n\r\nhello world");
    CHECK(bytes_of(with([](auto& o) { o.content_length_header_override = 2; })) ==
          ok + "connection: keep-alive\r\ncontent-length: 2\r\n\r\nhello world");
    CHECK(bytes_of(with([](auto& o) { o.suppress_connection_header = true; })) ==
          ok + "content-length: 11\r\n\r\nhello world");

    const auto kept = with([](auto& o) { o.keep_alive_override = true; });
    CHECK(bytes_of(kept, false) == ok + "connection: keep-alive\r\ncontent-length: 11\r\n\r\nhello world");
    CHECK(closes(kept, false)); // the override is about the header only
    const auto not_kept = with([](auto& o) { o.keep_alive_override = false; });
    CHECK(bytes_of(not_kept).starts_with(ok + "connection: close\r\n"));
    CHECK_FALSE(closes(not_kept, true));

    const auto closing = with([](auto& o) { o.close_socket = true; });
    CHECK(bytes_of(closing).starts_with(ok + "connection: close\r\n"));
    CHECK(closes(closing, true));
    const auto open = with([](auto& o) { o.close_socket = false; });
    CHECK(bytes_of(open, false).starts_with(ok + "connection: close\r\n"));
    CHECK_FALSE(closes(open, false));
}

TEST_CASE("chunks") {
    const auto chunked = [](const std::string& body, std::int64_t size, bool head_only = false) {
        auto response = with_body(body);
        options(response).chunk_size = size;
        options(response).content_length_header_override = 7; // chunks win
        const auto bytes = bytes_of(response, true, head_only);
        return bytes.substr(bytes.find("transfer-encoding"));
    };
    const std::string head = "transfer-encoding: chunked\r\n\r\n";
    CHECK(chunked("hello", 2) == head + "2\r\nhe\r\n2\r\nll\r\n1\r\no\r\n0\r\n\r\n");
    CHECK(chunked("hello", 100) == head + "5\r\nhello\r\n0\r\n\r\n");
    CHECK(chunked("hello", 0) == head + "5\r\nhello\r\n0\r\n\r\n");
    CHECK(chunked("hello", -3) == head + "5\r\nhello\r\n0\r\n\r\n");
    CHECK(chunked("", 2) == head + "0\r\n\r\n");
    CHECK(chunked(std::string(26, 'x'), 26).substr(head.size(), 4) == "1a\r\n");
    CHECK(chunked("hello", 2, true) == head);

    auto paused = with_body("hello");
    options(paused).chunk_size = 2;
    options(paused).chunk_delay = milliseconds(5);
    paused.delay = milliseconds(7);
    const prepared_response action(of(paused));
    const auto chosen = action.choose(false);
    CHECK(chosen.immediate == nullptr);
    const auto plan = action.answer(chosen, false, false);
    REQUIRE(plan.pieces.size() == 3);
    CHECK(plan.pieces[0].wait_ns == 7'000'000);
    CHECK(plan.pieces[0].bytes == "HTTP/1.1 200 OK\r\nconnection: close\r\n" + head + "2\r\nhe\r\n");
    CHECK(plan.pieces[1].wait_ns == 5'000'000);
    CHECK(plan.pieces[1].bytes == "2\r\nll\r\n");
    CHECK(plan.pieces[2].bytes == "1\r\no\r\n0\r\n\r\n");
    CHECK(action.answer(chosen, false, true).pieces.size() == 1);
}

TEST_CASE("delays") {
    auto response = with_body("x");
    response.delay = milliseconds(250);
    options(response).close_socket = true;
    options(response).close_socket_delay = milliseconds(100);
    const prepared_response action(of(response));
    const auto plan = action.answer(action.choose(true), true, false);
    REQUIRE(plan.pieces.size() == 1);
    CHECK(plan.pieces[0].wait_ns == 250'000'000);
    CHECK(plan.wait_before_close_ns == 100'000'000);
    CHECK(plan.after == actions::wire_answer::end::close);
}

TEST_CASE("cookies come last, except those that a configured set-cookie header has") {
    model::response response;
    add_header(response, "Set-Cookie", {"s=1; Path=/", "u=2"});
    for (const auto& [name, value] : {std::pair{"s", "1"}, std::pair{"u", "3"}, std::pair{"v", "4"}})
        response.cookies.entries.push_back({{.value = name}, {.value = value}});
    CHECK(bytes_of(response) ==
          "HTTP/1.1 200 OK\r\nSet-Cookie: s=1; Path=/\r\nSet-Cookie: u=2\r\n"
          "connection: keep-alive\r\ncontent-length: 0\r\nset-cookie: u=3\r\nset-cookie: v=4\r\n\r\n");
}

TEST_CASE("headers added for one request leave configured ones alone") {
    auto response = with_body("x");
    add_header(response, "Access-Control-Allow-Origin", {"me"});
    const prepared_response action(of(response));
    const auto made = action.answer(action.choose(true), true, false,
                                    {{"access-control-allow-origin", "*"}, {"access-control-max-age", "0"}});
    CHECK(made.pieces.at(0).bytes ==
          "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: me\r\naccess-control-max-age: 0\r\n"
          "connection: keep-alive\r\ncontent-length: 1\r\n\r\nx");
}

TEST_CASE("files are read when they are served") {
    const auto path =
        (std::filesystem::temp_directory_path() / ("mockfleet-unit-" + std::to_string(::getpid()))).string();
    auto response = with_body(path, model::body_kind::file);
    add_header(response, "Content-Type", {"text/css"});
    const prepared_response action(of(response));
    const auto chosen = action.choose(true);
    CHECK(chosen.immediate == nullptr);
    CHECK(chosen.blocking);
    const auto bytes = [&] { return action.answer(chosen, true, false).pieces.at(0).bytes; };
    CHECK(bytes() ==
          "HTTP/1.1 500 Internal Server Error\r\nconnection: keep-alive\r\ncontent-length: 36\r\n\r\n"
          "Error reading file for response body");
    std::ofstream(path) << "first";
    CHECK(bytes().ends_with(
        "Content-Type: text/css\r\nconnection: keep-alive\r\ncontent-length: 5\r\n\r\nfirst"));
    std::ofstream(path) << "second one";
    CHECK(bytes().ends_with("\r\n\r\nsecond one"));
    CHECK(action.answer(chosen, true, true).pieces.at(0).bytes.ends_with("content-length: 10\r\n\r\n"));
    std::ofstream(path, std::ios::trunc).close();
    CHECK(bytes().ends_with("content-length: 0\r\n\r\n"));
    std::filesystem::remove(path);
}

TEST_CASE("a directory in place of a file is an answer too") {
    const prepared_response action(of(with_body("/", model::body_kind::file)));
    CHECK(action.answer(action.choose(true), true, false).pieces.at(0).bytes.starts_with("HTTP/1.1 500 "));
}

TEST_CASE("errors") {
    model::expectation expectation;
    expectation.error.emplace();
    const auto plan = [&] {
        const prepared_response action(expectation);
        const auto chosen = action.choose(true);
        CHECK(chosen.immediate == nullptr);
        CHECK(chosen.status == 0);
        CHECK(prepared_response::response_of(expectation, chosen) == nullptr);
        return action.answer(chosen, true, false);
    };
    CHECK(plan().pieces.at(0).bytes.empty());
    CHECK(plan().after == actions::wire_answer::end::keep_open);
    expectation.error->drop_connection = true;
    expectation.error->response_bytes = std::string("x\0y", 3);
    expectation.error->delay = milliseconds(3);
    CHECK(plan().pieces.at(0).bytes == std::string("x\0y", 3));
    CHECK(plan().pieces.at(0).wait_ns == 3'000'000);
    CHECK(plan().after == actions::wire_answer::end::close);
}

TEST_CASE("several responses take turns") {
    model::expectation expectation;
    for (const char* body : {"1", "2", "3"})
        expectation.responses.push_back(with_body(body));
    const prepared_response turns(expectation);
    for (std::size_t i = 0; i < 7; ++i) {
        const auto chosen = turns.choose(true);
        CHECK(chosen.index == i % 3);
        CHECK(prepared_response::response_of(expectation, chosen) == &expectation.responses[i % 3]);
    }
    expectation.response_mode = "RANDOM";
    const prepared_response random(expectation);
    std::set<std::size_t> seen;
    for (int i = 0; i < 200; ++i)
        seen.insert(random.choose(true).index);
    CHECK(seen.size() == 3);
}

TEST_CASE("an answer too large to be kept twice is written for a closing client all the same") {
    const auto response = with_body(std::string(100'000, 'x'));
    const prepared_response action(of(response));
    CHECK(action.choose(true).immediate != nullptr);
    const auto chosen = action.choose(false);
    CHECK(chosen.immediate == nullptr);
    const auto plan = action.answer(chosen, false, false);
    CHECK(plan.pieces.at(0).bytes.size() == action.choose(true).immediate->bytes.size() - 5);
    CHECK(plan.after == actions::wire_answer::end::close);
}

TEST_CASE("an answer on its way can say that the connection ends") {
    auto bytes = actions::plain_answer(200, {{"a", "b"}}, "\r\nconnection: keep-alive\r\n", true).bytes;
    actions::announce_close(bytes);
    const auto closing =
        actions::plain_answer(200, {{"a", "b"}}, "\r\nconnection: keep-alive\r\n", false).bytes;
    CHECK(bytes == closing);
    actions::announce_close(bytes);
    CHECK(bytes == closing);
}

TEST_CASE("no control character of a response reaches the wire") {
    model::response response;
    response.reason_phrase = "a\r\nb";
    model::single_value_entry cookie;
    cookie.name.value = "c";
    cookie.value.value = std::string("x\0y\x7f", 4);
    response.cookies.entries.push_back(cookie);
    const auto written = actions::write_response(response, "");
    CHECK(written.bytes.find("HTTP/1.1 200 ab\r\n") == 0);
    CHECK(written.bytes.find("set-cookie: c=xy\r\n") != std::string::npos);
}

TEST_CASE("answers of the server itself") {
    const auto made = actions::plain_answer(404, {}, {}, true);
    CHECK(made.bytes == "HTTP/1.1 404 Not Found\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n");
    CHECK_FALSE(made.close);
    const auto error = actions::plain_answer(400, {{"content-type", "text/plain"}}, "no", false);
    CHECK(error.bytes == "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: "
                         "close\r\ncontent-length: 2\r\n\r\nno");
    CHECK(error.close);
}
