// Response framing on Beast's basic_parser: views instead of a field container, chunks decoded in place.
#include "upstream/response_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace mockfleet::upstream {

namespace {

namespace beast = boost::beast;
using beast::error_code;
using framing = response_head::framing;

constexpr std::size_t first_capacity = 16 * 1024;
constexpr std::size_t usual_capacity = 64 * 1024;
constexpr std::size_t least_room = 4 * 1024;
constexpr std::size_t longest_lines = 64 * 1024; // of chunk sizes and the trailer
constexpr std::size_t shortest_chunked_rest = 5; // "0\r\n\r\n"
constexpr int most_interim = 32;

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

/// What the parser has recognised of the answer at hand.
struct received_answer {
    response_head head;
    bool complete = false; // later fields are trailers
    char* piece_end = nullptr;
    const char* refusal = nullptr; // set together with an error

    void clear() {
        head.headers.clear();
        head.reason = {};
        head.length = 0;
        complete = false;
        refusal = nullptr;
    }
};

class view_parser final : public beast::http::basic_parser<false> {
public:
    explicit view_parser(received_answer& answer) : answer_(answer) {
        header_limit(std::numeric_limits<std::uint32_t>::max()); // the reader counts for itself
        body_limit(boost::none);
    }

private:
    void fail(error_code& ec, const char* reason) {
        answer_.refusal = reason;
        ec = beast::http::error::bad_value;
    }

    void on_response_impl(int status, beast::string_view reason, int, error_code&) override {
        answer_.head.status = status;
        answer_.head.reason = view(reason);
    }

    void on_field_impl(beast::http::field id, beast::string_view name, beast::string_view value,
                       error_code& ec) override {
        if (answer_.complete) return;
        // Beast joins folded lines in a buffer of its own; another reader might not join them.
        const char* const after_name = name.data() + name.size();
        if (value.data() < after_name ||
            static_cast<std::size_t>(value.data() - after_name) > longest_lines ||
            std::memchr(after_name, '\n', static_cast<std::size_t>(value.data() - after_name)) != nullptr)
            return fail(ec, "a header value starts on another line than its name");
        if (id == beast::http::field::transfer_encoding && !beast::iequals(value, "chunked"))
            return fail(ec, "the only known transfer encoding is chunked");
        answer_.head.headers.push_back({view(name), view(value)});
    }

    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view piece, error_code&) override {
        std::memmove(answer_.piece_end, piece.data(), piece.size());
        answer_.piece_end += piece.size();
        return piece.size();
    }

    void on_header_impl(error_code&) override { answer_.complete = true; }
    void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int,
                         error_code&) override {}
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}

    received_answer& answer_;
};

} // namespace

class response_reader::parts {
public:
    explicit parts(const response_limits& limits) : limits_(limits) {}

    void begin(expected_body body);
    std::span<char> room();
    outcome next();

    enum class stage { head, body, finished, broken };

    received_answer answer_;
    std::string_view piece_;
    std::string why_;
    stage stage_ = stage::finished;
    bool ended_ = false;
    bool keep_alive_ = false;
    // [0, raw_) is parsed, [raw_, end_) is not.
    std::size_t raw_ = 0;
    std::size_t end_ = 0;

private:
    outcome read_head();
    outcome head_complete();
    outcome read_body();
    outcome read_chunks();
    outcome break_off(std::string why);
    void restart();

    const response_limits& limits_;
    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    std::optional<view_parser> parser_;
    expected_body expected_ = expected_body::as_framed;
    std::uint64_t left_ = 0;
    std::uint64_t taken_ = 0;
    int interim_ = 0;
};

void response_reader::parts::restart() {
    answer_.clear();
    parser_.emplace(answer_);
    if (expected_ == expected_body::none) parser_->skip(true);
}

void response_reader::parts::begin(expected_body body) {
    expected_ = body;
    stage_ = stage::head;
    interim_ = 0;
    taken_ = 0;
    if (raw_ == end_) raw_ = end_ = 0;
    restart();
}

std::span<char> response_reader::parts::room() {
    piece_ = {};
    if (stage_ != stage::head) {
        // Nothing points into what has been parsed any more.
        if (raw_ > 0 && raw_ < end_) std::memmove(data_.get(), data_.get() + raw_, end_ - raw_);
        end_ -= raw_;
        raw_ = 0;
    }
    if (capacity_ - end_ < least_room || (stage_ == stage::body && capacity_ < usual_capacity)) {
        const auto wanted =
            capacity_ == 0
                ? first_capacity
                : std::max(usual_capacity, capacity_ - end_ < least_room ? 2 * capacity_ : capacity_);
        auto larger = std::make_unique_for_overwrite<char[]>(wanted);
        if (end_ > 0) std::memcpy(larger.get(), data_.get(), end_);
        if (stage_ == stage::head) {
            // What was recognised points into the old buffer.
            const auto moved = [&](std::string_view text) {
                return text.empty()
                           ? text
                           : std::string_view(larger.get() + (text.data() - data_.get()), text.size());
            };
            answer_.head.reason = moved(answer_.head.reason);
            for (auto& header : answer_.head.headers)
                header = {moved(header.name), moved(header.value)};
        }
        data_ = std::move(larger);
        capacity_ = wanted;
    }
    return {data_.get() + end_, capacity_ - end_};
}

response_reader::outcome response_reader::parts::next() {
    switch (stage_) {
    case stage::head:
        return read_head();
    case stage::body:
        return answer_.head.body == framing::chunked ? read_chunks() : read_body();
    case stage::finished:
        return outcome::complete;
    case stage::broken:
        break;
    }
    return outcome::broken;
}

response_reader::outcome response_reader::parts::read_head() {
    for (;;) {
        if (raw_ == end_) {
            if (ended_) return break_off("the connection was closed before the answer");
            return outcome::need_more;
        }
        error_code ec;
        raw_ += parser_->put(boost::asio::const_buffer(data_.get() + raw_, end_ - raw_), ec);
        if (ec == beast::http::error::need_more) {
            if (ended_) return break_off("the connection was closed within the headers");
            if (end_ > limits_.head)
                return break_off("the headers are larger than " + std::to_string(limits_.head) + " bytes");
            return outcome::need_more;
        }
        if (ec)
            return break_off(answer_.refusal != nullptr ? answer_.refusal
                                                        : "malformed answer: " + ec.message());
        if (answer_.head.status >= 200) return head_complete();
        if (answer_.head.status == 101)
            return break_off("the upstream switches to another protocol, which was not asked for");
        if (++interim_ > most_interim) return break_off("too many interim answers");
        restart();
    }
}

response_reader::outcome response_reader::parts::head_complete() {
    auto& head = answer_.head;
    if (raw_ > limits_.head)
        return break_off("the headers are larger than " + std::to_string(limits_.head) + " bytes");
    keep_alive_ = parser_->keep_alive();
    const auto length = parser_->content_length();
    const bool bodyless = expected_ == expected_body::none || head.status == 204 || head.status == 304;
    if (bodyless || (!parser_->chunked() && length && *length == 0)) {
        head.body = framing::none;
        stage_ = stage::finished;
        return outcome::head;
    }
    stage_ = stage::body;
    if (parser_->chunked()) {
        head.body = framing::chunked;
        parser_->eager(true);
    } else if (length) {
        if (*length > limits_.body)
            return break_off("the body is larger than " + std::to_string(limits_.body) + " bytes");
        head.body = framing::length;
        head.length = left_ = *length;
    } else {
        head.body = framing::until_close;
        left_ = std::numeric_limits<std::uint64_t>::max();
        keep_alive_ = false;
    }
    return outcome::head;
}

response_reader::outcome response_reader::parts::read_body() {
    if (left_ == 0) {
        stage_ = stage::finished;
        return outcome::complete;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, end_ - raw_));
    if (size == 0) {
        if (!ended_) return outcome::need_more;
        if (answer_.head.body == framing::length)
            return break_off("the connection was closed within the body");
        stage_ = stage::finished;
        return outcome::complete;
    }
    piece_ = {data_.get() + raw_, size};
    raw_ += size;
    if (answer_.head.body == framing::length) left_ -= size;
    taken_ += size;
    if (taken_ > limits_.body)
        return break_off("the body is larger than " + std::to_string(limits_.body) + " bytes");
    return outcome::piece;
}

response_reader::outcome response_reader::parts::read_chunks() {
    char* const begin = data_.get() + raw_;
    answer_.piece_end = begin;
    bool stuck = false;
    // Beast asserts that the first chunk line comes with at least so many bytes, and every valid rest has
    // them.
    while (!stuck && !parser_->is_done() && end_ - raw_ >= shortest_chunked_rest) {
        error_code ec;
        const auto used = parser_->put(boost::asio::const_buffer(data_.get() + raw_, end_ - raw_), ec);
        raw_ += used;
        if (ec == beast::http::error::need_more)
            stuck = true;
        else if (ec)
            return break_off("malformed answer: " + ec.message());
    }
    piece_ = {begin, static_cast<std::size_t>(answer_.piece_end - begin)};
    taken_ += piece_.size();
    if (taken_ > limits_.body)
        return break_off("the body is larger than " + std::to_string(limits_.body) + " bytes");
    if (!piece_.empty()) return outcome::piece;
    if (parser_->is_done()) {
        stage_ = stage::finished;
        return outcome::complete;
    }
    if (ended_) return break_off("the connection was closed within the body");
    if (end_ - raw_ > longest_lines) return break_off("a chunk line or the trailer is too long");
    return outcome::need_more;
}

response_reader::outcome response_reader::parts::break_off(std::string why) {
    why_ = std::move(why);
    stage_ = stage::broken;
    return outcome::broken;
}

response_reader::response_reader(const response_limits& limits) : parts_(std::make_unique<parts>(limits)) {}
response_reader::~response_reader() = default;

void response_reader::begin(expected_body body) {
    parts_->begin(body);
}
std::span<char> response_reader::room() {
    return parts_->room();
}
void response_reader::received(std::size_t bytes) {
    parts_->end_ += bytes;
}
void response_reader::ended() {
    parts_->ended_ = true;
}
response_reader::outcome response_reader::next() {
    return parts_->next();
}
const response_head& response_reader::head() const {
    return parts_->answer_.head;
}
std::string_view response_reader::piece() const {
    return parts_->piece_;
}
bool response_reader::cut_off() const {
    return parts_->stage_ == parts::stage::broken && parts_->ended_;
}
const std::string& response_reader::why() const {
    return parts_->why_;
}
bool response_reader::begun() const {
    return parts_->end_ > 0;
}
bool response_reader::has_surplus() const {
    return parts_->raw_ != parts_->end_;
}
bool response_reader::reusable() const {
    return parts_->stage_ == parts::stage::finished && parts_->keep_alive_ && !parts_->ended_ &&
           !has_surplus();
}

} // namespace mockfleet::upstream
