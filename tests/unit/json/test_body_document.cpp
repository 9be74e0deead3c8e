// Parsing request bodies: both ways of reading, navigation, numbers.
#include "json/body_document.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace mockfleet::json;

namespace {

/// Text with the readable bytes behind it that the parser asks for.
class padded {
public:
    explicit padded(std::string text) : text_(std::move(text)), size_(text_.size()) {
        text_.append(body_document::padding, '"');
    }
    [[nodiscard]] std::string_view view() const { return std::string_view(text_).substr(0, size_); }

private:
    std::string text_;
    std::size_t size_;
};

} // namespace

TEST_CASE("strict and tolerant documents are walked alike") {
    for (const auto* text : {R"({"a":[1,2.5,"x",true,null],"b":{"c":-7},"b":{"c":8}})",
                             R"({a:[1,2.5,'x',true,null,], b:{"c":-7},"b":{"c":8}} rest)"}) {
        CAPTURE(text);
        const padded body(text);
        body_document document;
        REQUIRE(document.parse(body.view()));
        const auto root = document.root();
        CHECK(root.type() == value_kind::object);
        body_node a;
        REQUIRE(root.find("a", a));
        CHECK(a.item_count() == 5);
        std::string kinds;
        CHECK(a.each_item([&kinds](const body_node& item) {
            kinds += std::to_string(static_cast<int>(item.type()));
            return true;
        }));
        CHECK(kinds == "22310");
        body_node c;
        REQUIRE(root.find("b", c));
        REQUIRE(c.find("c", c));
        CHECK(c.as_number().magnitude == 8);
        CHECK_FALSE(root.find("B", c));
        CHECK_FALSE(root.each_member([](std::string_view, const body_node&) { return false; }));
    }
}

TEST_CASE("what is no JSON is refused and the document can be used again") {
    body_document document;
    for (const auto* text : {"", " ", "{", "x", "{\"a\":+1}", "[1", "\"\xFF\""}) {
        CAPTURE(text);
        const padded body(text);
        CHECK_FALSE(document.parse(body.view()));
    }
    const padded good("[7]");
    REQUIRE(document.parse(good.view()));
    CHECK(document.root().item_count() == 1);
}

TEST_CASE("numbers keep their kind and exact integers") {
    CHECK(same_number(numeric_of("007"), numeric_of("7")));
    CHECK(same_number(numeric_of("-0"), numeric_of("0")));
    CHECK_FALSE(same_number(numeric_of("1"), numeric_of("1.0")));
    CHECK(equal_value(numeric_of("1"), numeric_of("1.0")));
    CHECK(same_number(numeric_of("1e2"), numeric_of("100.0")));
    CHECK_FALSE(same_number(numeric_of("18446744073709551616"), numeric_of("18446744073709551617")));
    CHECK_FALSE(same_number(numeric_of("18446744073709551615"), numeric_of("-18446744073709551615")));
    CHECK_FALSE(same_number(numeric_of("NaN"), numeric_of("NaN")));
    const padded body("[18446744073709551615,-9223372036854775808,1e-1]");
    body_document document;
    REQUIRE(document.parse(body.view()));
    std::string seen;
    document.root().each_item([&seen](const body_node& item) {
        for (const auto* text : {"18446744073709551615", "-9223372036854775808", "0.1"})
            seen += same_number(item.as_number(), numeric_of(text)) ? 'y' : 'n';
        return true;
    });
    CHECK(seen == "ynnnynnny");
}
