// The Java properties format (core.md 7.2).
#include "config/source.hpp"

#include "base/utf8.hpp"
#include "config/value.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

namespace mockfleet::config {

namespace {

constexpr std::string_view prefix = "mockserver.";

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
        base::append_utf8(out, *first);
        return true;
    }
    if (*first > 0xdbff || !rest.starts_with("\\u")) return false;
    const auto second = four_hex_digits(rest.substr(2));
    if (!second || *second < 0xdc00 || *second > 0xdfff) return false;
    rest.remove_prefix(6);
    base::append_utf8(out, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
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

/// Natural lines, and from them logical ones: a line that ends in an odd number of backslashes goes on in the
/// next.
class line_reader {
public:
    explicit line_reader(std::string_view text) : rest_(text) {}

    /// False at the end. Comments and blank lines are skipped.
    bool next(std::string& logical) {
        logical.clear();
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
            logical += continued ? line.substr(0, line.size() - 1) : line;
            if (!continued) return true;
        }
        return continued;
    }
    [[nodiscard]] std::size_t number() const { return first_; }

private:
    bool natural(std::string_view& line) {
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

    std::string_view rest_;
    std::size_t number_ = 0;
    std::size_t first_ = 0;
};

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

} // namespace

source_content read_properties(std::string_view text, std::string_view file) {
    source_content content;
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    line_reader lines(text);
    std::string line;
    while (lines.next(line)) {
        const auto where = std::string(file) + ":" + std::to_string(lines.number());
        const auto split_at = end_of_key(line);
        const auto key = unescaped(std::string_view(line).substr(0, split_at));
        auto value = unescaped(after_separator(std::string_view(line).substr(split_at)));
        if (!key || !value) {
            content.problems.push_back(
                where + ": \\u must be followed by four hexadecimal digits that name a character");
            continue;
        }
        // A key without the prefix stays unknown, so that the message shows the right one.
        const auto name = key->starts_with(prefix) ? key->substr(prefix.size()) : "?" + *key;
        content.assignments.push_back({name, std::move(*value), where, *key});
    }
    resolve(content, prefix);
    return content;
}

} // namespace mockfleet::config
