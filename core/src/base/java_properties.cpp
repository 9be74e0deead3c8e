// Reading: natural lines become logical ones, which are split and unescaped. Writing escapes more than it
// must.
#include "base/java_properties.hpp"

#include "base/utf8.hpp"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <utility>

namespace mockfleet::base {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\f';
}

std::optional<std::uint32_t> four_hex_digits(std::string_view text) {
    std::uint32_t code = 0;
    if (text.size() < 4) return std::nullopt;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + 4, code, 16);
    if (failed != std::errc{} || end != text.data() + 4) return std::nullopt;
    return code;
}

/// Takes a `\uXXXX`, or two that are a surrogate pair, off the front of `rest`, which starts at the 'u'.
bool take_unicode(std::string_view& rest, std::string& out) {
    const auto first = four_hex_digits(rest.substr(1));
    if (!first) return false;
    rest.remove_prefix(5);
    if (*first < 0xd800 || *first > 0xdfff) {
        append_utf8(out, *first);
        return true;
    }
    if (*first > 0xdbff || !rest.starts_with("\\u")) return false;
    const auto second = four_hex_digits(rest.substr(2));
    if (!second || *second < 0xdc00 || *second > 0xdfff) return false;
    rest.remove_prefix(6);
    append_utf8(out, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
    return true;
}

std::optional<std::string> unescaped(std::string_view rest) {
    std::string out;
    while (!rest.empty()) {
        if (rest.front() != '\\') {
            out += rest.front();
            rest.remove_prefix(1);
            continue;
        }
        rest.remove_prefix(1);
        if (rest.empty()) break;
        const char c = rest.front();
        if (c == 'u') {
            if (!take_unicode(rest, out)) return std::nullopt;
            continue;
        }
        constexpr std::string_view letters = "tnrf";
        constexpr std::string_view meanings = "\t\n\r\f";
        const auto at = letters.find(c);
        out += at == std::string_view::npos ? c : meanings[at];
        rest.remove_prefix(1);
    }
    return out;
}

/// Where the key ends: the first blank, '=' or ':' that no backslash precedes.
std::size_t end_of_key(std::string_view line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\')
            ++i;
        else if (line[i] == '=' || line[i] == ':' || is_blank(line[i]))
            return i;
    }
    return line.size();
}

std::string_view after_separator(std::string_view rest) {
    const auto skip_blanks = [&] {
        while (!rest.empty() && is_blank(rest.front()))
            rest.remove_prefix(1);
    };
    skip_blanks();
    if (!rest.empty() && (rest.front() == '=' || rest.front() == ':')) {
        rest.remove_prefix(1);
        skip_blanks();
    }
    return rest;
}

void append_unit(std::string& out, std::uint32_t unit) {
    char digits[8];
    std::snprintf(digits, sizeof(digits), "\\u%04X", static_cast<unsigned>(unit & 0xffff));
    out += digits;
}

void append_escaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const auto step = decode_utf8(text);
        text.remove_prefix(step.size);
        constexpr std::string_view marked = " =:#!\\";
        if (step.code >= 0x10000) {
            append_unit(out, 0xd800 + ((step.code - 0x10000) >> 10));
            append_unit(out, 0xdc00 + ((step.code - 0x10000) & 0x3ff));
        } else if (step.code < 0x20 || step.code > 0x7e) {
            append_unit(out, step.code);
        } else {
            const auto c = static_cast<char>(step.code);
            if (marked.find(c) != std::string_view::npos) out += '\\';
            out += c;
        }
    }
}

} // namespace

/// A line that ends in an odd number of backslashes goes on in the next. False at the end.
bool properties_reader::next_line() {
    logical_.clear();
    bool continued = false;
    std::string_view line;
    while (natural(line)) {
        while (!line.empty() && is_blank(line.front()))
            line.remove_prefix(1);
        if (!continued) {
            if (line.empty() || line.front() == '#' || line.front() == '!') continue;
            first_ = number_;
        }
        const auto kept = line.find_last_not_of('\\');
        const auto slashes = line.size() - (kept == std::string_view::npos ? 0 : kept + 1);
        continued = slashes % 2 == 1;
        logical_ += continued ? line.substr(0, line.size() - 1) : line;
        if (!continued) return true;
    }
    return continued;
}

bool properties_reader::natural(std::string_view& line) {
    if (rest_.empty()) return false;
    ++number_;
    const auto end = rest_.find_first_of("\r\n");
    line = rest_.substr(0, end);
    if (end == std::string_view::npos) {
        rest_ = {};
        return true;
    }
    const bool pair = rest_[end] == '\r' && end + 1 < rest_.size() && rest_[end + 1] == '\n';
    rest_.remove_prefix(end + (pair ? 2 : 1));
    return true;
}

std::optional<properties_reader::item> properties_reader::next() {
    if (!next_line()) return std::nullopt;
    item read;
    read.line = first_;
    const std::string_view line(logical_);
    const auto split_at = end_of_key(line);
    auto key = unescaped(line.substr(0, split_at));
    auto value = unescaped(after_separator(line.substr(split_at)));
    read.valid = key && value;
    if (read.valid) {
        read.key = std::move(*key);
        read.value = std::move(*value);
    }
    return read;
}

void append_property(std::string& out, std::string_view key, std::string_view value) {
    append_escaped(out, key);
    out += '=';
    append_escaped(out, value);
    out += '\n';
}

} // namespace mockfleet::base
