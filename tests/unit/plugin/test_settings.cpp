// Settings of a plugin against the keys that it declared.
#include "plugin/settings.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace mockfleet::plugin;

constexpr mf_config_key keys[] = {
    {"endpoint", "string", nullptr, "where it is"},
    {"count", "int", "3", "how many"},
    {"fast", "bool", "false", "be fast"},
    {"wait", "duration", "5s", "how long"},
    {"room", "size", "", "how much"},
    {"peers", "list", "", "the others"},
    {"token", "secret", "", "the secret"},
};

/// The pairs that open would get, or the parts of the refusal.
std::string checked(std::vector<setting> given) {
    const auto result = check_settings(keys, given);
    if (!result)
        return "refused: " + result.error().found + " | " + result.error().wanted + " | " +
               result.error().remedy;
    std::string text;
    for (const auto& one : *result)
        text += (text.empty() ? "" : " ") + one.first + "=" + one.second;
    return text;
}

std::string with(const std::string& key, const std::string& value) {
    return checked({{"endpoint", "e"}, {key, value}});
}

} // namespace

TEST_CASE("defaults are filled in, keys without a value are left out") {
    CHECK(checked({{"endpoint", "e"}}) == "endpoint=e count=3 fast=false wait=5000000000");
    CHECK(checked({{"endpoint", ""}}) == "endpoint= count=3 fast=false wait=5000000000");
}

TEST_CASE("values are normalised") {
    CHECK(with("count", "-07") == "endpoint=e count=-7 fast=false wait=5000000000");
    CHECK(with("fast", "true") == "endpoint=e count=3 fast=true wait=5000000000");
    CHECK(with("room", "64KiB") == "endpoint=e count=3 fast=false wait=5000000000 room=65536");
    CHECK(with("room", "12") == "endpoint=e count=3 fast=false wait=5000000000 room=12");
    CHECK(with("wait", "250ms") == "endpoint=e count=3 fast=false wait=250000000");
    CHECK(with("wait", "0") == "endpoint=e count=3 fast=false wait=0");
    CHECK(with("wait", "2h") == "endpoint=e count=3 fast=false wait=7200000000000");
}

TEST_CASE("the last of equal keys counts") {
    CHECK(checked({{"endpoint", "a"}, {"endpoint", "b"}}).starts_with("endpoint=b "));
}

TEST_CASE("lists are numbered without a gap") {
    CHECK(checked({{"peers.1", "b"}, {"endpoint", "e"}, {"peers.0", "a"}}) ==
          "endpoint=e count=3 fast=false wait=5000000000 peers.0=a peers.1=b");
    CHECK(checked({{"endpoint", "e"}, {"peers.1", "b"}}).starts_with("refused: key 'peers.0' is missing | "));
    CHECK(checked({{"endpoint", "e"}, {"peers.4000000000", "b"}}).starts_with("refused: "));
    for (const auto* name : {"peers", "peers.", "peers.x", "peers.01", "peers.-1", "peers.0.a"}) {
        CHECK(with(name, "x").starts_with("refused: unknown key '" + std::string(name) + "' | "));
    }
}

TEST_CASE("what is refused names key, value, wanted and remedy") {
    CHECK(
        checked({}) ==
        "refused: key 'endpoint' is missing | a value of type string | give 'endpoint' a value: where it is");
    CHECK(with("cuont", "1") ==
          "refused: unknown key 'cuont' | one of its keys: endpoint, count, fast, wait, room, peers.N, "
          "token | did you mean 'count'?");
    for (const auto* value : {"", "x", "1x", "1.5", "99999999999999999999", " 1"}) {
        CHECK(with("count", value) == "refused: key 'count' has the value '" + std::string(value) +
                                          "' | a whole number | correct the value of 'count'");
    }
    for (const auto* value : {"yes", "TRUE", "1", ""})
        CHECK(with("fast", value).starts_with("refused: "));
    for (const auto* value : {"5", "s", "5 s", "-5s", "5d", "9999999999h", "0.5s"}) {
        CHECK(with("wait", value).starts_with("refused: key 'wait' has the value"));
    }
    for (const auto* value : {"1x", "-1", "1TiB", "9223372036854775807KiB"}) {
        CHECK(with("room", value).starts_with("refused: key 'room' has the value"));
    }
}

TEST_CASE("a plugin without keys takes none") {
    const std::vector<setting> given{{"a", "b"}};
    const auto result = check_settings({}, given);
    REQUIRE(!result.has_value());
    CHECK(result.error().wanted == "one of its keys: none");
    CHECK(result.error().remedy == "remove the key");
    CHECK(check_settings({}, {}).has_value());
}
