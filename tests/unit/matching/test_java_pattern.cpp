// Java's answers, recorded in java_regex_cases.txt, against the parser and both PCRE2 translations.
#include "matching/java_pattern.hpp"

#include "base/utf8.hpp"
#include "matching/pcre_program.hpp"
#include "matching/pcre_translation.hpp"
#include "matching/required_literals.hpp"
#include "matching/unicode_case.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace mockfleet::matching;

namespace {

struct recorded_case {
    std::string pattern;
    std::string text;
    std::string answer;
};

std::string unescaped(std::string_view shown) {
    std::string raw;
    for (std::size_t at = 0; at < shown.size(); ++at) {
        if (shown[at] == '%') {
            raw.push_back(static_cast<char>(std::stoi(std::string(shown.substr(at + 1, 2)), nullptr, 16)));
            at += 2;
        } else {
            raw.push_back(shown[at]);
        }
    }
    return raw;
}

std::vector<recorded_case> recorded_cases() {
    std::ifstream file(MF_SOURCE_ROOT "/tests/unit/matching/java_regex_cases.txt");
    std::vector<recorded_case> cases;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        const auto first = line.find('\t');
        const auto second = line.find('\t', first + 1);
        cases.push_back({unescaped(line.substr(0, first)),
                         unescaped(line.substr(first + 1, second - first - 1)), line.substr(second + 1)});
    }
    return cases;
}

/// "match", "no", or what went wrong.
std::string answer(const java_pattern& pattern, const std::string& text, subject_type subject) {
    const pcre_translation translated = translate_to_pcre(pattern, subject);
    if (translated.error) return "unsupported";
    std::string error;
    const pcre_program program = compile_pcre(translated.text, subject, error);
    if (!program) return "PCRE2 refuses " + translated.text + ": " + error;
    return run_pcre(program.get(), text) == pcre_outcome::matched ? "match" : "no";
}

pattern_error error_of(std::string_view pattern) {
    const java_parse parsed = parse_java_pattern(pattern);
    CHECK_FALSE(parsed.pattern);
    return parsed.error;
}

} // namespace

TEST_CASE("patterns mean what they mean in Java") {
    const auto cases = recorded_cases();
    REQUIRE(cases.size() >= 3000);
    std::size_t unsupported = 0;
    for (const recorded_case& each : cases) {
        CAPTURE(each.pattern);
        CAPTURE(each.text);
        const java_parse parsed = parse_java_pattern(each.pattern);
        if (!parsed.pattern && parsed.error.cause == pattern_error::cause_type::unsupported) {
            ++unsupported;
            continue;
        }
        CHECK((each.answer == "error") == !parsed.pattern);
        if (!parsed.pattern) continue;
        const std::string unicode = answer(*parsed.pattern, each.text, subject_type::unicode);
        if (unicode == "unsupported") {
            ++unsupported;
            continue;
        }
        CHECK(unicode == each.answer);
        if (mockfleet::base::is_ascii(each.text))
            CHECK(answer(*parsed.pattern, each.text, subject_type::ascii) == each.answer);
    }
    CHECK(unsupported * 100 < cases.size() * 4);
}

TEST_CASE("every text that Java matches contains the required literals") {
    std::size_t checked = 0;
    for (const recorded_case& each : recorded_cases()) {
        if (each.answer != "match") continue;
        CAPTURE(each.pattern);
        CAPTURE(each.text);
        const java_parse parsed = parse_java_pattern(each.pattern);
        if (!parsed.pattern) continue;
        std::string folded;
        fold_text(each.text, folded);
        for (const std::string& literal : required_literals(parsed.pattern->root)) {
            CHECK(folded.find(literal) != std::string::npos);
            ++checked;
        }
    }
    CHECK(checked > 200);
}

TEST_CASE("a syntax error names the position and the reason") {
    struct expectation {
        std::string_view pattern;
        std::uint32_t position;
        std::string_view reason;
    };
    // Positions as Java's PatternSyntaxException.getIndex() gives them.
    const std::array expected{
        expectation{"a{,3}", 2, "'{' without a repetition count"},
        expectation{"*/foo", 0, "quantifier without anything to repeat"},
        expectation{"a**", 2, "quantifier without anything to repeat"},
        expectation{"[[]x", 3, "class is not closed"},
        expectation{"(?i", 3, "unknown inline flag"},
        expectation{"a)", 0, "closing ')' without an opening one"},
        expectation{"(?>a", 4, "group is not closed"},
        expectation{"\\p{Foo}", 6, "unknown property name"},
        expectation{"[b-a]", 3, "range with its end before its begin"},
        expectation{"\\i", 1, "unknown escape"},
        expectation{"(?<a>x)(?<a>y)", 11, "group name given twice"},
        expectation{"(?<=(ab)*)c", 8, "look-behind without an obvious longest match"},
        expectation{"a{3,1}", 5, "repetition maximum below its minimum"},
        expectation{"\\", 1, "trailing backslash"},
    };
    for (const expectation& each : expected) {
        CAPTURE(each.pattern);
        const pattern_error error = error_of(each.pattern);
        CHECK(error.cause == pattern_error::cause_type::syntax);
        CHECK(error.position == each.position);
        CHECK(error.reason == each.reason);
    }
}

TEST_CASE("what Java has and PCRE2 has not is told apart from errors") {
    for (const std::string_view pattern : {"\\b{g}a", "\\N{DIGIT ONE}", "(?c)a"}) {
        CAPTURE(pattern);
        CHECK(error_of(pattern).cause == pattern_error::cause_type::unsupported);
    }
    for (const std::string_view pattern : {"b(?<=xa+)c", "(a)(?<=b{1,2}c{1,2})\\1", "a{70000}"}) {
        CAPTURE(pattern);
        const java_parse parsed = parse_java_pattern(pattern);
        REQUIRE(parsed.pattern);
        CHECK(translate_to_pcre(*parsed.pattern, subject_type::ascii).error);
        CHECK(translate_to_pcre(*parsed.pattern, subject_type::unicode).error);
    }
}

TEST_CASE("deep nesting is refused, not followed until the stack ends") {
    CHECK(error_of(std::string(5000, '(')).cause == pattern_error::cause_type::unsupported);
    CHECK(error_of(std::string(5000, '[')).cause == pattern_error::cause_type::unsupported);
    CHECK(parse_java_pattern(std::string(150, '(') + "a" + std::string(150, ')')).pattern);
}

TEST_CASE("whatever parses is something PCRE2 accepts") {
    static constexpr std::string_view pieces = "\\\\\\()[]{}[]()*+?.^$|&-:<>=!,#aAkQEpPxu1203 \n\xc3\xa9\xff";
    std::mt19937 random(7);
    std::size_t parsed_patterns = 0;
    for (int round = 0; round < 30'000; ++round) {
        std::string pattern;
        for (auto length = random() % 14; length > 0; --length)
            pattern.push_back(pieces[random() % pieces.size()]);
        const java_parse parsed = parse_java_pattern(pattern);
        if (!parsed.pattern) continue;
        ++parsed_patterns;
        for (const subject_type subject : {subject_type::ascii, subject_type::unicode}) {
            const pcre_translation translated = translate_to_pcre(*parsed.pattern, subject);
            if (translated.error) continue;
            std::string error;
            CAPTURE(pattern);
            CAPTURE(translated.text);
            CHECK_MESSAGE(compile_pcre(translated.text, subject, error), error);
        }
    }
    CHECK(parsed_patterns > 3000);
}

TEST_CASE("required literals") {
    const auto literals = [](std::string_view pattern) {
        return required_literals(parse_java_pattern(pattern).pattern->root);
    };
    using runs = std::vector<std::string>;
    CHECK(literals("/api/v1\\.0/Users/[0-9]+/items/[^/]+") == runs{"/api/v1.0/users/", "/items/"});
    CHECK(literals(".*/order-1/.*") == runs{"/order-1/"});
    CHECK(literals("/a(bc)d") == runs{"/abcd"});
    CHECK(literals("/a(?:bc){2}d") == runs{"/abcbcd"});
    CHECK(literals("ab+c") == runs{"ab", "bc"});
    CHECK(literals("ab*c") == runs{"a", "c"});
    CHECK(literals("ab?c|d") == runs{});
    CHECK(literals("x(a|b)yz") == runs{"yz", "x"});
    CHECK(literals("a[.]b[cC]") == runs{"a.bc"});
    CHECK(literals("foo(?=x)bar(?!y)") == runs{"foobar"});
    CHECK(literals("\\Qa.b\\E") == runs{"a.b"});
    CHECK(literals("[^/]+.*") == runs{});
    CHECK(literals("K\u00e9\u0130") == runs{"k\u00e9i"});
}
