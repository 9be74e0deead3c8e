// The tolerant JSON reader: what it takes, what it refuses and how it says so.
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace mockfleet;
using namespace std::string_literals;

namespace {

std::string compacted(std::string_view text) {
    const auto document = json::read_tolerant(text);
    return document ? json::compact(*document) : "failed: " + document.error().message;
}

json::parse_failure failure_of(std::string_view text) {
    json::value document;
    auto failure = json::parse_tolerant(text, document);
    REQUIRE_MESSAGE(failure, text);
    return *failure;
}

} // namespace

TEST_CASE("strict documents") {
    CHECK(compacted(R"({"a":[1,2.50,-3e4,true,false,null,"x"],"b":{}})") ==
          R"({"a":[1,2.50,-3e4,true,false,null,"x"],"b":{}})");
    CHECK(compacted(" [ ] ") == "[]");
    CHECK(compacted("\"text\"") == "\"text\"");
    CHECK(compacted("0") == "0");
}

TEST_CASE("tolerated notation") {
    CHECK(compacted("{a:'b', /* c */ \"d\" : 1, # e\n f_$-1: [1,2,], // g\n}") ==
          R"({"a":"b","d":1,"f_$-1":[1,2]})");
    CHECK(compacted("{1:2}") == R"({"1":2})");
    CHECK(compacted("[007,-007,00,NaN]") == R"([7,-7,0,"NaN"])");
    CHECK(compacted("\"a\tb\nc\"") == R"("a\tb\nc")");
    CHECK(compacted(R"("\q\'\é")") == R"("q'é")");
    CHECK(compacted("'it\\'s \"quoted\"'") == R"("it's \"quoted\"")");
    CHECK(compacted("{}trailing ] garbage") == "{}");
    CHECK(compacted("// only then\n1") == "1");
}

TEST_CASE("escapes") {
    CHECK(compacted(R"("\"\\\/\b\f\n\r\t")") == R"("\"\\/\b\f\n\r\t")");
    CHECK(compacted(R"("\u00e9\u20AC\ud83d\ude00")") == "\"é€😀\"");
    CHECK(compacted(R"("\ud83d")") == "\"\uFFFD\"");
    CHECK(compacted(R"("\ude00x")") == "\"\uFFFDx\"");
    CHECK(compacted(R"("\ud83d\u0041")") == "\"\uFFFDA\"");
    CHECK(compacted(R"("\ud83d\ud83d\ude00")") == "\"\uFFFD😀\"");
    CHECK(compacted(R"("\u0000")") == R"("\u0000")");
}

TEST_CASE("of equal names the last value stands at the first place") {
    CHECK(compacted(R"({"a":1,"b":2,"a":3,"c":4,"b":5})") == R"({"a":3,"b":5,"c":4})");
    std::string many = "{";
    for (int i = 0; i < 100; ++i)
        many += "\"k" + std::to_string(i % 50) + "\":" + std::to_string(i) + ",";
    const auto document = json::read_tolerant(many + "}");
    REQUIRE(document.has_value());
    REQUIRE(document->as_object().size() == 50);
    CHECK(document->as_object().front().name == "k0");
    CHECK(document->as_object().front().content.number_text() == "50");
}

TEST_CASE("long strings keep every byte around the word-wise scan") {
    for (std::size_t length = 0; length < 40; ++length) {
        const std::string text(length, 'x');
        CHECK(compacted("\"" + text + "\"") == "\"" + text + "\"");
        CHECK(compacted("\"" + text + "\\n" + text + "\"") == "\"" + text + "\\n" + text + "\"");
        CHECK(compacted("'" + text + "\"é'") == "\"" + text + "\\\"é\"");
    }
}

TEST_CASE("failures name kind, place and what was found") {
    const auto character = failure_of("{\"a\":1 \"b\":2}");
    CHECK_FALSE(character.end_of_input);
    CHECK(character.what ==
          "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries");
    CHECK(character.line == 1);
    CHECK(character.column == 8);

    const auto end = failure_of("{\n  \"a\" : [ 1");
    CHECK(end.end_of_input);
    CHECK(end.what ==
          "Unexpected end-of-input: expected close marker for Array (start marker at [line: 2, column: 9])");
    CHECK(end.line == 2);
    CHECK(end.column == 12);

    CHECK(failure_of("abc").what.starts_with("Unrecognized token 'abc': was expecting (JSON String, Number"));
    CHECK(failure_of("{]").what ==
          "Unexpected close marker ']': expected '}' (for Object starting at [line: 1, column: 1])");
    CHECK(failure_of("[1}").what ==
          "Unexpected close marker '}': expected ']' (for Array starting at [line: 1, column: 1])");
    CHECK(failure_of("").end_of_input);
    CHECK(failure_of("  // c").end_of_input);
    CHECK(json::read_tolerant("[tru]").error().message.ends_with("at line 1, column 2"));
}

TEST_CASE("what stays refused") {
    for (const char* text :
         {"{",      "[",         "{\"a\"", "{\"a\":", "{\"a\":1,,}", "[,]",     "[1,,2]",
          "[1 2]",  "{\"a\" 1}", "\"x",    "'x",      "\"\\",        "\"\\u12", "\"\\u12g4\"",
          "-",      "1.",        "1e",     "1e+",     "1x",          "+1",      ".5",
          "<xml/>", "/x",        "/* c",   "}",       "]",           "nul",     "\"\\ud83d\\u12\""}) {
        CAPTURE(text);
        json::value document;
        CHECK(json::parse_tolerant(text, document).has_value());
    }
}

TEST_CASE("invalid UTF-8 is refused wherever it stands") {
    for (const auto& text :
         {"\"\xFF\""s, "\"a\xC3\""s, "\"\xC0\xAF\""s, "\"\xED\xA0\x80\""s, "\"\xF4\x90\x80\x80\""s,
          "{\xFF:1}"s, "{\"\xE2\x82\":1}"s, "\xFE"s, "\"\\\xFF\""s, "\"\xE2\x82"s}) {
        CAPTURE(text);
        json::value document;
        CHECK(json::parse_tolerant(text, document).has_value());
    }
}

TEST_CASE("depth is limited, not the stack") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    json::value document;
    CHECK_FALSE(json::parse_tolerant(nested(json::max_depth), document));
    const auto failure = json::parse_tolerant(nested(json::max_depth + 1), document);
    REQUIRE(failure);
    CHECK(failure->column == json::max_depth + 1);
    CHECK(json::parse_tolerant(std::string(1'000'000, '['), document));
    std::string objects;
    for (int i = 0; i < 100'000; ++i)
        objects += "{\"a\":";
    CHECK(json::parse_tolerant(objects, document));
}
