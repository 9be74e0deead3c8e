// explain(): which fields differ, in which order and words.
#include "sample_request.hpp"

#include <algorithm>

using namespace mockfleet;
using namespace mockfleet::matching;

namespace {

std::vector<difference> explained(std::string_view matcher_json, const sample_request& request) {
    const auto source = matcher_of(matcher_json);
    const auto compiled = compiled_matcher::compile(&source, direction::control_plane);
    request_facts facts;
    facts.begin(request.view());
    return compiled.explain(facts);
}

/// One line per reason, line ends as blanks, as failure texts print them.
std::string lines(std::string_view matcher_json, const sample_request& request) {
    std::string out;
    for (const auto& [field, reasons] : explained(matcher_json, request)) {
        out += field + ":\n";
        for (auto reason : reasons) {
            std::replace(reason.begin(), reason.end(), '\n', ' ');
            out += reason + "\n";
        }
    }
    return out;
}

} // namespace

TEST_CASE("a matching request has no differences") {
    CHECK(explained(R"({"path":"/a","headers":{"A":["1"]}})", sample_request("/a", {{"A", "1"}})).empty());
    request_facts facts;
    facts.begin(sample_request("/").view());
    CHECK(compiled_matcher().explain(facts).empty());
}

TEST_CASE("fields come in the order of comparison") {
    const auto found = explained(
        R"({"method":"POST","path":"/b","headers":{"A":["1"]},"queryStringParameters":{"q":["1"]},"cookies":{"c":"1"},)"
        R"("body":"x","keepAlive":false,"secure":true,"protocol":"HTTP_2"})",
        sample_request("/a?q=2", {{"A", "2"}, {"Cookie", "c=2"}}));
    std::string names;
    for (const auto& one : found)
        names += one.field + " ";
    CHECK(names == "method path body headers cookies queryParameters keepAlive secure protocol ");
}

TEST_CASE("texts and flags") {
    CHECK(lines(R"({"path":"/b"})", sample_request("/a")) ==
          "path:\n  string or regex match failed expected:      /b     found:      /a \n");
    CHECK(lines(R"({"path":"!/a"})", sample_request("/a")) == "path:\n");
    CHECK(lines(R"({"secure":true})", sample_request("/a")) ==
          "secure:\n  boolean match failed expected:      true     found:      false \n");
    CHECK(lines(R"({"protocol":"HTTP_2"})", sample_request("/a")) ==
          "protocol:\n  exact string match failed expected:      HTTP_2     found:      HTTP_1_1 \n");
}

TEST_CASE("key and value maps") {
    CHECK(lines(R"({"headers":{"A":["1"],"B":["2"]}})", sample_request("/", {{"A", "1"}})) ==
          "headers:\n"
          "  string or regex match failed expected:      B     found:      A \n"
          "  string or regex match failed expected:      2     found:      1 \n"
          "  multimap subset match failed subset:      [(A: 1), (B: 2)]     was not a subset of:      [(A: "
          "1)] \n"
          "  multimap match failed expected:      {       \"B\" : [ \"2\" ],       \"A\" : [ \"1\" ]     }"
          "     found:      {       \"A\" : [ \"1\" ]     }     failed because:      multimap is not a "
          "subset \n");
    CHECK(lines(R"({"queryStringParameters":{"A":["1"]}})", sample_request("/")) ==
          "queryParameters:\n"
          "  multimap match failed expected:      {       \"A\" : [ \"1\" ]     }     found:      none"
          "     failed because:      none is not a subset \n");
    CHECK(lines(R"({"cookies":{"A":"1"}})", sample_request("/", {{"Cookie", "b=2"}})) ==
          "cookies:\n"
          "  string or regex match failed expected:      A     found:      b \n"
          "  string or regex match failed expected:      1     found:      2 \n"
          "  map subset match failed expected:      {       \"A\" : \"1\"     }     found:      {       "
          "\"b\" : \"2\""
          "     }     failed because:      map is not a subset \n");
    CHECK(lines(R"({"headers":{"keyMatchStyle":"MATCHING_KEY","A":["3"]}})",
                sample_request("/", {{"A", "1"}})) ==
          "headers:\n"
          "  string or regex match failed expected:      3     found:      1 \n"
          "  multimap matching key match failed for key:      A \n"
          "  multimap match failed expected:      {       \"keyMatchStyle\" : \"MATCHING_KEY\",       \"A\" "
          ": [ \"3\" ]"
          "     }     found:      {       \"A\" : [ \"1\" ]     }     failed because:      multimap values "
          "don't match \n");
}

TEST_CASE("path parameters") {
    constexpr auto one = R"({"path":"/u/{id}","pathParameters":{"id":["1"]}})";
    CHECK(lines(one, sample_request("/u/2"))
              .starts_with(
                  "pathParameters:\n  string or regex match failed expected:      1     found:      2 \n"
                  "  multimap subset match failed subset:      [(id: 1)]     was not a subset of:      [(id: "
                  "2)] \n"));
    CHECK(lines(one, sample_request("/u/2/3"))
              .starts_with("path:\n  expected path /u/{id} has 2 parts but path /u/2/3 has 3 parts "
                           "\npathParameters:\n"));
}

TEST_CASE("bodies") {
    const auto body = [](std::string_view rule, std::string text) {
        return lines(R"({"body":)" + std::string(rule) + "}", sample_request("POST /", {}, std::move(text)));
    };
    CHECK(body(R"("ab")", "c") ==
          "body:\n  exact string match failed expected:      ab     found:      c \n");
    CHECK(body(R"({"type":"STRING","string":"ab","subString":true})", "c") ==
          "body:\n  substring match failed expected:      ab     found:      c \n");
    CHECK(body(R"({"type":"REGEX","regex":"ab"})", "c") ==
          "body:\n  string or regex match failed expected:      ab     found:      c \n");
    CHECK(body(R"("!ab")", "ab") == "body:\n");
    CHECK(body(R"({"type":"BINARY","base64Bytes":"YWJj"})", "abd") ==
          "body:\n  binary match failed expected:      base64:       YWJj     hex:       616263"
          "     found:      base64:       YWJk     hex:       616264 \n");
    CHECK(body(R"({"type":"JSON","json":"{\"a\":1}"})", R"({"a":2})") ==
          "body:\n  json match failed expected:      {\"a\":1}     found:      {\"a\":2}"
          "     failed because:      wrong value at \"a\", expected: 1 but was: 2 \n");
    CHECK(body(R"({"type":"JSON","json":"{\"a\":1}","matchType":"STRICT"})",
               R"({"a": 1, "b": {"c": [1, 2]}})") == "body:\n  json match failed expected:      {\"a\":1}    "
                                                     " found:      {\"a\": 1, \"b\": {\"c\": [1, 2]}}"
                                                     "     failed because:      additional element at \"b\" "
                                                     "with value: {       \"c\" : [ 1, 2 ]     } \n");
    CHECK(body(R"({"type":"PARAMETERS","parameters":{"a":["1"]}})", "a=2").find("[(a: 1)]") !=
          std::string::npos);
    CHECK(body(R"({"type":"JSON","json":"{\"a\":1}"})", "{").find("no JSON document") != std::string::npos);
}
