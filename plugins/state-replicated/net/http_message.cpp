// HTTP/1.1 responses as a state machine over the bytes that have arrived.
#include "net/http_message.hpp"

#include <algorithm>
#include <charconv>

namespace mockfleet::replicated {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_without_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool contains_without_case(std::string_view text, std::string_view part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [](char x, char y) { return lower(x) == lower(y); }) != text.end();
}

bool number(std::string_view text, int base, std::size_t& to) {
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), to, base);
    return problem == std::errc() && end == text.data() + text.size() && !text.empty();
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

} // namespace

std::string http_request(std::string_view host, std::string_view path, std::string_view body) {
    std::string text;
    text.reserve(128 + host.size() + path.size() + body.size());
    text += body.empty() ? "GET " : "POST ";
    text += path;
    text += " HTTP/1.1\r\nHost: ";
    text += host;
    if (!body.empty()) {
        text += "\r\nContent-Type: application/json\r\nContent-Length: ";
        text += std::to_string(body.size());
    }
    text += "\r\n\r\n";
    text += body;
    return text;
}

http_response_reader::progress http_response_reader::feed(std::string_view bytes) {
    pending_.append(bytes);
    return run();
}

http_response_reader::progress http_response_reader::start_next() {
    if (state_ != state::done) return progress::broken;
    state_ = state::status_line;
    status_ = 0;
    json_ = false;
    keep_alive_ = true;
    chunked_ = false;
    has_length_ = false;
    left_ = 0;
    body_.clear();
    return run();
}

http_response_reader::progress http_response_reader::end_of_stream() {
    if (state_ == state::until_close) state_ = state::done;
    return state_ == state::done ? progress::done : progress::broken;
}

http_response_reader::progress http_response_reader::run() {
    std::string_view line;
    bool good = true;
    while (good && state_ != state::done) {
        if (state_ == state::body || state_ == state::chunk) {
            take_body(left_);
            if (left_ > 0) break;
            state_ = state_ == state::body ? state::done : state::chunk_end;
        } else if (state_ == state::until_close) {
            body_.append(pending_, at_);
            at_ = pending_.size();
            break;
        } else {
            if (!take_line(line)) {
                good = pending_.size() - at_ < most_line;
                break;
            }
            if (state_ == state::status_line) {
                good = read_status(line);
            } else if (state_ == state::headers) {
                good = line.empty() ? finish_head() : read_header(line);
            } else if (state_ == state::chunk_size) {
                good = read_chunk_size(line);
            } else if (state_ == state::chunk_end) {
                good = line.empty();
                state_ = state::chunk_size;
            } else if (line.empty()) {
                state_ = state::done;
            }
        }
        good = good && body_.size() < most_body;
    }
    pending_.erase(0, at_);
    at_ = 0;
    if (!good) return progress::broken;
    return state_ == state::done ? progress::done : progress::more;
}

bool http_response_reader::take_line(std::string_view& line) {
    const auto end = pending_.find("\r\n", at_);
    if (end == std::string::npos) return false;
    line = std::string_view(pending_).substr(at_, end - at_);
    at_ = end + 2;
    return true;
}

bool http_response_reader::read_status(std::string_view line) {
    std::size_t code = 0;
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || !number(line.substr(9, 3), 10, code))
        return false;
    status_ = static_cast<int>(code);
    keep_alive_ = line[7] == '1';
    state_ = state::headers;
    return true;
}

bool http_response_reader::read_header(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const auto name = line.substr(0, colon);
    const auto value = trimmed(line.substr(colon + 1));
    if (equal_without_case(name, "content-length")) {
        has_length_ = true;
        return number(value, 10, left_);
    }
    if (equal_without_case(name, "transfer-encoding")) chunked_ = contains_without_case(value, "chunked");
    if (equal_without_case(name, "content-type")) json_ = contains_without_case(value, "application/json");
    if (equal_without_case(name, "connection") && contains_without_case(value, "close")) keep_alive_ = false;
    return true;
}

bool http_response_reader::finish_head() {
    if (status_ >= 100 && status_ < 200) {
        state_ = state::status_line;
    } else if (chunked_) {
        state_ = state::chunk_size;
    } else if (has_length_ || status_ == 204 || status_ == 304) {
        state_ = left_ > 0 ? state::body : state::done;
    } else {
        keep_alive_ = false;
        state_ = state::until_close;
    }
    return left_ < most_body;
}

bool http_response_reader::read_chunk_size(std::string_view line) {
    if (!number(trimmed(line.substr(0, line.find(';'))), 16, left_) || left_ > most_body) return false;
    state_ = left_ > 0 ? state::chunk : state::trailers;
    return true;
}

void http_response_reader::take_body(std::size_t& left) {
    const auto taken = std::min(left, pending_.size() - at_);
    body_.append(pending_, at_, taken);
    at_ += taken;
    left -= taken;
}

} // namespace mockfleet::replicated
