// Request framing on Beast's basic_parser: views instead of a field container, in-place decoding of chunks.
#include "http/request_reader.hpp"

#include "base/header_text.hpp"
#include "http/body_decoder.hpp"
#include "http/request_target.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace mockfleet::http {

namespace {

namespace beast = boost::beast;
using beast::error_code;

constexpr std::size_t padding = 64; // readable bytes behind a body, see request_view
constexpr std::size_t first_capacity = 4 * 1024;
constexpr std::size_t usual_capacity = 64 * 1024; // a connection that fills its buffer gets this one
constexpr std::size_t kept_capacity = 256 * 1024;
constexpr std::size_t least_room = 1024;
constexpr std::size_t longest_extension = 16 * 1024; // of one chunk; the whole trailer too
constexpr std::size_t longest_unparsed = 64 * 1024;  // more than either is refused before it is complete
constexpr std::size_t shortest_chunked_rest = 5;     // "0\r\n\r\n"
constexpr std::size_t longest_gap = 64 * 1024;       // between a header's name and its value
constexpr std::size_t kept_headers = 1024;
constexpr std::size_t kept_decoded = 64 * 1024;

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

constexpr const char* bare_line_feed = "a line ends without a carriage return";

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), base::is_control);
}

/// What the parser has recognised of the request at hand.
struct received_head {
    std::vector<model::header_view> headers;
    std::string_view method;
    std::string_view target;
    int version = 11;
    bool complete = false; // later fields are trailers
    bool expects_continue = false;
    bool unknown_expectation = false;
    bool has_host = false;
    bool has_coding = false; // the first content-encoding counts
    content_coding coding = content_coding::identity;
    std::size_t trailer_size = 0;
    std::uint64_t chunk_left = 0; // bytes of the current chunk still to come
    char* body_end = nullptr;     // where the next decoded piece goes
    int refusal_status = 0;       // set together with an error
    const char* refusal_reason = nullptr;

    void clear() {
        if (headers.capacity() > kept_headers) std::vector<model::header_view>().swap(headers);
        headers.clear();
        method = target = {};
        complete = expects_continue = unknown_expectation = has_host = has_coding = false;
        coding = content_coding::identity;
        refusal_status = 0;
        trailer_size = 0;
        chunk_left = 0;
    }
};

class view_parser final : public beast::http::basic_parser<true> {
public:
    view_parser(received_head& head, const request_limits& limits) : head_(head) {
        header_limit(std::numeric_limits<std::uint32_t>::max()); // the reader counts for itself
        body_limit(limits.body);
    }

private:
    void fail(error_code& ec, int status, const char* reason) {
        head_.refusal_status = status;
        head_.refusal_reason = reason;
        ec = beast::http::error::bad_value;
    }

    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                         error_code&) override {
        head_.method = view(method);
        head_.target = view(target);
        head_.version = version;
    }

    void on_field_impl(beast::http::field id, beast::string_view name, beast::string_view value,
                       error_code& ec) override {
        // Beast joins folded lines, in a buffer of its own unless the first line is blank; another reader
        // might not.
        const char* const after_name = name.data() + name.size();
        const auto gap = static_cast<std::size_t>(value.data() - after_name);
        if (gap > 1 && (gap > longest_gap || std::memchr(after_name, '\n', gap) != nullptr))
            return fail(ec, 400, "a header value starts on another line than its name");
        if (head_.complete) {
            head_.trailer_size += name.size() + value.size();
            if (head_.trailer_size > longest_extension) fail(ec, 431, "the trailer is too large");
            return;
        }
        if (id == beast::http::field::transfer_encoding) {
            if (head_.version < 11) return fail(ec, 400, "Transfer-Encoding in an HTTP/1.0 request");
            if (!beast::iequals(value, "chunked"))
                return fail(ec, 400, "the only known transfer encoding is chunked");
        } else if (id == beast::http::field::host) {
            if (head_.has_host) return fail(ec, 400, "more than one Host header");
            head_.has_host = true;
        } else if (id == beast::http::field::expect) {
            (beast::iequals(value, "100-continue") ? head_.expects_continue : head_.unknown_expectation) =
                true;
        } else if (id == beast::http::field::content_encoding && !head_.has_coding) {
            head_.has_coding = true;
            head_.coding = content_coding_of(view(value));
        }
        head_.headers.push_back({view(name), view(value)});
    }

    void on_chunk_header_impl(std::uint64_t size, beast::string_view extensions, error_code& ec) override {
        if (extensions.size() > longest_extension) return fail(ec, 400, "a chunk extension is too long");
        if (has_control(view(extensions))) fail(ec, 400, "a control character in a chunk extension");
        head_.chunk_left = size;
    }

    std::size_t on_chunk_body_impl(std::uint64_t left, beast::string_view piece, error_code&) override {
        std::memmove(head_.body_end, piece.data(), piece.size());
        head_.body_end += piece.size();
        head_.chunk_left = left - piece.size();
        return piece.size();
    }

    void on_header_impl(error_code&) override { head_.complete = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}
    void on_response_impl(int, beast::string_view, int, error_code&) override {}

    received_head& head_;
};

} // namespace

class request_reader::parts {
public:
    explicit parts(const request_limits& limits) : limits_(limits) { head_.headers.reserve(32); }

    std::span<char> room();
    void received(std::size_t bytes) {
        was_filled_ = bytes == capacity_ - end_;
        end_ += bytes;
    }
    outcome next();
    void finish() {
        begin_ = raw_;
        stage_ = stage::start;
        if (decoded_.capacity() > kept_decoded) std::string().swap(decoded_);
    }

    enum class stage { start, head, body, chunks, ready, refused };

    model::request_view view_;
    std::string_view origin_;
    bool takes_chunks_ = true;
    refusal refusal_;
    stage stage_ = stage::start;

    // [begin_, head_end_) head, [head_end_, body_end_) decoded body, [raw_, end_) not parsed yet.
    std::size_t begin_ = 0;
    std::size_t head_end_ = 0;
    std::size_t body_end_ = 0;
    std::size_t raw_ = 0;
    std::size_t end_ = 0;

private:
    outcome read_start();
    outcome read_head();
    outcome head_complete();
    outcome read_body();
    outcome read_chunks();
    outcome become_ready();
    outcome decode();
    [[nodiscard]] bool has_bare_line_feed(std::size_t from, bool all) const;
    outcome refuse(int status, std::string reason);
    outcome refuse(const error_code& failure);
    bool take_target();

    void move_front();
    void grow(std::size_t capacity);
    void rebase(const char* from, const char* to);

    const request_limits& limits_;
    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    bool was_filled_ = false;

    received_head head_;
    std::size_t body_size_ = 0;
    std::string decoded_;
    std::size_t head_looked_at_ = 0; // how much of an incomplete head is known to have sound lines
    std::optional<view_parser> parser_;
};

std::span<char> request_reader::parts::room() {
    if (stage_ == stage::start && begin_ == end_) {
        begin_ = raw_ = end_ = 0;
        if (capacity_ > kept_capacity) capacity_ = 0;
    }
    if (was_filled_ && capacity_ < usual_capacity) {
        grow(usual_capacity);
    } else if (capacity_ - end_ < least_room) {
        if (capacity_ > 0) move_front();
        if (capacity_ - end_ < least_room || end_ > capacity_ / 2)
            grow(std::max(first_capacity, 2 * capacity_));
    }
    return {data_.get() + end_, capacity_ - end_};
}

/// Closes the gaps before the current request and between its decoded body and the raw rest.
void request_reader::parts::move_front() {
    char* const base = data_.get();
    if (stage_ == stage::chunks && raw_ > body_end_) {
        std::memmove(base + body_end_, base + raw_, end_ - raw_);
        end_ -= raw_ - body_end_;
        raw_ = body_end_;
    }
    if (begin_ == 0) return;
    std::memmove(base, base + begin_, end_ - begin_);
    rebase(base + begin_, base);
}

void request_reader::parts::grow(std::size_t capacity) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity + padding);
    std::memset(larger.get() + capacity, 0, padding);
    if (end_ > begin_) std::memcpy(larger.get(), data_.get() + begin_, end_ - begin_);
    rebase(data_.get() + begin_, larger.get());
    data_ = std::move(larger);
    capacity_ = capacity;
}

/// The request that began at `from` is now at `to`, the start of the buffer.
void request_reader::parts::rebase(const char* from, const char* to) {
    const auto moved = [&](std::string_view text) {
        return std::string_view(to + (text.data() - from), text.size());
    };
    if (stage_ != stage::start) {
        if (head_.method.data() != nullptr) {
            head_.method = moved(head_.method);
            head_.target = moved(head_.target);
        }
        for (auto& header : head_.headers)
            header = {moved(header.name), moved(header.value)};
        if (head_.complete) take_target();
    }
    end_ -= begin_;
    raw_ -= begin_;
    head_end_ -= std::min(begin_, head_end_);
    body_end_ -= std::min(begin_, body_end_);
    begin_ = 0;
}

request_reader::outcome request_reader::parts::next() {
    switch (stage_) {
    case stage::start:
        return read_start();
    case stage::head:
        return read_head();
    case stage::body:
        return read_body();
    case stage::chunks:
        return read_chunks();
    case stage::ready:
        return outcome::ready;
    case stage::refused:
        break;
    }
    return outcome::refused;
}

request_reader::outcome request_reader::parts::read_start() {
    // Empty lines before a request are skipped (RFC 9112 2.2).
    const char* const base = data_.get();
    while (end_ - begin_ >= 2 && base[begin_] == '\r' && base[begin_ + 1] == '\n')
        begin_ += 2;
    if (begin_ == end_ || (end_ - begin_ == 1 && base[begin_] == '\r')) return outcome::need_more;
    raw_ = begin_;
    head_end_ = body_end_ = begin_;
    head_.clear();
    head_looked_at_ = 0;
    parser_.emplace(head_, limits_);
    stage_ = stage::head;
    return read_head();
}

request_reader::outcome request_reader::parts::read_head() {
    error_code ec;
    raw_ += parser_->put(boost::asio::const_buffer(data_.get() + raw_, end_ - raw_), ec);
    const std::size_t seen = end_ - begin_;
    if (ec == beast::http::error::need_more) {
        if (seen > limits_.initial_line && head_.method.data() == nullptr &&
            std::memchr(data_.get() + begin_, '\n', limits_.initial_line) == nullptr)
            return refuse(414, "the request line is longer than " + std::to_string(limits_.initial_line) +
                                   " bytes");
        if (seen > limits_.head)
            return refuse(431, "the headers are larger than " + std::to_string(limits_.head) + " bytes");
        if (has_bare_line_feed(begin_ + head_looked_at_, true)) return refuse(400, bare_line_feed);
        head_looked_at_ = seen;
        return outcome::need_more;
    }
    if (ec) return refuse(ec);
    return head_complete();
}

request_reader::outcome request_reader::parts::head_complete() {
    head_end_ = body_end_ = raw_;
    if (head_.method.size() + head_.target.size() + sizeof("  HTTP/1.1") - 1 > limits_.initial_line)
        return refuse(414,
                      "the request line is longer than " + std::to_string(limits_.initial_line) + " bytes");
    if (head_end_ - begin_ > limits_.head)
        return refuse(431, "the headers are larger than " + std::to_string(limits_.head) + " bytes");
    if (!take_target()) return refuse(400, "the request target is neither a path nor an absolute address");
    if (head_.unknown_expectation && head_.version >= 11)
        return refuse(417, "only the expectation 100-continue is known");
    if (parser_->chunked()) {
        stage_ = stage::chunks;
        parser_->eager(true);
    } else {
        body_size_ = static_cast<std::size_t>(parser_->content_length().value_or(0));
        if (body_size_ == 0) return become_ready();
        stage_ = stage::body;
    }
    if (head_.expects_continue && head_.version >= 11 && raw_ == end_) return outcome::send_continue;
    return next();
}

bool request_reader::parts::take_target() {
    const auto split = split_target(head_.method, head_.target);
    if (split) view_.path = split->path;
    if (split) view_.query = split->query;
    if (split) origin_ = split->origin;
    return split.has_value();
}

request_reader::outcome request_reader::parts::read_body() {
    if (end_ - head_end_ < body_size_) return outcome::need_more;
    body_end_ = raw_ = head_end_ + body_size_;
    return become_ready();
}

request_reader::outcome request_reader::parts::read_chunks() {
    bool only_lines = false; // a size line that is complete would have been taken with its data
    // Beast asserts that the first chunk line comes with at least so many bytes, and every valid rest has
    // them.
    while (end_ - raw_ >= shortest_chunked_rest && !only_lines) {
        error_code ec;
        head_.body_end = data_.get() + body_end_;
        raw_ += parser_->put(boost::asio::const_buffer(data_.get() + raw_, end_ - raw_), ec);
        body_end_ = static_cast<std::size_t>(head_.body_end - data_.get());
        if (ec == beast::http::error::need_more) {
            if (end_ - raw_ > longest_unparsed) return refuse(400, "a chunk line or the trailer is too long");
            only_lines = true;
        } else if (ec) {
            return refuse(ec);
        }
        if (parser_->is_done()) return become_ready();
    }
    if (head_.chunk_left == 0 && has_bare_line_feed(raw_, only_lines)) return refuse(400, bare_line_feed);
    return outcome::need_more;
}

request_reader::outcome request_reader::parts::become_ready() {
    view_.method = head_.method;
    view_.headers = head_.headers;
    view_.keep_alive = parser_->keep_alive();
    takes_chunks_ = head_.version >= 11;
    const std::string_view head(data_.get() + begin_, head_end_ - begin_);
    view_.head = view_.path.data() >= head.data() && view_.path.data() < head.data() + head.size()
                     ? head
                     : std::string_view();
    view_.body = {data_.get() + head_end_, body_end_ - head_end_};
    view_.original_body = {};
    if (head_.coding != content_coding::identity && !view_.body.empty()) return decode();
    stage_ = stage::ready;
    return outcome::ready;
}

request_reader::outcome request_reader::parts::decode() {
    switch (decode_body(head_.coding, view_.body, limits_.body, padding, decoded_)) {
    case decoding::done:
        break;
    case decoding::too_large:
        return refuse(413, "the decompressed body is larger than " + std::to_string(limits_.body) + " bytes");
    case decoding::broken:
        return refuse(400, "the body is not in the content-encoding that its header names");
    }
    view_.original_body =
        std::exchange(view_.body, std::string_view(decoded_).substr(0, decoded_.size() - padding));
    stage_ = stage::ready;
    return outcome::ready;
}

/// A line that ends without CR is never valid, but the parser waits for one that does. `from` is the start of
/// a line or something behind it; without `all` only one line is looked at.
bool request_reader::parts::has_bare_line_feed(std::size_t from, bool all) const {
    const std::string_view received(data_.get(), end_);
    if (received.substr(from).starts_with("\r\n")) from += 2;
    for (auto at = received.find('\n', from); at != std::string_view::npos;
         at = received.find('\n', at + 1)) {
        if (at == begin_ || received[at - 1] != '\r') return true;
        if (!all) break;
    }
    return false;
}

request_reader::outcome request_reader::parts::refuse(int status, std::string reason) {
    refusal_ = {status, std::move(reason)};
    stage_ = stage::refused;
    return outcome::refused;
}

request_reader::outcome request_reader::parts::refuse(const error_code& failure) {
    using beast::http::error;
    if (head_.refusal_status != 0) return refuse(head_.refusal_status, head_.refusal_reason);
    if (failure == error::body_limit)
        return refuse(413, "the body is larger than " + std::to_string(limits_.body) + " bytes");
    return refuse(400, "malformed request: " + failure.message());
}

request_reader::request_reader(const request_limits& limits) : parts_(std::make_unique<parts>(limits)) {}
request_reader::~request_reader() = default;

std::span<char> request_reader::room() {
    return parts_->room();
}
void request_reader::received(std::size_t bytes) {
    parts_->received(bytes);
}
request_reader::outcome request_reader::next() {
    return parts_->next();
}
model::request_view& request_reader::request() {
    return parts_->view_;
}
request_form request_reader::form() const {
    return {parts_->origin_, parts_->takes_chunks_};
}
const request_reader::refusal& request_reader::why() const {
    return parts_->refusal_;
}
void request_reader::finish() {
    parts_->finish();
}

request_reader::progress request_reader::where() const {
    switch (parts_->stage_) {
    case parts::stage::start:
        return parts_->begin_ == parts_->end_ ? progress::idle : progress::in_head;
    case parts::stage::head:
        return progress::in_head;
    default:
        return progress::in_body;
    }
}

std::size_t request_reader::unparsed() const {
    return parts_->end_ - parts_->begin_;
}

bool request_reader::has_leftover() const {
    return parts_->stage_ != parts::stage::start || parts_->begin_ != parts_->end_;
}

} // namespace mockfleet::http
