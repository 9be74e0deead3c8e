// text_pattern: the order of its ways to match, what it reports about itself, bad input, threads and bounds.
#include "matching/text_pattern.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

using namespace mockfleet::matching;

namespace {

struct row {
    const char* pattern;
    const char* text;
    bool matches;
};

bool matches(std::string_view pattern, std::string_view text) {
    const text_pattern compiled(pattern);
    std::string lower;
    to_lower(text, lower);
    const bool result = compiled.matches(text, lower);
    CHECK(compiled.matches(text) == result);
    return result;
}

} // namespace

TEST_CASE("answers of the original") {
    // Recorded from MockServer 9.2.0 with path, query parameter and REGEX body matchers.
    const std::array rows{
        row{"/a/\\D+", "/a/123", false},
        row{"/a/\\D+", "/a/abc", true},
        row{"/[A-Z]+", "/abc", true},
        row{"/\\p{Lower}+", "/ABC", true},
        row{"/(?-i)abc", "/ABC", false},
        row{"(?-i)ABC.", "abcd", false},
        row{"/\\Qa.b\\E", "/A.B", true},
        row{"/\\Qa.b\\E", "/axb", false},
        row{"/users/{id}", "/users/{id}", true},
        row{"/users/{id}", "/USERS/{ID}", true},
        row{"/users/{id}", "/users/5", false},
        row{"*/foo", "*/FOO", true},
        row{"*/foo", "x/foo", false},
        row{"[[]x", "[[]x", true},
        row{"[[]x", "[x", false},
        row{"/a+b", "/a+b", true},
        row{"/a+b", "/aab", true},
        row{"/api/v1.0/x", "/api/v1a0/x", true},
        row{"a.b", "a\nb", true},
        row{"(?-s)a.b", "a\nb", false},
        row{"a$", "a\n", false},
        row{"(?-u)\u00e9.", "\u00c91", false},
        row{"\u00e9.", "\u00c91", true},
        row{"\u0130", "i", true},
        row{"\u0130", "i\u0307", false},
        row{"\u0131", "I", true},
        row{"i.", "\u0131x", true},
        row{"\u00df", "\u1e9e", true},
        row{"\u00df.", "\u1e9ex", false},
        row{"\u00df", "SS", false},
        row{"\u03c3.", "\u03c2x", true},
        row{"s.", "\u017fx", true},
        row{"k", "\u212a", true},
        row{"[a-z]", "\u212a", true},
        row{"[^k]", "\u212a", false},
        row{"\\w", "\u00e9", false},
        row{"(?U)\\w", "\u00e9", true},
        row{"\\p{Lu}", "\u00e9", true},
        row{"a|", "zzz", false},
        row{"{", "{", true},
        row{"a{,3}", "aa", false},
        row{"ab ", "ab", false},
        row{"\u01c4.", "\u01c6x", true},
        row{"(a)\\1", "aA", true},
        row{"(?-i)(a)\\1", "aA", false},
        row{"", "zzz", true},
        row{" ", "zzz", true},
        row{" \t", "", true},
    };
    for (const row& each : rows) {
        CAPTURE(each.pattern);
        CAPTURE(each.text);
        CHECK(matches(each.pattern, each.text) == each.matches);
    }
}

TEST_CASE("what a pattern says about itself") {
    const text_pattern nothing;
    CHECK(nothing.blank());
    CHECK(nothing.literal());
    CHECK(nothing.source().empty());

    const text_pattern literal("/Api/Users");
    CHECK(literal.literal());
    CHECK(literal.source() == "/Api/Users");
    CHECK(literal.lower() == "/api/users");
    CHECK(literal.regex_error().empty());
    CHECK(literal.required_literals().empty());

    const text_pattern regex("/Users/\\d+/Items\\.json");
    CHECK_FALSE(regex.literal());
    CHECK(regex.source() == "/Users/\\d+/Items\\.json");
    CHECK(regex.required_literals() == std::vector<std::string_view>{"/items.json", "/users/"});

    const text_pattern invalid("/users/{id}");
    CHECK(invalid.literal());
    CHECK(invalid.regex_error() == "position 8: '{' without a repetition count");
    CHECK(text_pattern("\\b{g}x").regex_error() ==
          "position 4: grapheme cluster boundary \\b{g} (valid in Java, not supported here)");

    CHECK(text_pattern(" \t").blank());
    CHECK(text_pattern("\u2003").blank());
    CHECK_FALSE(text_pattern("\u00a0").blank());
    CHECK(sizeof(text_pattern) == sizeof(void*));
}

TEST_CASE("a copy outlives its original") {
    text_pattern copy;
    {
        const text_pattern original("(a|b)+c");
        copy = original;
    }
    CHECK(copy.matches("abABc"));
    CHECK(copy.source() == "(a|b)+c");
}

TEST_CASE("beyond 8192 characters a pattern is compared literally") {
    CHECK(matches(std::string(8191, 'a') + ".", std::string(8192, 'a')));
    const std::string longer = std::string(8192, 'a') + ".";
    CHECK_FALSE(matches(longer, std::string(8193, 'a')));
    CHECK(matches(longer, std::string(8192, 'A') + "."));
    CHECK(text_pattern(longer).regex_error() == "longer than 8192 characters");
}

TEST_CASE("a catastrophic pattern is no match, soon") {
    CHECK_FALSE(matches("(a+)+b", std::string(40, 'a')));
    CHECK_FALSE(matches("(a+)+[^a]", std::string(64, 'a')));
    CHECK_FALSE(matches("(a|aa)+$b", std::string(2000, 'a')));
    CHECK(matches("(a|a)*", std::string(20000, 'a')));
}

TEST_CASE("text that is not UTF-8 reads as U+FFFD, as in Java") {
    CHECK(matches("a.b", "a\xff"
                         "b"));
    CHECK(matches("a..b", "a\xff\xfe"
                          "b"));
    CHECK(matches("a.b", "a\xe2\x82"
                         "b"));
    CHECK_FALSE(matches("a\\wb", "a\xff"
                                 "b"));
    CHECK_FALSE(matches("ab", "a\xff"
                              "b"));
    CHECK(matches("\xff/{x", "\xff/{X"));
}

TEST_CASE("the compact matcher does not see what only folds to ASCII") {
    CHECK_FALSE(matches("[A-Z]+", "\u212a"));
    CHECK(matches("[a-z]+", "\u212a"));
    CHECK_FALSE(matches("\\w+", "\u017f"));
}

TEST_CASE("lower case of texts") {
    const auto lower = [](std::string_view text) {
        std::string out = "before";
        to_lower(text, out);
        return out;
    };
    CHECK(lower("") == "");
    CHECK(lower("/API/Users/{ID}@[`Z") == "/api/users/{id}@[`z");
    CHECK(lower("\u212a\u017f\u0130\u0131") == "ksii");
    CHECK(lower("\u00c9\u03a3\u03c2\u1e9e\U00010400") == "\u00e9\u03c3\u03c3\u00df\U00010428");
    CHECK(lower("ABC\xff\xc3Z") == "abc\xff\xc3z");
    for (unsigned length = 1; length < 40; ++length) {
        const std::string upper(length, 'Q');
        CHECK(lower(upper + "\u00c9" + upper) ==
              std::string(length, 'q') + "\u00e9" + std::string(length, 'q'));
    }
}

TEST_CASE("one pattern, many threads, first use of its Unicode program") {
    const text_pattern pattern("(\u00e9|/a)+[^/]*x");
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int index = 0; index < 4; ++index)
        threads.emplace_back([&] {
            for (int round = 0; round < 500; ++round)
                if (!pattern.matches("\u00c9/A\u00fcx") || pattern.matches("\u00c9/a/x") ||
                    !pattern.matches("/a1x"))
                    ++wrong;
        });
    for (std::thread& each : threads)
        each.join();
    CHECK(wrong == 0);
}
