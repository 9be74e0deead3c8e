// The tolerant JSON reader: one recursive-descent pass whose fast path is strict JSON.
#include "json/reader.hpp"

#include "base/utf8.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mockfleet::json {
namespace {

constexpr std::string_view expected_value =
    "(JSON String, Number (or 'NaN'), Array, Object or token 'null', 'true' or 'false')";
constexpr std::size_t few_members = 16;

constexpr std::uint64_t ones = 0x0101010101010101;
constexpr std::uint64_t highs = 0x8080808080808080;

/// High bit set in each byte of `word` that equals `byte` (and perhaps in bytes above the first such one).
constexpr std::uint64_t equal_bytes(std::uint64_t word, char byte) {
    const auto difference = word ^ (ones * static_cast<unsigned char>(byte));
    return (difference - ones) & ~difference & highs;
}

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || (c & 0x80) != 0;
}

bool is_name_part(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '@' || c == '*' || c == '+';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Length of the valid UTF-8 sequence at `at`, which is before `end`; 0 if there is none.
std::size_t sequence_length(const char* at, const char* end) {
    const auto step = base::decode_utf8({at, static_cast<std::size_t>(end - at)});
    return step.valid ? step.size : 0;
}

class parser {
public:
    explicit parser(std::string_view text)
        : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

    bool parse(value& out) {
        if (!skip_blanks()) return false;
        if (at_ == end_) return fail_at_end(": there is no value");
        return parse_value(out);
    }

    parse_failure take_failure() { return std::move(failure_); }

private:
    std::pair<std::size_t, std::size_t> place_of(const char* where) const {
        std::size_t line = 1;
        const char* line_start = begin_;
        for (const char* c = begin_; c < where; ++c) {
            if (*c != '\n') continue;
            ++line;
            line_start = c + 1;
        }
        return {line, static_cast<std::size_t>(where - line_start) + 1};
    }

    std::string place_text(const char* where) const {
        const auto [line, column] = place_of(where);
        return "[line: " + std::to_string(line) + ", column: " + std::to_string(column) + "]";
    }

    bool fail(const char* where, std::string what, bool end_of_input = false) {
        const auto [line, column] = place_of(where);
        failure_ = {end_of_input, std::move(what), line, column};
        return false;
    }

    bool fail_at_end(std::string what) { return fail(end_, "Unexpected end-of-input" + what, true); }

    bool fail_character(std::string_view wanted) {
        const auto code = static_cast<unsigned char>(*at_);
        if (code >= 0x80 && sequence_length(at_, end_) == 0) return fail_utf8();
        std::string shown = code < 0x20 || code >= 0x7F ? "" : "'" + std::string(1, *at_) + "' ";
        return fail(at_, "Unexpected character (" + shown + "(code " + std::to_string(code) +
                             ")): " + std::string(wanted));
    }

    bool fail_utf8() {
        return fail(at_,
                    "Invalid UTF-8 byte (code " + std::to_string(static_cast<unsigned char>(*at_)) + ")");
    }

    /// Skips white space and comments; false only for a comment that does not end.
    bool skip_blanks() {
        for (; at_ != end_; ++at_) {
            switch (*at_) {
            case ' ':
            case '\n':
            case '\r':
            case '\t':
                break;
            case '#':
                skip_line();
                break;
            case '/':
                if (!skip_slash_comment()) return false;
                break;
            default:
                return true;
            }
            if (at_ == end_) return true;
        }
        return true;
    }

    /// Leaves at_ on the line end or on the end of input.
    void skip_line() {
        const void* line_end = std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_));
        at_ = line_end != nullptr ? static_cast<const char*>(line_end) : end_;
    }

    /// Leaves at_ on the last character of the comment.
    bool skip_slash_comment() {
        if (end_ - at_ < 2) return fail_at_end(" in a comment");
        if (at_[1] == '/') {
            skip_line();
            return true;
        }
        if (at_[1] != '*') {
            ++at_;
            return fail_character("maybe a comment that is not // or /* */");
        }
        const std::string_view rest(at_ + 2, static_cast<std::size_t>(end_ - at_ - 2));
        const auto close = rest.find("*/");
        if (close == std::string_view::npos) return fail_at_end(" in a comment");
        at_ += 2 + close + 1;
        return true;
    }

    bool parse_value(value& out) {
        switch (*at_) {
        case '{':
            return parse_object(out);
        case '[':
            return parse_array(out);
        case '"':
        case '\'': {
            std::string text;
            if (!parse_string(text)) return false;
            out = value(std::move(text));
            return true;
        }
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9':
            return parse_number(out);
        default:
            return parse_word(out);
        }
    }

    bool parse_word(value& out) {
        if (!is_name_start(*at_))
            return fail_character("expected a valid value " + std::string(expected_value));
        const char* stop = at_;
        while (stop != end_ && is_name_part(*stop))
            ++stop;
        const std::string_view word(at_, static_cast<std::size_t>(stop - at_));
        if (word == "true") {
            out = value(true);
        } else if (word == "false") {
            out = value(false);
        } else if (word == "null") {
            out = value();
        } else if (word == "NaN") {
            out = value("NaN");
        } else {
            for (const char* c = at_; c != stop; ++c) {
                if ((*c & 0x80) == 0) continue;
                at_ = c;
                const auto length = sequence_length(at_, end_);
                if (length == 0) return fail_utf8();
                c += length - 1;
            }
            return fail(word.data(), "Unrecognized token '" + std::string(word.substr(0, word_shown(word))) +
                                         "': was expecting " + std::string(expected_value));
        }
        at_ = stop;
        return true;
    }

    /// At most 256 bytes of a word, not cutting a character.
    static std::size_t word_shown(std::string_view word) {
        std::size_t shown = word.size() < 256 ? word.size() : 256;
        while (shown < word.size() && shown > 0 && (word[shown] & 0xC0) == 0x80)
            --shown;
        return shown;
    }

    bool parse_number(value& out) {
        const char* start = at_;
        std::string text;
        if (*at_ == '-') {
            text.push_back('-');
            ++at_;
        }
        if (!require_digit("'-'")) return false;
        while (*at_ == '0' && end_ - at_ > 1 && is_digit(at_[1]))
            ++at_;
        const char* digits = at_;
        skip_digits();
        if (at_ != end_ && *at_ == '.') {
            ++at_;
            if (!require_digit("decimal point")) return false;
            skip_digits();
        }
        if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
            ++at_;
            if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
            if (!require_digit("exponent")) return false;
            skip_digits();
        }
        if (at_ != end_ && is_name_part(*at_)) return fail_character("expected the end of the number");
        if (digits == start) {
            text.assign(start, at_);
        } else {
            text.append(digits, at_);
        }
        out = value(number{std::move(text)});
        return true;
    }

    void skip_digits() {
        while (at_ != end_ && is_digit(*at_))
            ++at_;
    }

    bool require_digit(const char* after) {
        if (at_ == end_) return fail_at_end(std::string(" in a number after ") + after);
        if (!is_digit(*at_)) return fail_character(std::string("expected a digit to follow ") + after);
        return true;
    }

    /// First byte from `from` on that is the quote, a backslash or not ASCII.
    const char* find_special(const char* from, char quote) const {
        while (end_ - from >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, from, 8);
            const auto hits = equal_bytes(word, quote) | equal_bytes(word, '\\') | (word & highs);
            if (hits != 0) {
                // Only the lowest hit is certain, which on a little-endian machine is the first one.
                if constexpr (std::endian::native == std::endian::little)
                    return from + std::countr_zero(hits) / 8;
                break;
            }
            from += 8;
        }
        while (from != end_ && *from != quote && *from != '\\' && (*from & 0x80) == 0)
            ++from;
        return from;
    }

    bool parse_string(std::string& out) {
        const char quote = *at_++;
        const char* run = at_;
        while (true) {
            at_ = find_special(at_, quote);
            if (at_ == end_) return fail_at_end(": was expecting the closing quote of a string value");
            if (*at_ == quote) {
                out.append(run, at_);
                ++at_;
                return true;
            }
            if (*at_ == '\\') {
                out.append(run, at_);
                if (!parse_escape(out)) return false;
                run = at_;
                continue;
            }
            const auto length = sequence_length(at_, end_);
            if (length == 0) return fail_utf8();
            at_ += length;
        }
    }

    bool parse_escape(std::string& out) {
        if (end_ - at_ < 2) return fail_at_end(" in a character escape sequence");
        const char kind = at_[1];
        at_ += 2;
        switch (kind) {
        case 'b':
            out.push_back('\b');
            return true;
        case 'f':
            out.push_back('\f');
            return true;
        case 'n':
            out.push_back('\n');
            return true;
        case 'r':
            out.push_back('\r');
            return true;
        case 't':
            out.push_back('\t');
            return true;
        case 'u':
            return parse_unicode_escape(out);
        default:
            // The character itself follows as ordinary text, so that one outside ASCII is validated too.
            --at_;
            if ((*at_ & 0x80) != 0) return true;
            out.push_back(*at_++);
            return true;
        }
    }

    bool parse_unicode_escape(std::string& out) {
        constexpr std::uint32_t replacement = 0xFFFD;
        std::uint32_t code = 0;
        if (!parse_hex4(code)) return false;
        if (code >= 0xDC00 && code <= 0xDFFF) {
            code = replacement;
        } else if (code >= 0xD800 && code <= 0xDBFF) {
            const char* after_high = at_;
            std::uint32_t low = 0;
            if (end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u') {
                at_ += 2;
                if (!parse_hex4(low)) return false;
            }
            if (low >= 0xDC00 && low <= 0xDFFF) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            } else {
                at_ = after_high;
                code = replacement;
            }
        }
        base::append_utf8(out, code);
        return true;
    }

    bool parse_hex4(std::uint32_t& code) {
        code = 0;
        for (int i = 0; i < 4; ++i, ++at_) {
            if (at_ == end_) return fail_at_end(" in a character escape sequence");
            const char c = *at_;
            std::uint32_t digit = 0;
            if (is_digit(c)) {
                digit = static_cast<std::uint32_t>(c - '0');
            } else if (c >= 'a' && c <= 'f') {
                digit = static_cast<std::uint32_t>(c - 'a' + 10);
            } else if (c >= 'A' && c <= 'F') {
                digit = static_cast<std::uint32_t>(c - 'A' + 10);
            } else {
                return fail_character("expected a hex-digit for character escape sequence");
            }
            code = code << 4 | digit;
        }
        return true;
    }

    bool parse_name(std::string& out) {
        if (*at_ == '"' || *at_ == '\'') return parse_string(out);
        if (!is_name_part(*at_))
            return fail_character("was expecting a name, quoted or not, to start a field");
        const char* start = at_;
        while (at_ != end_ && is_name_part(*at_)) {
            if ((*at_ & 0x80) == 0) {
                ++at_;
                continue;
            }
            const auto length = sequence_length(at_, end_);
            if (length == 0) return fail_utf8();
            at_ += length;
        }
        out.assign(start, at_);
        return true;
    }

    bool enter(const char* start) {
        if (++depth_ <= max_depth) return true;
        return fail(start, "Document is nested deeper than " + std::to_string(max_depth) + " levels");
    }

    bool parse_array(value& out) {
        const char* start = at_++;
        if (!enter(start)) return false;
        const auto base = items_.size();
        if (!skip_to_item(start, "Array")) return false;
        while (*at_ != ']') {
            if (*at_ == '}') return fail_close(start, ']', "Array");
            value item;
            if (!parse_value(item)) return false;
            items_.push_back(std::move(item));
            if (!skip_to_item(start, "Array")) return false;
            if (*at_ == ',') {
                ++at_;
                if (!skip_to_item(start, "Array")) return false;
            } else if (*at_ == '}') {
                return fail_close(start, ']', "Array");
            } else if (*at_ != ']') {
                return fail_character("was expecting comma to separate Array entries");
            }
        }
        ++at_;
        --depth_;
        // Collected on a shared stack first, so that each array is allocated once and exactly.
        const auto first = items_.begin() + static_cast<std::ptrdiff_t>(base);
        out = value(array(std::make_move_iterator(first), std::make_move_iterator(items_.end())));
        items_.resize(base);
        return true;
    }

    bool parse_object(value& out) {
        const char* start = at_++;
        if (!enter(start)) return false;
        const auto base = members_.size();
        if (!skip_to_item(start, "Object")) return false;
        while (*at_ != '}') {
            if (*at_ == ']') return fail_close(start, '}', "Object");
            member entry;
            if (!parse_name(entry.name)) return false;
            if (!skip_blanks()) return false;
            if (at_ == end_) return fail_between();
            if (*at_ != ':') return fail_character("was expecting a colon to separate field name and value");
            ++at_;
            if (!skip_blanks()) return false;
            if (at_ == end_) return fail_between();
            if (!parse_value(entry.content)) return false;
            members_.push_back(std::move(entry));
            if (!skip_to_item(start, "Object")) return false;
            if (*at_ == ',') {
                ++at_;
                if (!skip_to_item(start, "Object")) return false;
            } else if (*at_ == ']') {
                return fail_close(start, '}', "Object");
            } else if (*at_ != '}') {
                return fail_character("was expecting comma to separate Object entries");
            }
        }
        ++at_;
        --depth_;
        merge_duplicates(base);
        const auto first = members_.begin() + static_cast<std::ptrdiff_t>(base);
        out = value(object(std::make_move_iterator(first), std::make_move_iterator(members_.end())));
        members_.resize(base);
        return true;
    }

    bool skip_to_item(const char* start, const char* kind) {
        if (!skip_blanks()) return false;
        if (at_ != end_) return true;
        return fail_at_end(std::string(": expected close marker for ") + kind + " (start marker at " +
                           place_text(start) + ")");
    }

    bool fail_between() { return fail(end_, "Unexpected end-of-input within/between Object entries", true); }

    bool fail_close(const char* start, char wanted, const char* kind) {
        return fail(at_, std::string("Unexpected close marker '") + *at_ + "': expected '" + wanted +
                             "' (for " + kind + " starting at " + place_text(start) + ")");
    }

    /// Of equal names from `base` on, the last content moves to the place of the first.
    void merge_duplicates(std::size_t base) {
        const auto count = members_.size() - base;
        if (count < 2) return;
        if (count <= few_members) {
            for (auto later = base + 1; later < members_.size(); ++later) {
                for (auto earlier = base; earlier < later; ++earlier) {
                    if (members_[earlier].name != members_[later].name) continue;
                    members_[earlier].content = std::move(members_[later].content);
                    members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(later));
                    --later;
                    break;
                }
            }
            return;
        }
        std::unordered_map<std::string_view, std::size_t> seen;
        seen.reserve(count);
        auto kept = base;
        for (auto at = base; at < members_.size(); ++at) {
            const auto known = seen.find(members_[at].name);
            if (known != seen.end()) {
                members_[known->second].content = std::move(members_[at].content);
                continue;
            }
            if (kept != at) members_[kept] = std::move(members_[at]);
            seen.emplace(members_[kept].name, kept);
            ++kept;
        }
        members_.resize(kept);
    }

    const char* begin_;
    const char* at_;
    const char* end_;
    int depth_ = 0;
    std::vector<value> items_;
    std::vector<member> members_;
    parse_failure failure_;
};

} // namespace

std::optional<parse_failure> parse_tolerant(std::string_view text, value& out) {
    parser reading(text);
    if (reading.parse(out)) return std::nullopt;
    return reading.take_failure();
}

base::result<value> read_tolerant(std::string_view text) {
    value document;
    if (auto failure = parse_tolerant(text, document)) {
        return base::invalid(failure->what + " at line " + std::to_string(failure->line) + ", column " +
                             std::to_string(failure->column));
    }
    return document;
}

} // namespace mockfleet::json
