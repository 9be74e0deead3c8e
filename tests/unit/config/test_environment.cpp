// Variables with the prefix, short ones, and those that container platforms inject.
#include "config/source.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace mockfleet::config {

namespace {

environment_content read(const std::vector<std::string_view>& variables) {
    return read_environment(variables);
}

} // namespace

TEST_CASE("prefixed variables set properties, irregular names included") {
    const auto content =
        read({"MOCKSERVER_LOG_LEVEL=WARN", "MOCKSERVER_TLS_PRIVATE_KEY_PATH=/k", "HOME=/root", "BROKEN",
              "MOCKSERVER_MAXIMUM_NUMBER_OF_REQUESTS_TO_RETURN_IN_VERIFICATION_FAILURE=3"});
    CHECK(content.prefixed.problems.empty());
    REQUIRE(content.prefixed.assignments.size() == 3);
    CHECK(content.prefixed.assignments[0].name == "logLevel");
    CHECK(content.prefixed.assignments[0].where == "environment variable MOCKSERVER_LOG_LEVEL");
    CHECK(content.prefixed.assignments[1].name == "privateKeyPath");
    CHECK(content.prefixed.assignments[2].name == "maximumNumberOfRequestToReturnInVerificationFailure");
}

TEST_CASE("an empty variable is as good as none") {
    CHECK(read({"MOCKSERVER_LOG_LEVEL=", "SERVER_PORT=", "MOCKSERVER_NONSENSE="}).prefixed.problems.empty());
    CHECK(read({"MOCKSERVER_LOG_LEVEL="}).prefixed.assignments.empty());
}

TEST_CASE("the launcher's short variables") {
    const auto content =
        read({"SERVER_PORT=1080", "LOG_LEVEL=DEBUG", "PROXY_REMOTE_HOST=h", "PROXY_REMOTE_PORT=80"});
    REQUIRE(content.short_names.assignments.size() == 4);
    CHECK(content.short_names.assignments[0].name == "serverPort");
    CHECK(content.short_names.assignments[3].where == "environment variable PROXY_REMOTE_PORT");
    CHECK(read({"SERVER_PORT=tcp://10.0.0.1:80"}).short_names.assignments.empty());
}

TEST_CASE("other names of a property count in this form too, and launchers' own variables are nobody's") {
    const auto content =
        read({"MOCKSERVER_PER_EXPECTATION_METRICS=true", "MOCKSERVER_SOCKET_CONNECTION_TIMEOUT_IN_MILLIS=7",
              "MOCKSERVER_JAVA_OPTS=-Xmx1g", "MOCKSERVER_LAUNCHER=x"});
    for (const auto& problem : content.prefixed.problems)
        FAIL_CHECK(problem);
    REQUIRE(content.prefixed.assignments.size() == 2);
    CHECK(content.prefixed.assignments[0].name == "perExpectationMetricsEnabled");
    CHECK(content.prefixed.assignments[1].value == "7");
    REQUIRE(content.prefixed.warnings.size() == 2);
    CHECK(content.prefixed.warnings[0] ==
          "environment variable MOCKSERVER_JAVA_OPTS: accepted, but without a meaning in this server");
}

TEST_CASE("unknown variables with the prefix are problems that name the nearest") {
    const auto content = read({"MOCKSERVER_LOGLEVEL=WARN", "MOCKSERVER_PRIVATE_KEY_PATH=x"});
    REQUIRE(content.prefixed.problems.size() == 2);
    CHECK(content.prefixed.problems[0] == "environment variable MOCKSERVER_LOGLEVEL: unknown key; the "
                                          "nearest known one is MOCKSERVER_LOG_LEVEL");
    CHECK(content.prefixed.problems[1].ends_with("MOCKSERVER_TLS_PRIVATE_KEY_PATH"));
    CHECK(!read({"MOCKSERVER_=x"}).prefixed.problems.empty());
    CHECK(read({"MOCKSERVER_PORT=1080"}).prefixed.problems[0].ends_with("is MOCKSERVER_SERVER_PORT"));
    CHECK(read({"MOCKSERVER_SOMETHING_ELSE=1"}).prefixed.problems[0] ==
          "environment variable MOCKSERVER_SOMETHING_ELSE: unknown key; mockfleet(1) lists the known ones");
}

TEST_CASE("service links of Kubernetes and Docker are nobody's configuration") {
    const auto content =
        read({"MOCKSERVER_SERVICE_HOST=10.0.0.1", "MOCKSERVER_SERVICE_PORT=1080",
              "MOCKSERVER_SERVICE_PORT_SERVICEPORT=1080", "MOCKSERVER_PORT=tcp://10.0.0.1:1080",
              "MOCKSERVER_PORT_1080_TCP=tcp://10.0.0.1:1080", "MOCKSERVER_PORT_1080_TCP_PROTO=tcp",
              "MOCKSERVER_PORT_1080_TCP_PORT=1080", "MOCKSERVER_PORT_1080_TCP_ADDR=10.0.0.1",
              "MOCKSERVER_PORT_53_UDP_ADDR=10.0.0.1", "MOCKSERVER_BLUE_SERVICE_HOST=10.0.0.2",
              "MOCKSERVER_BLUE_PORT=udp://10.0.0.2:53", "MOCKSERVER_BLUE_PORT_80_TCP=tcp://10.0.0.2:80",
              "MOCKSERVER_NAME=/web/mockserver", "MOCKSERVER_ENV_JAVA_HOME=/usr",
              "MOCKSERVER_SERVER_PORT=tcp://10.0.0.3:80", "MOCKFLEET_SERVICE_HOST=10.0.0.1",
              "MOCKFLEET_PORT=tcp://10.0.0.1:1080"});
    for (const auto& problem : content.prefixed.problems)
        FAIL_CHECK(problem);
    CHECK(content.prefixed.assignments.empty());
    CHECK(content.prefixed.warnings.empty());
}

TEST_CASE("what only looks like a service link stays unknown") {
    for (const auto variable : {"MOCKSERVER_PORT=1080", "MOCKSERVER_PORT_TCP=x", "MOCKSERVER_PORT_A_TCP=x",
                                "MOCKSERVER_1080_TCP=x", "MOCKSERVER_NAME=x"}) {
        CAPTURE(variable);
        CHECK(read({variable}).prefixed.problems.size() == 1);
    }
}

TEST_CASE("mockfleet's own prefix has one variable; a guess is answered by the right name") {
    const auto content = read({"MOCKFLEET_CONFIG=/etc/x.yaml", "MOCKFLEET_SERVER_PORT=1080"});
    CHECK(content.config_file == "/etc/x.yaml");
    CHECK(content.prefixed.problems.empty());
    REQUIRE(content.prefixed.warnings.size() == 1);
    CHECK(content.prefixed.warnings[0].ends_with("the nearest is MOCKSERVER_SERVER_PORT"));
    const auto warning_of = [](std::string_view variable) {
        return read({variable}).prefixed.warnings.at(0);
    };
    CHECK(warning_of("MOCKFLEET_PORT=1080").ends_with("the nearest is MOCKSERVER_SERVER_PORT"));
    CHECK(warning_of("MOCKFLEET_CONFG=x").ends_with(", the file by MOCKFLEET_CONFIG"));
    CHECK(warning_of("MOCKFLEET_HOME_OF_ALL=x").ends_with("are set by MOCKSERVER_ variables"));
}

} // namespace mockfleet::config
