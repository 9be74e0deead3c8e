// Compiler and interpreter of the one-pass byte code.
#include "matching/one_pass.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mockfleet::matching {
namespace {

using kind_type = pattern_node::kind_type;
using group_type = pattern_node::group_type;
using greed_type = pattern_node::greed_type;
using position_type = pattern_node::position_type;

// A program is one fixed head (the part anchored at the begin of the text) and then gaps, each with the part
// behind it:
//   literal LENGTH bytes...          the same bytes
//   run SET MIN MAX                  as many of the set as there are, MIN to MAX
//   gap_inner MIN SIZE2 part...      the leftmost place at least MIN further on where the part (SIZE2 bytes
//   of code) matches gap_fixed SET MIN LENGTH2 part...   the part matches the last LENGTH2 bytes of the text,
//   the set all before it gap_last SET MIN part...         the part matches from some place to the end of the
//   text, the set all before it
enum opcode : unsigned char { op_literal, op_run, op_gap_inner, op_gap_fixed, op_gap_last };

constexpr unsigned char unlimited_count = 255;
constexpr unsigned char inline_set = 255;
constexpr std::size_t longest_program = 4096;
constexpr std::size_t no_place = static_cast<std::size_t>(-1);

/// Sets by what belongs to them in lower case; a table look-up per byte.
struct set_table {
    std::array<unsigned char, 128> member{};
    ascii_set bits;
    constexpr explicit set_table(std::string_view ranges, bool negated = false) {
        for (std::size_t at = 0; at + 1 < ranges.size(); at += 2)
            for (int code = ranges[at]; code <= ranges[at + 1]; ++code)
                bits.add(static_cast<unsigned char>(code));
        if (negated) bits = ~bits;
        for (unsigned char code = 'A'; code <= 'Z'; ++code)
            bits = bits & ~single(code);
        for (unsigned char code = 0; code < 128; ++code)
            member[code] = bits.contains(code);
    }
    static constexpr ascii_set single(unsigned char code) {
        ascii_set set;
        set.add(code);
        return set;
    }
};

constexpr std::array common_sets{
    set_table({}, true),     set_table("//", true),     set_table("09"),       set_table("az"),
    set_table("az09"),       set_table("az09__"),       set_table("az09--"),   set_table("az09__--"),
    set_table("09af"),       set_table("09af--"),       set_table("\t\r  "),   set_table("\t\r  ", true),
    set_table("az09__--.."), set_table("az09__", true), set_table("09", true), set_table("//\?\?", true),
};
constexpr unsigned char any_set = 0;

struct item {
    ascii_set set;       // meaningless for a literal
    std::string literal; // empty for a run
    std::uint32_t minimum = 1;
    std::uint32_t maximum = 1;
    bool possessive = false;
    [[nodiscard]] bool variable() const { return literal.empty() && minimum != maximum; }
    [[nodiscard]] bool optional() const { return literal.empty() && minimum == 0; }
    [[nodiscard]] bool any_gap() const {
        return literal.empty() && set == common_sets[any_set].bits && maximum == pattern_node::unlimited;
    }
    [[nodiscard]] ascii_set first() const {
        return literal.empty() ? set : set_table::single(static_cast<unsigned char>(literal.front()));
    }
    [[nodiscard]] std::size_t fixed_size() const { return literal.empty() ? minimum : literal.size(); }
};

/// Upper case never occurs in a subject, so a set that treats both cases alike loses it.
std::optional<ascii_set> lower_cased(ascii_set set) {
    constexpr std::uint64_t letters = 0x07fffffe;
    if ((set.high & letters) != (set.high >> 32 & letters)) return {};
    return ascii_set{set.low, set.high & ~letters};
}

class compiler {
public:
    explicit compiler(const java_pattern& pattern) : pattern_(pattern) {}

    std::optional<std::string> compile() {
        if (pattern_.back_references || !flatten(pattern_.root)) return {};
        absorb_into_gaps();
        if (!find_gaps()) return {};
        std::string program = write();
        if (program.size() > longest_program) return {};
        return program;
    }

private:
    bool flatten(const pattern_node& node) {
        if (at_end_) return empty(node);
        switch (node.kind) {
        case kind_type::literal:
            return std::all_of(node.text.begin(), node.text.end(),
                               [&](char32_t code) { return add_literal(code, node.casing); });
        case kind_type::set:
            return add_set(node.set->ascii(), 1, 1, false);
        case kind_type::sequence:
            return std::all_of(node.children.begin(), node.children.end(),
                               [this](const pattern_node& child) { return flatten(child); });
        case kind_type::group:
            return (node.group == group_type::plain || node.group == group_type::capturing) &&
                   flatten(node.children.front());
        case kind_type::repeat:
            return flatten_repeat(node);
        case kind_type::position:
            // Both ends of the text are where they are anyway.
            if (node.position == position_type::text_begin) return items_.empty();
            at_end_ =
                node.position == position_type::text_end || node.position == position_type::last_line_end;
            return at_end_;
        default:
            return false;
        }
    }

    static bool empty(const pattern_node& node) {
        return (node.kind == kind_type::sequence &&
                std::all_of(node.children.begin(), node.children.end(), empty)) ||
               (node.kind == kind_type::literal && node.text.empty()) ||
               (node.kind == kind_type::position && node.position == position_type::text_end);
    }

    bool add_literal(char32_t code, case_mode casing) {
        if (code >= 0x80) return false;
        const char lower = base::to_lower(static_cast<char>(code));
        if (casing == case_mode::exact && lower >= 'a' && lower <= 'z') return false;
        if (items_.empty() || items_.back().literal.empty() || items_.back().literal.size() == 255)
            items_.emplace_back();
        items_.back().literal.push_back(lower);
        return true;
    }

    bool add_set(ascii_set set, std::uint32_t minimum, std::uint32_t maximum, bool possessive) {
        const auto lower = lower_cased(set);
        if (!lower || lower->empty()) return false;
        if (minimum >= unlimited_count || (maximum >= unlimited_count && maximum != pattern_node::unlimited))
            return false;
        if (maximum == 0) return true;
        item added;
        added.set = *lower;
        added.minimum = minimum;
        added.maximum = maximum;
        added.possessive = possessive;
        items_.push_back(std::move(added));
        return true;
    }

    bool flatten_repeat(const pattern_node& node) {
        const pattern_node* body = &node.children.front();
        while (body->kind == kind_type::group &&
               (body->group == group_type::plain || body->group == group_type::capturing))
            body = &body->children.front();
        if (body->kind == kind_type::sequence && body->children.size() == 1) body = &body->children.front();
        const bool possessive = node.greed == greed_type::possessive;
        if (body->kind == kind_type::set)
            return add_set(body->set->ascii(), node.minimum, node.maximum, possessive);
        if (body->kind == kind_type::literal && body->text.size() == 1) {
            const char32_t code = body->text.front();
            if (code >= 0x80) return false;
            const code_set codes = literal_codes(code, body->casing, literal_place::alone);
            return add_set(codes.ascii(), node.minimum, node.maximum, possessive);
        }
        return false;
    }

    /// Beside `.*` a repetition need not take more than its minimum. One that may be empty is then gone, and
    /// its neighbour stands beside the gap in turn.
    void absorb_into_gaps() {
        const auto absorbed = [](item& neighbour) {
            if (!neighbour.variable() || neighbour.possessive) return false;
            neighbour.maximum = neighbour.minimum;
            return neighbour.minimum == 0;
        };
        for (std::size_t gap = 0; gap < items_.size(); ++gap) {
            if (!items_[gap].any_gap() || items_[gap].possessive) continue;
            for (std::size_t before = gap; before > 0 && absorbed(items_[before - 1]); --before)
                continue;
            for (std::size_t after = gap + 1; after < items_.size() && absorbed(items_[after]); ++after)
                continue;
        }
        std::erase_if(items_, [](const item& each) { return each.literal.empty() && each.maximum == 0; });
    }

    /// Marks every item whose end what follows does not decide; false if there are more of them than the
    /// program can express.
    bool find_gaps() {
        std::size_t limited = 0;
        for (std::size_t at = 0; at < items_.size(); ++at) {
            if (!items_[at].variable()) continue;
            ascii_set follow;
            for (std::size_t next = at + 1; next < items_.size(); ++next) {
                follow = follow | items_[next].first();
                if (!items_[next].optional()) break;
            }
            if ((follow & items_[at].set).empty()) continue;
            if (items_[at].possessive || items_[at].maximum != pattern_node::unlimited) return false;
            gaps_.push_back(at);
            if (!items_[at].any_gap()) ++limited;
        }
        std::size_t size = 0;
        for (const item& each : items_)
            size += each.fixed_size();
        if (size > 0xffff) return false;
        if (limited > 0) return gaps_.size() == 1;
        // As a gap of its own a final `.*` makes the part before it one of fixed length, which is found
        // faster.
        const bool ends_open = !items_.empty() && items_.back().any_gap() && !items_.back().possessive;
        if (ends_open && !gaps_.empty()) gaps_.push_back(items_.size() - 1);
        // Searching for the leftmost place is right for parts of fixed length only; the last part is tried at
        // every place.
        for (std::size_t gap = 0; gap + 1 < gaps_.size(); ++gap)
            for (std::size_t at = gaps_[gap] + 1; at < gaps_[gap + 1]; ++at)
                if (items_[at].variable()) return false;
        return true;
    }

    static void append(std::string& out, std::size_t value) {
        out.push_back(static_cast<char>(static_cast<unsigned char>(value)));
    }

    static void append_set(std::string& out, ascii_set set) {
        for (std::size_t index = 0; index < common_sets.size(); ++index) {
            if (common_sets[index].bits == set) {
                append(out, index);
                return;
            }
        }
        append(out, inline_set);
        out.append(reinterpret_cast<const char*>(&set.low), 8)
            .append(reinterpret_cast<const char*>(&set.high), 8);
    }

    std::string write_part(std::size_t from, std::size_t to) const {
        std::string code;
        for (std::size_t at = from; at < to; ++at) {
            const item& each = items_[at];
            if (each.literal.empty()) {
                append(code, op_run);
                append_set(code, each.set);
                append(code, each.minimum);
                append(code, std::min<std::uint32_t>(each.maximum, unlimited_count));
            } else {
                append(code, op_literal);
                append(code, each.literal.size());
                code += each.literal;
            }
        }
        return code;
    }

    std::string write() const {
        std::string program = write_part(0, gaps_.empty() ? items_.size() : gaps_.front());
        for (std::size_t index = 0; index < gaps_.size(); ++index) {
            const item& gap = items_[gaps_[index]];
            const std::size_t from = gaps_[index] + 1;
            const bool last = index + 1 == gaps_.size();
            const std::size_t to = last ? items_.size() : gaps_[index + 1];
            const std::string part = write_part(from, to);
            std::size_t size = 0;
            bool variable = false;
            for (std::size_t at = from; at < to; ++at) {
                size += items_[at].fixed_size();
                variable = variable || items_[at].variable();
            }
            append(program, !last ? op_gap_inner : variable ? op_gap_last : op_gap_fixed);
            if (last) append_set(program, gap.set);
            append(program, gap.minimum);
            if (!last || !variable) {
                const std::size_t number = last ? size : part.size();
                append(program, number & 0xff);
                append(program, number >> 8);
            }
            program += part;
        }
        return program;
    }

    const java_pattern& pattern_;
    std::vector<item> items_;
    std::vector<std::size_t> gaps_;
    bool at_end_ = false;
};

using bytes = const unsigned char*;

std::size_t number(bytes at) {
    return static_cast<std::size_t>(at[0]) | static_cast<std::size_t>(at[1]) << 8;
}

/// Reads the set at `code`, moves `code` behind it, and returns how many of at most `most` bytes from `at`
/// belong to it.
std::size_t run_length(bytes& code, bytes at, std::size_t most) {
    const unsigned char index = *code++;
    std::size_t length = 0;
    if (index != inline_set) {
        if (index == any_set) return most;
        const auto& member = common_sets[index].member;
        while (length < most && member[at[length]] != 0)
            ++length;
        return length;
    }
    ascii_set set;
    std::memcpy(&set.low, code, 8);
    std::memcpy(&set.high, code + 8, 8);
    code += 16;
    while (length < most && set.contains(at[length]))
        ++length;
    return length;
}

/// Bytes looked at before a match is given up: far beyond what a sensible pattern needs for a large body.
constexpr std::size_t most_bytes = 50'000'000;

struct subject {
    bytes begin;
    std::size_t size;
    std::size_t looked_at = 0;
};

/// Matches the part [code, end) from `at` on; returns where it ends, or no_place.
std::size_t match_part(bytes code, bytes end, subject& text, std::size_t at) {
    while (code != end) {
        const std::size_t left = text.size - at;
        if (*code++ == op_literal) {
            const std::size_t length = *code++;
            if (length > left || std::memcmp(code, text.begin + at, length) != 0) return no_place;
            code += length;
            at += length;
            continue;
        }
        const bytes set = code;
        const unsigned char* counts = set + (*set == inline_set ? 17 : 1);
        const std::size_t most = counts[1] == unlimited_count ? left : std::min<std::size_t>(left, counts[1]);
        const std::size_t length = run_length(code, text.begin + at, most);
        text.looked_at += length;
        if (length < counts[0]) return no_place;
        code = counts + 2;
        at += length;
    }
    return at;
}

/// The leftmost place from `at` on where `literal` stands, or no_place.
std::size_t find_literal(const subject& text, std::size_t at, std::string_view literal) {
#if defined(__SSE2__)
    const std::size_t behind = literal.size() - 1;
    const __m128i first = _mm_set1_epi8(literal.front());
    const __m128i last = _mm_set1_epi8(literal.back());
    for (; at + behind + 16 <= text.size; at += 16) {
        const __m128i starts = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.begin + at));
        const __m128i ends = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.begin + at + behind));
        auto candidates = static_cast<unsigned>(
            _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(starts, first), _mm_cmpeq_epi8(ends, last))));
        for (; candidates != 0; candidates &= candidates - 1) {
            const std::size_t place = at + static_cast<std::size_t>(std::countr_zero(candidates));
            if (std::memcmp(text.begin + place, literal.data(), literal.size()) == 0) return place;
        }
    }
#endif
    return std::string_view(reinterpret_cast<const char*>(text.begin), text.size).find(literal, at);
}

/// The next place from `at` to `last` where the part may match: everywhere, or where the literal stands that
/// it begins with.
std::size_t candidate(bytes code, bytes end, const subject& text, std::size_t at, std::size_t last) {
    if (text.looked_at > most_bytes) return no_place;
    if (code != end && *code == op_literal && at <= last)
        at = find_literal(text, at, std::string_view(reinterpret_cast<const char*>(code + 2), code[1]));
    return at <= last ? at : no_place;
}

/// The leftmost place from `at` on where the part matches, as its end.
std::size_t find_part(bytes code, bytes end, subject& text, std::size_t at) {
    while ((at = candidate(code, end, text, at, text.size)) != no_place) {
        const std::size_t behind = match_part(code, end, text, at);
        if (behind != no_place) return behind;
        ++at;
    }
    return no_place;
}

/// Where the head of a program, or a part behind a gap, ends in the code.
bytes part_end(bytes code, bytes end) {
    while (code != end && *code <= op_run) {
        if (*code == op_literal)
            code += 2 + code[1];
        else
            code += (code[1] == inline_set ? 18 : 2) + 2;
    }
    return code;
}

bool match_last_gap(bytes code, bytes end, subject& text, std::size_t at) {
    const bool fixed = *code++ == op_gap_fixed;
    const std::size_t left = text.size - at;
    const std::size_t run = run_length(code, text.begin + at, left);
    const std::size_t minimum = *code++;
    if (run < minimum) return false;
    if (fixed) {
        const std::size_t length = number(code);
        code += 2;
        if (length > left) return false;
        const std::size_t gap = left - length;
        return gap >= minimum && gap <= run && match_part(code, end, text, at + gap) == text.size;
    }
    const std::size_t last = at + run;
    at += minimum;
    while ((at = candidate(code, end, text, at, last)) != no_place) {
        if (match_part(code, end, text, at) == text.size) return true;
        ++at;
    }
    return false;
}

} // namespace

std::optional<std::string> compile_one_pass(const java_pattern& pattern) {
    return compiler(pattern).compile();
}

bool run_one_pass(std::string_view program, std::string_view text) {
    subject whole{reinterpret_cast<bytes>(text.data()), text.size()};
    bytes code = reinterpret_cast<bytes>(program.data());
    const bytes end = code + program.size();
    const bytes head_end = part_end(code, end);
    std::size_t at = match_part(code, head_end, whole, 0);
    if (at == no_place) return false;
    for (code = head_end; code != end;) {
        if (*code != op_gap_inner) return match_last_gap(code, end, whole, at);
        const std::size_t minimum = code[1];
        const bytes part = code + 4;
        code = part + number(code + 2);
        if (minimum > text.size() - at) return false;
        at = find_part(part, code, whole, at + minimum);
        if (at == no_place) return false;
    }
    return at == text.size();
}

} // namespace mockfleet::matching
