// The compact matcher: what it takes on, and that it agrees with PCRE2 wherever it does.
#include "matching/one_pass.hpp"

#include "matching/pcre_program.hpp"
#include "matching/pcre_translation.hpp"
#include "matching/unicode_case.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

using namespace mockfleet::matching;

namespace {

std::optional<std::string> compiled(std::string_view pattern) {
    const java_parse parsed = parse_java_pattern(pattern);
    REQUIRE(parsed.pattern);
    return compile_one_pass(*parsed.pattern);
}

bool matches(std::string_view pattern, std::string_view text) {
    const auto program = compiled(pattern);
    REQUIRE(program);
    return run_one_pass(*program, text);
}

/// Patterns and texts from the same pieces, so that a good part matches.
class generator {
public:
    std::string pattern() {
        static const std::array<const char*, 34> pieces{
            "/a",    "b",      "/",      "-",      "\\.",      "ab",    "Ba",       "[0-9]+", "[^/]+",
            "[^/]*", "\\d+",   "\\d{2}", ".*",     ".*",       ".+",    ".",        ".{2}",   "a*",
            "b?",    "[a-c]+", "\\w+",   "\\w*",   "[A-C]{2}", "\\s*",  "a+",       "[^a]",   "(b)",
            "(?:a)", ".*?",    "a*?",    "[^/]++", "\\S+",     "[/b]?", "\\D{1,3}",
        };
        return joined(pieces, 6);
    }

    std::string text() {
        static const std::array<const char*, 14> pieces{"/a", "b",  "/", "-", ".", "ab", "ba",
                                                        "1",  "22", "a", "c", " ", "aa", "bb"};
        return joined(pieces, 7);
    }

private:
    template <std::size_t Size>
    std::string joined(const std::array<const char*, Size>& pieces, unsigned most) {
        std::string result;
        for (auto count = 1 + engine_() % most; count > 0; --count)
            result += pieces[engine_() % Size];
        return result;
    }

    std::mt19937 engine_{20240611};
};

} // namespace

TEST_CASE("common patterns compile to something of about their own length") {
    for (const std::string_view pattern :
         {"/api/v1\\.0/users/[0-9]+", "/tenants/acme-000123/orders/[0-9]+/items/[^/]+", ".*/order-000123/.*",
          "/files/[^/]+\\.json", "/a/.*", "^/a/\\d{4}-\\d{2}$", "/a/(\\w+)/b", "[0-9a-f]{8}-[0-9a-f]{4}",
          "application/json.*", ".*\\.png", "/x/.*/y/.+/z"}) {
        CAPTURE(pattern);
        const auto program = compiled(pattern);
        REQUIRE(program);
        CHECK(program->size() <= pattern.size() + 16);
    }
}

TEST_CASE("patterns that need more are left to PCRE2") {
    for (const std::string_view pattern :
         {"a|b", "(a)\\1", "(ab)*", "(?=a)a", "a*+a", "[^/]+a[^/]+b", ".*a+b*c.*c", "(?-i)abc", "\u00e9+",
          "a$b", "\\bab", "a{300}", "\\R", "(?m)^a", "(?-i)[a-z]", "[^/]{1,3}/?a"}) {
        CAPTURE(pattern);
        CHECK_FALSE(compiled(pattern));
    }
}

TEST_CASE("each instruction at its borders") {
    CHECK(matches("/a/[0-9]+", "/a/1"));
    CHECK_FALSE(matches("/a/[0-9]+", "/a/"));
    CHECK_FALSE(matches("/a/[0-9]+", "/a/1x"));
    CHECK(matches("/a/[0-9]{2,3}/", "/a/123/"));
    CHECK_FALSE(matches("/a/[0-9]{2,3}/", "/a/1234/"));
    CHECK_FALSE(matches("/a/[0-9]{2,3}/", "/a/1/"));
    CHECK(matches("/f/[^/]+\\.json", "/f/a.b.json"));
    CHECK_FALSE(matches("/f/[^/]+\\.json", "/f/.json"));
    CHECK_FALSE(matches("/f/[^/]+\\.json", "/f/a/b.json"));
    CHECK(matches("[^/]*b[0-9]+", "abb12"));
    CHECK_FALSE(matches("[^/]*b[0-9]+", "abbc"));
    CHECK(matches(".*ab.*ab", "abab"));
    CHECK_FALSE(matches(".*ab.*ab", "aba"));
    CHECK(matches(".*", ""));
    CHECK_FALSE(matches(".+", ""));
    CHECK(matches("[^x]\\D", "ab"));
    CHECK(matches("[{}]+", "{}"));
    CHECK_FALSE(matches("abc.*", "ab"));
}

TEST_CASE("a long search is given up, as PCRE2's is") {
    CHECK_FALSE(matches(".*a[^b]*b", std::string(200'000, 'a')));
    CHECK(matches(".*a[^b]*b", std::string(2'000'000, 'x') + "ab"));
}

TEST_CASE("agrees with PCRE2 on random patterns and texts") {
    generator random;
    std::size_t pairs = 0;
    std::size_t matched = 0;
    while (pairs < 120'000) {
        const std::string pattern = random.pattern();
        CAPTURE(pattern);
        const java_parse parsed = parse_java_pattern(pattern);
        if (!parsed.pattern) continue;
        const auto program = compile_one_pass(*parsed.pattern);
        if (!program) continue;
        std::string error;
        const pcre_translation translated = translate_to_pcre(*parsed.pattern, subject_type::ascii);
        const pcre_program reference = compile_pcre(translated.text, subject_type::ascii, error);
        REQUIRE(reference);
        for (int round = 0; round < 25; ++round, ++pairs) {
            const std::string text = random.text();
            const bool wanted = run_pcre(reference.get(), text) == pcre_outcome::matched;
            matched += wanted ? 1 : 0;
            if (run_one_pass(*program, text) != wanted) {
                CAPTURE(text);
                CHECK(run_one_pass(*program, text) == wanted);
            }
        }
    }
    CHECK(matched > pairs / 50);
}
