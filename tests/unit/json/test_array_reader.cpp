// Arrays whose items are read one by one: places, broken items, broken ends.
#include "json/array_reader.hpp"
#include "json/writer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace mockfleet;

namespace {

struct told {
    std::vector<std::string> items; ///< `LINE CONTENT`, or `LINE !` for a broken one
    bool complete = false;
};

told read(std::string_view text) {
    told all;
    json::array_reader reading(text);
    std::size_t number = 0;
    while (auto item = reading.next()) {
        CHECK(item->number == ++number);
        all.items.push_back(std::to_string(item->line) + " " +
                            (item->failure ? "!" : json::compact(item->content)));
    }
    all.complete = reading.complete();
    return all;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("items of an array have numbers and lines") {
    const auto all = read("[ {\"a\":1},\n  2, \"x,]\",\n\n {\"b\":[1,{\"c\":\"}\"}]} ]  rest");
    CHECK(all.items == texts{"1 {\"a\":1}", "2 2", "2 \"x,]\"", "4 {\"b\":[1,{\"c\":\"}\"}]}"});
    CHECK(all.complete);
}

TEST_CASE("what is no array is one item, blanks are none") {
    CHECK(read("{\"a\":1}").items == texts{"1 {\"a\":1}"});
    CHECK(read("{\"a\":1}").complete);
    for (const auto* text : {"", " \n ", "[]", " [ ] ", "// nothing\n"}) {
        CHECK(read(text).items.empty());
        CHECK(read(text).complete);
    }
}

TEST_CASE("comments, single quotes and trailing commas are taken") {
    const auto all = read("# first\n[ /* ] */ {'a':'}'}, // ]\n {b:2}, ]");
    CHECK(all.items == texts{"2 {\"a\":\"}\"}", "3 {\"b\":2}"});
    CHECK(all.complete);
}

TEST_CASE("a cut array gives what is whole") {
    const auto all = read("[ {\"a\":1}, {\"b\":2}, {\"c\":");
    CHECK(all.items == texts{"1 {\"a\":1}", "1 {\"b\":2}", "1 !"});
    CHECK(!all.complete);
    CHECK(!read("[ 1, 2").complete);
    CHECK(read("[ 1, 2").items == texts{"1 1", "1 2"});
    CHECK(!read("[").complete);
}

TEST_CASE("after a broken item reading goes on where the pretty layout shows the next") {
    const auto all = read("[ {\n  \"a\" : 1\n}, {\n  \"b : 2\n}, {\n  \"c\" : 3\n} ]");
    CHECK(all.items == texts{"1 {\"a\":1}", "3 !", "5 {\"c\":3}"});
    CHECK(all.complete);
    const auto brackets = read("[ {\n  \"a\" : 1\n}, {\n  \"b\" : ]]]\n}, {\n  \"c\" : 3\n} ]");
    CHECK(brackets.items == texts{"1 {\"a\":1}", "3 !", "5 {\"c\":3}"});
    CHECK(brackets.complete);
}

TEST_CASE("after a broken item with whole brackets reading goes on behind them in any layout") {
    for (const auto* text : {"[{\"a\":1},{\"b\":oops},{\"c\":3}]", "[{\"a\":1}, {\"b\":oops} ,\t{\"c\":3}]",
                             "[{\"a\":1},/* x */{\"b\":[{\"d\":1},{oops}]}, // ,\n{\"c\":3}] // end"}) {
        const auto all = read(text);
        REQUIRE(all.items.size() == 3);
        CHECK(all.items[1] == "1 !");
        CHECK(all.items[2].substr(2) == "{\"c\":3}");
        CHECK(all.complete);
    }
    CHECK(read("[{\"a\":1},{\"b\":oops}]").complete);
    // Where brackets are missing nothing is taken for an item that is part of one.
    CHECK(read("[{\"a\":{\"x\":oops, \"y\":[{\"z\":1},{\"z\":2}]},{\"c\":3}]").items == texts{"1 !"});
}

TEST_CASE("the place of a failure is that in the text") {
    json::array_reader reading("[ {\n  \"a\" : 1\n}, {\n  \"b\" : ?\n} ]");
    static_cast<void>(reading.next());
    const auto broken = reading.next();
    REQUIRE(broken);
    REQUIRE(broken->failure);
    CHECK(broken->failure->line == 4);
}

TEST_CASE("no text makes it hang") {
    const std::string signs = "[]{},\"'/*#\n1\\";
    std::string text = "[";
    for (unsigned seed = 1; seed < 4000; ++seed) {
        text.resize(1);
        for (unsigned state = seed * 2654435761U, i = 0; i < 12; ++i) {
            state = state * 1664525U + 1013904223U;
            text += signs[(state >> 16) % signs.size()];
        }
        CHECK(read(text).items.size() <= text.size());
    }
}
