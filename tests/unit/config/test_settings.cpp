// Typed reads, run-time changes, and what may be shown.
#include "loading.hpp"

#include <algorithm>

namespace mockfleet::config {

namespace {

entry entry_called(const settings& values, std::string_view name) {
    const auto all = values.entries();
    const auto found = std::find_if(all.begin(), all.end(), [&](const entry& e) { return e.name == name; });
    REQUIRE(found != all.end());
    return *found;
}

std::string refused_change(const settings& values, const name_value& change) {
    const auto changed = values.with_changes(std::vector<name_value>{change});
    REQUIRE(!changed);
    CHECK(changed.error().code == base::errc::invalid);
    return changed.error().message;
}

} // namespace

TEST_CASE("defaults") {
    const settings values;
    CHECK(values.integer("maxExpectations") == 15000);
    CHECK(values.integer("maxHeaderSize") == 262144);
    CHECK(values.integer("maxInitialLineLength") == 65536);
    CHECK(values.duration("stopDrainMillis") == std::chrono::seconds(15));
    CHECK(values.duration("requestHeaderTimeoutMillis") == std::chrono::seconds(30));
    CHECK(values.duration("idleTimeoutMillis") == std::chrono::minutes(5));
    CHECK(values.integer("maxConnections") == 0);
    CHECK(values.text("stateBackend") == "memory");
    CHECK(values.text("logLevel") == "INFO");
    CHECK(values.decimal("driftSampleRate") == doctest::Approx(1.0));
    CHECK(values.list("sslSubjectAlternativeNameIps") == std::vector<std::string>{"127.0.0.1", "0.0.0.0"});
    CHECK(values.map("controlPlaneJWTAuthenticationMatchingClaims").empty());
    CHECK(values.integer("proxyRemotePort") == -1);
    CHECK(!values.has("proxyRemotePort"));
    CHECK(values.has("maxLogEntries"));
    CHECK(values.ports().empty());
}

TEST_CASE("a run-time change makes new settings and leaves the old ones") {
    const settings before;
    const auto report =
        before.with_changes(std::vector<name_value>{{"maxExpectations", "5"}, {"logLevel", "DEBUG"}});
    REQUIRE(report.has_value());
    CHECK(report->values.integer("maxExpectations") == 5);
    CHECK(report->values.from("maxExpectations") == origin::runtime);
    CHECK(before.integer("maxExpectations") == 15000);
    CHECK(report->unknown.empty());
    CHECK(report->inert.empty());
}

TEST_CASE("JSON names are accepted, unknown ones reported, inert ones named") {
    const settings before;
    const auto report = before.with_changes(std::vector<name_value>{{"maxFutureTimeoutInMillis", "5"},
                                                                    {"foo", "1"},
                                                                    {"perExpectationMetricsEnabled", "true"},
                                                                    {"wasmEnabled", "false"}});
    REQUIRE(report.has_value());
    CHECK(report->values.integer("maxFutureTimeout") == 5);
    CHECK(report->unknown == std::vector<std::string>{"foo"});
    CHECK(report->inert == std::vector<std::string>{"maxFutureTimeout", "perExpectationMetricsEnabled"});
}

TEST_CASE("what is read at the start only is named when it changes") {
    const settings before;
    const auto report = before.with_changes(std::vector<name_value>{{"maxHeaderSize", "1000"},
                                                                    {"stateBackend", "memory"},
                                                                    {"logLevel", "DEBUG"},
                                                                    {"livenessHttpGetPath", "/live"}});
    REQUIRE(report.has_value());
    CHECK(report->fixed == std::vector<std::string>{"maxHeaderSize"});
    CHECK(report->inert.empty());
}

TEST_CASE("a refused change changes nothing and speaks as core.md 1.11 has it") {
    const settings before;
    CHECK(refused_change(before, {"maxLogEntries", "abc"}) == "Invalid configuration JSON");
    CHECK(refused_change(before, {"detailedMatchFailures", "yes"}) == "Invalid configuration JSON");
    CHECK(refused_change(before, {"logLevel", "nonsense"}) ==
          "Invalid logLevel: \"nonsense\", valid values are TRACE, DEBUG, INFO, WARN, ERROR");
    CHECK(refused_change(before, {"maxExpectations", "-5"}) ==
          "maxExpectations must be between 0 and 10000000, got: -5");
    const auto partly =
        before.with_changes(std::vector<name_value>{{"maxExpectations", "5"}, {"logLevel", "nonsense"}});
    CHECK(!partly);
    CHECK(before.integer("maxExpectations") == 15000);
}

TEST_CASE("entries show every property once, by JSON name, with its source") {
    start s;
    s.env("MOCKSERVER_MAX_LOG_ENTRIES=9");
    const auto values = s.run().values;
    CHECK(values.entries().size() == table.size());
    const auto entries = values.entries();
    CHECK(std::is_sorted(entries.begin(), entries.end(),
                         [](const entry& a, const entry& b) { return a.name < b.name; }));
    const auto limit = entry_called(values, "maxLogEntries");
    CHECK(limit.text == "9");
    CHECK(limit.from == origin::environment);
    CHECK(limit.where == "environment variable MOCKSERVER_MAX_LOG_ENTRIES");
    CHECK(entry_called(values, "maxFutureTimeoutInMillis").about->name == "maxFutureTimeout");
    CHECK(entry_called(values, "serverPort").about->own);
    CHECK(entry_called(values, "serverPort").list == std::vector<std::string>{"0"});
    CHECK(!entry_called(values, "proxyRemotePort").is_set);
    CHECK(entry_called(values, "proxyRemotePort").about->null_if_unset);
}

TEST_CASE("every secret is hidden when it is set and told apart from an unset one") {
    start s;
    std::vector<std::string> words;
    for (const auto& row : table) {
        if (row.type == kind::secret) words.push_back("--set=" + std::string(row.name) + "=hush");
    }
    CHECK(words.size() > 15);
    const auto values = s.run(std::vector<std::string_view>(words.begin(), words.end())).values;
    for (const auto& shown : values.entries()) {
        CAPTURE(shown.name);
        CHECK(!contains(shown.text, "hush"));
        CHECK(!contains(shown.where, "hush"));
        if (shown.about->type == kind::secret) CHECK(shown.text == "***REDACTED***");
    }
    CHECK(values.text("blobStoreSecretAccessKey") == "hush");
    CHECK(entry_called(settings(), "blobStoreSecretAccessKey").text.empty());
}

} // namespace mockfleet::config
