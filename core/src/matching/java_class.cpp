// Bracket classes of a Java pattern: unions, ranges, nested classes and intersections.
#include "matching/java_parser.hpp"

#include "matching/unicode_case.hpp"

#include <utility>

namespace mockfleet::matching {
namespace {

void unite(std::optional<char_class>& target, const char_class& added) {
    if (target)
        target->unite(added);
    else
        target = added;
}

} // namespace

char_class java_parser::bracket_class(closing how) {
    if (++depth_ > 200) fail_unsupported("groups or classes nested more than 200 deep");
    class_state state;
    bool negated = false;
    for (symbol found = next();;) {
        if (found == '^' && cursor_ > 0 && at(cursor_ - 1) == '[') {
            negated = true;
            found = next();
            continue;
        }
        if (found == '[') {
            state.current = bracket_class(closing::consumed);
            unite(state.previous, *state.current);
            found = peek();
            continue;
        }
        if (found == '&') {
            if (next() == '&') {
                class_intersection(state);
                found = peek();
                continue;
            }
            --cursor_;
        } else if (found == 0 && cursor_ >= length_) {
            fail("class is not closed");
        } else if (found == ']' && (state.previous || state.has_bits)) {
            if (how == closing::consumed) next();
            break;
        }
        auto item = class_item(state);
        if (item) {
            unite(state.previous, *item);
            state.current = std::move(item);
        } else {
            state.has_bits = true;
        }
        found = peek();
    }
    --depth_;
    if (state.has_bits) unite(state.previous, char_class(state.bits));
    if (negated) state.previous->negate();
    return std::move(*state.previous);
}

void java_parser::class_intersection(class_state& state) {
    std::optional<char_class> right;
    for (symbol found = next(); found != ']' && found != '&'; found = peek()) {
        if (found == '[') {
            unite(right, bracket_class(closing::consumed));
        } else {
            --cursor_;
            unite(right, bracket_class(closing::left));
        }
    }
    if (state.has_bits) {
        const char_class bits(state.bits);
        if (!state.previous) state.current = bits;
        unite(state.previous, bits);
        state.has_bits = false;
    }
    if (right) state.current = right;
    if (!state.previous) {
        if (!right) fail("'&&' without operands");
        state.previous = std::move(right);
    } else {
        state.previous->intersect(*state.current);
    }
}

std::optional<char_class> java_parser::class_item(class_state& state) {
    symbol found = peek();
    if (found == '\\') {
        const symbol letter = next_escaped();
        if (letter == 'p' || letter == 'P') return *property(letter);
        const bool range = at(cursor_ + 1) == '-';
        --cursor_;
        escaped result = escape(range ? escape_place::range_end : escape_place::class_item);
        if (result.character < 0) return *result.set;
        found = result.character;
    } else {
        next();
    }
    const auto first = static_cast<char32_t>(found);
    if (peek() != '-') return class_code(state, first);
    const symbol after = at(cursor_ + 1);
    if (after == '[' || after == ']') return class_code(state, first);

    next();
    symbol last = peek();
    if (last == '\\')
        last = escape(escape_place::range_end).character;
    else
        next();
    if (last < found) fail("range with its end before its begin");
    return char_class(class_range(first, static_cast<char32_t>(last)));
}

std::optional<char_class> java_parser::class_code(class_state& state, char32_t found) const {
    const case_mode mode = casing();
    // The codes whose case variants lie outside Latin-1.
    static constexpr std::u32string_view wide{U"\u00ff\u00b5IiSsKk\u00c5\u00e5"};
    const bool narrow =
        found < 0x100 && !(mode == case_mode::unicode && wide.find(found) != std::u32string_view::npos);
    if (!narrow) return char_class(literal_codes(found, mode, literal_place::alone));

    state.bits.add(found);
    const bool folds = found < 0x80 ? mode != case_mode::exact : mode == case_mode::unicode;
    if (folds) {
        state.bits.add(upper_case(found));
        state.bits.add(lower_case(found));
    }
    return std::nullopt;
}

code_set java_parser::class_range(char32_t first, char32_t last) const {
    code_set result{{first, last}};
    const case_mode mode = casing();
    if (mode == case_mode::exact) return result;

    const auto within = [first, last](char32_t code) { return first <= code && code <= last; };
    if (mode == case_mode::ascii) {
        for (char32_t code = 'A'; code <= 'Z'; ++code) {
            if (within(code)) result.add(code + 32);
            if (within(code + 32)) result.add(code);
        }
        return result;
    }
    const auto consider = [&](char32_t code) {
        if (within(upper_case(code)) || within(fold_case(code))) result.add(code);
    };
    if (last < 0x80) {
        for (char32_t code = 'A'; code <= 'Z'; ++code) {
            consider(code);
            consider(code + 32);
        }
        for (const char32_t code : {U'\u0130', U'\u0131', U'\u017f', U'\u212a'})
            consider(code);
        return result;
    }
    for (const char32_t code : cased_code_points())
        consider(code);
    return result;
}

} // namespace mockfleet::matching
