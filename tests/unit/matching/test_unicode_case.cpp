// Case tables and sets of code points.
#include "matching/unicode_case.hpp"

#include "matching/code_set.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace mockfleet::matching;

TEST_CASE("simple case mappings") {
    CHECK(upper_case('a') == 'A');
    CHECK(lower_case('Z') == 'z');
    CHECK(upper_case('1') == '1');
    CHECK(upper_case(0xff) == 0x178);
    CHECK(upper_case(0xb5) == 0x39c);
    CHECK(lower_case(0x212a) == 'k');
    CHECK(lower_case(0x130) == 'i');
    CHECK(upper_case(0xdf) == 0xdf);
    CHECK(lower_case(0x10400) == 0x10428);
    CHECK(upper_case(0x1c5) == 0x1c4);
    CHECK(lower_case(0x10ffff) == 0x10ffff);
}

TEST_CASE("fold members are exactly the code points with that fold") {
    for (const char32_t code : cased_code_points()) {
        const auto members = fold_members(fold_case(code));
        CHECK((members.empty() || std::find(members.begin(), members.end(), code) != members.end()));
        for (const char32_t member : members)
            CHECK(fold_case(member) == fold_case(code));
    }
    const auto of_k = fold_members('k');
    CHECK(std::vector<char32_t>(of_k.begin(), of_k.end()) == std::vector<char32_t>{'K', 'k', 0x212a});
    CHECK(fold_members('1').empty());
}

TEST_CASE("equality ignoring case") {
    CHECK(equal_ignoring_case("", ""));
    CHECK(equal_ignoring_case("AbC", "aBc"));
    CHECK(equal_ignoring_case("k", "\u212a"));
    CHECK(equal_ignoring_case("\u212a", "K"));
    CHECK_FALSE(equal_ignoring_case("a", "ab"));
    CHECK_FALSE(equal_ignoring_case("@", "`"));
    CHECK_FALSE(equal_ignoring_case("[", "{"));
    CHECK(equal_ignoring_case("\xff\xc3", "\xff\xc3"));
    CHECK_FALSE(equal_ignoring_case("\xff", "\xfe"));
    CHECK_FALSE(equal_ignoring_case("\xff", "\ufffd"));
}

TEST_CASE("sets of code points") {
    code_set set{{'a', 'c'}, {'x', 'z'}};
    set.add('d', 'f');
    CHECK(set.ranges() == std::vector<code_set::range>{{'a', 'f'}, {'x', 'z'}});
    set.add('e', 'y');
    CHECK(set.ranges() == std::vector<code_set::range>{{'a', 'z'}});
    CHECK(set.complement().complement().ranges() == set.ranges());
    CHECK(code_set::all().complement().empty());
    CHECK(code_set().complement().ranges() == code_set::all().ranges());
    CHECK(set.intersection({{'0', 'b'}, {'y', 0x200}}).ranges() ==
          std::vector<code_set::range>{{'a', 'b'}, {'y', 'z'}});
    CHECK(set.contains('m'));
    CHECK_FALSE(set.contains('A'));
    CHECK(set.ascii().contains('a'));
    CHECK_FALSE(set.ascii().contains('`'));
    CHECK_FALSE(ascii_set{~0ull, ~0ull}.contains(0x80));
}
