// YAML files and flat JSON files.
#include "config/source.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace mockfleet::config {

namespace {

std::map<std::string, std::string> values_in(std::string_view text) {
    const auto content = read_yaml(text, "c.yaml");
    for (const auto& problem : content.problems)
        FAIL_CHECK(problem);
    std::map<std::string, std::string> values;
    for (const auto& given : content.assignments)
        values[given.name] = given.value;
    return values;
}

std::string only_problem(std::string_view text) {
    const auto content = read_yaml(text, "c.yaml");
    REQUIRE(content.problems.size() == 1);
    return content.problems[0];
}

} // namespace

TEST_CASE("scalars, lists and maps become the text of the property") {
    const auto values = values_in("serverPort: [1080, 1081]\nlogLevel: WARN\nmatchExactCase: true\n"
                                  "controlPlaneJWTAuthenticationMatchingClaims: {iss: me, aud: you}\n"
                                  "corsAllowOrigin: \"*\"\nlivenessHttpGetPath:\n");
    CHECK(values.at("serverPort") == "1080,1081");
    CHECK(values.at("logLevel") == "WARN");
    CHECK(values.at("matchExactCase") == "true");
    CHECK(values.at("controlPlaneJWTAuthenticationMatchingClaims") == "iss=me,aud=you");
    CHECK(values.at("corsAllowOrigin") == "*");
    CHECK(values.at("livenessHttpGetPath").empty());
}

TEST_CASE("a nested JSON value keeps its types") {
    const auto values = values_in("logLevelOverrides: {a: DEBUG, \"b\\n\": \"1\", c: [1, true, -2.5, ~]}\n");
    CHECK(values.at("logLevelOverrides") == R"({"a":"DEBUG","b\u000a":"1","c":[1,true,-2.5,null]})");
}

TEST_CASE("a flat JSON file is read by the same reader") {
    const auto values =
        values_in("{\n\t\"serverPort\": 1080,\n\t\"logLevel\": \"INFO\", \"tlsProtocols\": \"a,b\",\n"
                  "\t\"sslSubjectAlternativeNameDomains\": [\"a\", \"b\"]\n}\n");
    CHECK(values.at("serverPort") == "1080");
    CHECK(values.at("sslSubjectAlternativeNameDomains") == "a,b");
}

TEST_CASE("plugin sections are flattened") {
    const auto values = values_in(
        "plugins:\n  state-x:\n    path: /var/x\n    peers: [one, two]\n    tls: {key: k}\n    n: ~\n  y:\n");
    CHECK(values.size() == 5);
    CHECK(values.at("plugins.state-x.path") == "/var/x");
    CHECK(values.at("plugins.state-x.peers.0") == "one");
    CHECK(values.at("plugins.state-x.peers.1") == "two");
    CHECK(values.at("plugins.state-x.tls.key") == "k");
}

TEST_CASE("an empty file says nothing") {
    CHECK(values_in("").empty());
    CHECK(values_in("# only a comment\n").empty());
    CHECK(values_in("---\n").empty());
    CHECK(values_in("plugins:\n").empty());
}

TEST_CASE("unknown and doubled keys name their line") {
    CHECK(only_problem("logLevel: INFO\nmaxExpectation: 5\n") ==
          "c.yaml:2: unknown key \"maxExpectation\"; the nearest known one is \"maxExpectations\"");
    CHECK(only_problem("mockserver.serverPort: 5\n") ==
          "c.yaml:1: unknown key \"mockserver.serverPort\"; the nearest known one is \"serverPort\"");
    CHECK(only_problem("logLevel: INFO\n\nlogLevel: WARN\n") ==
          "c.yaml:3: the key \"logLevel\" stands twice in the file");
}

TEST_CASE("what is no map of values is refused with its line") {
    CHECK(only_problem("- a\n- b\n") == "c.yaml:1: the file must be a map of property names to values");
    CHECK(only_problem("word") == "c.yaml:1: the file must be a map of property names to values");
    CHECK(only_problem("a: 1\n---\nb: 2\n").find("only one document") != std::string::npos);
    CHECK(only_problem("logLevel: {a: b}\n") == "c.yaml:1: logLevel: a nested value is not allowed here");
    CHECK(only_problem("maxExpectations: [1]\n").find("nested value") != std::string::npos);
    CHECK(only_problem("serverPort: [[1]]\n").find("plain value") != std::string::npos);
    CHECK(only_problem("[a]: 1\n").find("a key must be a name") != std::string::npos);
    CHECK(only_problem("plugins: [a]\n").find("plugins must be a map") != std::string::npos);
    CHECK(only_problem("plugins: {a: 1}\n").find("plugins.a must be a map") != std::string::npos);
    CHECK(only_problem("plugins: {a.b: {c: 1}}\n").find("without dots") != std::string::npos);
    CHECK(only_problem("logLevel: [open\n").starts_with("c.yaml:"));
    CHECK(only_problem("a: b: c\n").starts_with("c.yaml:1: "));
}

TEST_CASE("aliases cannot blow a file up") {
    std::string bomb = "logLevelOverrides:\n  a0: &a0 [x, x]\n";
    std::string empty_bomb = "plugins:\n  p:\n    a0: &a0 [[], []]\n";
    for (int i = 1; i < 40; ++i) {
        const auto n = std::to_string(i);
        const auto before = std::to_string(i - 1);
        bomb += "  a" + n + ": &a" + n + " [*a" + before + ", *a" + before + "]\n";
        empty_bomb += "    a" + n + ": &a" + n + " [*a" + before + ", *a" + before + "]\n";
    }
    CHECK(only_problem(bomb) == "c.yaml: a value is too large or nested too deeply");
    CHECK(only_problem(empty_bomb) == "c.yaml: a value is too large or nested too deeply");
    CHECK(!read_yaml("plugins: &a {p: *a}\n", "c.yaml").problems.empty());
    CHECK(!read_yaml("plugins: " + std::string(5000, '['), "c.yaml").problems.empty());
}

} // namespace mockfleet::config
