// Fields found without parsing: the outline against the parser, and both ways of skipping.
#include "json/body_document.hpp"
#include "json/object_outline.hpp"
#include "json/skip_value.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

using namespace mockfleet::json;

namespace {

/// Text with the readable bytes behind it that the outline asks for; they look like more of it.
class padded {
public:
    explicit padded(std::string text) : text_(std::move(text)), size_(text_.size()) {
        for (int i = 0; i < skip_padding; ++i)
            text_ += "\"}]"[i % 3];
    }
    [[nodiscard]] std::string_view view() const { return std::string_view(text_).substr(0, size_); }

private:
    std::string text_;
    std::size_t size_;
};

field_tree field(std::string name, value_kind kind, std::string text = {}, bool flag = false) {
    return {std::move(name), kind, flag, std::move(text), {}, {}};
}

scan_result holds(const field_tree& tree, std::string text) {
    const padded body(std::move(text));
    object_outline outline;
    outline.assign(body.view());
    const auto first = outline.holds(tree);
    CHECK(outline.holds(tree) == first);
    return first;
}

class source_of_text {
public:
    explicit source_of_text(std::uint32_t seed) : random_(seed) {}

    std::size_t below(std::size_t bound) { return random_() % bound; }
    std::string scalar() {
        constexpr const char* choices[] = {"1",        "-1",     "1.0",      "1e0",
                                           "true",     "false",  "null",     "\"x\"",
                                           "\"\\\"\"", "\"}]\"", "\"\\\\\"", "\"\\u0078\"",
                                           "10",       "0.5",    "\"true\"", "12345678901234567890123"};
        return choices[below(std::size(choices))];
    }
    std::string any(int depth) {
        switch (depth > 3 ? 9 : below(6)) {
        case 0:
            return object(depth + 1);
        case 1: {
            std::string items = "[";
            for (auto left = below(4); left > 0; --left)
                items += space() + any(depth + 1) + space() + (left > 1 ? "," : "");
            return items + "]";
        }
        default:
            return scalar();
        }
    }
    std::string object(int depth) {
        std::string out = "{" + space();
        for (auto left = below(5); left > 0; --left) {
            out += "\"" + name() + "\"" + space() + ":" + space() + any(depth);
            out += space() + (left > 1 ? "," + space() : "");
        }
        return out + "}";
    }
    std::string name() {
        constexpr const char* choices[] = {"a", "b", "c", "ab", "\\u0061", ""};
        const auto chosen = below(40);
        return choices[chosen < 5 ? chosen : chosen % 3];
    }
    std::string space() {
        constexpr const char* choices[] = {"", "", "", " ", "\n\t", "\r"};
        return choices[below(std::size(choices))];
    }
    field_tree tree(int depth) {
        field_tree out;
        for (const auto* name : {"a", "b", "c"}) {
            if (below(2) == 0) continue;
            constexpr const char* numbers[] = {"1", "-1", "1.0", "10", "0.5", "12345678901234567890123"};
            constexpr const char* strings[] = {"x", "\"", "}]", "\\", "true"};
            field_tree one;
            switch (below(depth > 2 ? 4 : 6)) {
            case 0:
                one = field("", value_kind::boolean, {}, below(2) != 0);
                break;
            case 1:
                one = field("", value_kind::null);
                break;
            case 2:
                one = field("", value_kind::number, numbers[below(std::size(numbers))]);
                break;
            case 3:
                one = field("", value_kind::string, strings[below(std::size(strings))]);
                break;
            default:
                one = tree(depth + 1);
            }
            one.name = name;
            out.fields.push_back(std::move(one));
        }
        return out;
    }

private:
    std::mt19937 random_;
};

} // namespace

TEST_CASE("fields are found, of duplicates the last counts") {
    field_tree tree;
    auto inner = field("o", value_kind::object);
    inner.fields.push_back(field("n", value_kind::number, "12"));
    tree.fields = {field("s", value_kind::string, "x\n"), inner, field("t", value_kind::boolean, {}, true),
                   field("z", value_kind::null)};
    bind_numbers(tree);
    CHECK(holds(tree, R"( {"s":"x\n","skip":[{"s":1}],"o":{"n":12,"m":0},"t":true,"z":null,"more":{}} )") ==
          scan_result::yes);
    CHECK(holds(tree, R"({"s":"x\n","o":{"n":12.0},"t":true,"z":null})") == scan_result::no);
    CHECK(holds(tree, R"({"s":"x\n","o":{"n":12},"t":true})") == scan_result::no);
    CHECK(holds(tree, R"({"s":"x\n","o":{"n":12},"t":true,"z":null,"t":false})") == scan_result::no);
    CHECK(holds(tree, R"({"s":"y","o":{"n":12},"t":true,"z":null,"s":"x\n"})") == scan_result::yes);
    CHECK(holds(tree, R"({"s":"y","\u0073":"x\n","o":{"n":12},"t":true,"z":null})") == scan_result::unsure);
}

TEST_CASE("what is not strict JSON is left to the parser") {
    const field_tree anything;
    for (const auto* text : {"",           " ",          "[1]",         "7",
                             "{",          "{\"",        "{\"a",        "{\"a\"",
                             "{\"a\":",    "{\"a\":1",   "{\"a\":1,",   "{\"a\":1,}",
                             "{'a':1}",    "{a:1}",      "{\"a\":tru}", "{\"a\":01}",
                             "{\"a\":+1}", "{\"a\":1.}", "{\"a\":'x'}", "{\"a\":\"x}",
                             "{\"a\":[}",  "{\"a\":{}",  "{\"a\" 1}",   "{\"a\":1 \"b\":2}",
                             "{/**/}",     "{} x",       "{,}"}) {
        CAPTURE(text);
        CHECK(holds(anything, text) == scan_result::unsure);
    }
    for (const auto* text : {"{}", " { } ", "{\"a\":-0.5e+7}", "{\"\":\"\\\\\"}", "{\"a\":[\"]\"]}"}) {
        CAPTURE(text);
        CHECK(holds(anything, text) == scan_result::yes);
    }
}

TEST_CASE("the outline agrees with the parser") {
    source_of_text source(11);
    int sure = 0;
    int hits = 0;
    body_document document;
    for (int round = 0; round < 60000; ++round) {
        auto text = source.object(0);
        const bool damaged = source.below(4) == 0;
        if (damaged) text[source.below(text.size())] = "{}[]\",:\\ 1t"[source.below(11)];
        auto tree = source.tree(0);
        bind_numbers(tree);
        const padded body(text);
        document.open(body.view());
        const auto answer = document.scan(tree);
        if (answer == scan_result::unsure) continue;
        ++sure;
        hits += answer == scan_result::yes ? 1 : 0;
        const bool parsed = document.parse(body.view());
        if (damaged && !parsed) continue; // unnoticed inside of what was skipped
        CAPTURE(text);
        REQUIRE(parsed);
        REQUIRE(document.root().holds(tree) == (answer == scan_result::yes));
    }
    CHECK(sure > 30000);
    CHECK(hits > 5000);
}

TEST_CASE("both ways of skipping brackets agree") {
    std::mt19937 random(3);
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        const auto size = random() % 400;
        const auto rare = 2 + random() % 60;
        while (text.size() < size) {
            if (random() % rare != 0) {
                text += 'x';
            } else if (random() % 2 == 0) {
                text += "[]{}"[random() % 4];
            } else {
                text += '"';
                for (auto left = random() % rare; left > 0; --left)
                    text += random() % 3 == 0 ? "[]{}"[random() % 4] : 'y';
                for (auto left = random() % 70; left > 66; --left)
                    text += random() % 2 == 0 ? "\\\\" : "\\\"";
                text += '"';
            }
        }
        const padded body(text);
        const char* const start = body.view().data();
        const char* const end = start + body.view().size();
        CHECK(skip_brackets(start, end, '[', ']') == skip_brackets_bytewise(start, end, '[', ']'));
        CHECK(skip_brackets(start, end, '{', '}') == skip_brackets_bytewise(start, end, '{', '}'));
    }
}
