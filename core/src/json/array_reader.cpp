// Ends of items are found by counting brackets outside of strings and comments.
#include "json/array_reader.hpp"

#include <algorithm>
#include <cstring>

namespace mockfleet::json {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// `from` stands at what may begin a comment; behind it, or `from`.
const char* skip_comment(const char* from, const char* end) {
    const bool line = *from == '#' || (*from == '/' && end - from > 1 && from[1] == '/');
    if (line) return std::find(from, end, '\n');
    if (*from != '/' || end - from < 2 || from[1] != '*') return from;
    constexpr std::string_view close = "*/";
    const char* const found = std::search(from + 2, end, close.begin(), close.end());
    return found == end ? end : found + close.size();
}

/// `from` stands at a quote; behind its partner, or the end.
const char* skip_string(const char* from, const char* end) {
    const char quote = *from;
    for (++from; from < end; ++from) {
        if (*from == '\\')
            ++from;
        else if (*from == quote)
            return from + 1;
    }
    return end;
}

} // namespace

array_reader::array_reader(std::string_view text)
    : at_(text.data()), end_(text.data() + text.size()), line_begin_(text.data()) {
    skip_to_item();
    if (at_ == end_) {
        complete_ = ended_ = true;
        return;
    }
    is_array_ = *at_ == '[';
    if (is_array_) ++at_;
}

void array_reader::move_to(const char* place) {
    for (; at_ < place; ++at_) {
        if (*at_ != '\n') continue;
        ++line_;
        line_begin_ = at_ + 1;
    }
}

void array_reader::skip_to_item() {
    while (at_ < end_) {
        if (is_blank(*at_) || (is_array_ && *at_ == ',')) {
            move_to(at_ + 1);
            continue;
        }
        const char* const behind = skip_comment(at_, end_);
        if (behind == at_) return;
        move_to(behind);
    }
}

const char* array_reader::end_of_item() const {
    std::size_t depth = 0;
    for (const char* at = at_; at < end_;) {
        const char c = *at;
        if (c == '"' || c == '\'') {
            at = skip_string(at, end_);
            continue;
        }
        if (c == '/' || c == '#') {
            const char* const behind = skip_comment(at, end_);
            at = behind == at ? at + 1 : behind;
            continue;
        }
        if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (depth == 0) return at; // that of the array
            --depth;
        } else if (c == ',' && depth == 0) {
            return at;
        }
        ++at;
    }
    return end_;
}

/// May an item end there: before the next object, or before the last bracket of the text?
bool array_reader::is_between_items(const char* place) const {
    if (place == end_ || (*place != ',' && *place != ']')) return false;
    const char* next = place + 1;
    while (next < end_) {
        const char* const behind = is_blank(*next) ? next + 1 : skip_comment(next, end_);
        if (behind == next) break;
        next = behind;
    }
    return *place == ',' ? next < end_ && *next == '{' : next == end_;
}

/// The brackets of a broken item may lead anywhere: they are believed when they end where an item can end,
/// and no item begins before that in the layout of pretty().
const char* array_reader::end_of_broken_item() const {
    constexpr std::string_view between = "\n}, {";
    const char* const found = std::search(at_, end_, between.begin(), between.end());
    const char* const pretty = found == end_ ? end_ : found + 2; // at the comma
    const char* const balanced = end_of_item();
    return balanced < pretty && is_between_items(balanced) ? balanced : pretty;
}

std::optional<array_reader::item> array_reader::next() {
    if (ended_) return std::nullopt;
    skip_to_item();
    if (at_ == end_ || (is_array_ && *at_ == ']')) {
        complete_ = !is_array_ || at_ != end_;
        ended_ = true;
        return std::nullopt;
    }
    item read;
    read.number = ++count_;
    read.line = line_;
    const char* end = is_array_ ? end_of_item() : end_;
    read.failure = parse_tolerant({at_, static_cast<std::size_t>(end - at_)}, read.content);
    if (read.failure) {
        if (read.failure->line == 1) read.failure->column += static_cast<std::size_t>(at_ - line_begin_);
        read.failure->line += line_ - 1;
        if (is_array_) end = end_of_broken_item();
    }
    move_to(end);
    if (!is_array_) {
        complete_ = ended_ = true;
    } else if (at_ < end_ && (*at_ == '}' || *at_ == ')')) {
        move_to(at_ + 1); // a stray bracket between items
    }
    return read;
}

} // namespace mockfleet::json
