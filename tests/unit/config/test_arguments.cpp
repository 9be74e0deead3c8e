// The command line: forms of flags, shorthands, commands, mistakes.
#include "config/arguments.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

namespace mockfleet::config {

namespace {

parsed_arguments read(const std::vector<std::string_view>& words) {
    return read_arguments(words);
}

std::map<std::string, std::string> values(const std::vector<std::string_view>& words) {
    const auto parsed = read(words);
    for (const auto& problem : parsed.flags.problems)
        FAIL_CHECK(problem);
    std::map<std::string, std::string> all;
    for (const auto& given : parsed.flags.assignments)
        all[given.name] = given.value;
    return all;
}

std::string only_problem(const std::vector<std::string_view>& words) {
    const auto parsed = read(words);
    REQUIRE(parsed.flags.problems.size() == 1);
    return parsed.flags.problems[0];
}

} // namespace

TEST_CASE("one flag in all its forms") {
    const std::vector<std::vector<std::string_view>> forms{{"--server-port", "1080"},
                                                           {"--server-port=1080"},
                                                           {"--serverPort", "1080"},
                                                           {"--serverPort=1080"},
                                                           {"-serverPort", "1080"},
                                                           {"-serverPort=1080"},
                                                           {"--port", "1080"},
                                                           {"--port=1080"},
                                                           {"-p", "1080"},
                                                           {"-p=1080"},
                                                           {"-port", "1080"},
                                                           {"-Dmockserver.serverPort=1080"},
                                                           {"--set", "serverPort=1080"},
                                                           {"--set=serverPort=1080"},
                                                           {"run", "-p", "1080"},
                                                           {"--SERVER-PORT", "1080"},
                                                           {"--set", "mockserver.serverPort=1080"}};
    for (const auto& form : forms) {
        CAPTURE(std::string(form.front()));
        CHECK(values(form).at("serverPort") == "1080");
    }
}

TEST_CASE("the original's legacy command line") {
    const auto given = values({"-serverPort", "1080,1081", "-proxyRemotePort", "80", "-proxyRemoteHost",
                               "www.example.com", "-logLevel", "WARN"});
    CHECK(given == std::map<std::string, std::string>{{"serverPort", "1080,1081"},
                                                      {"proxyRemotePort", "80"},
                                                      {"proxyRemoteHost", "www.example.com"},
                                                      {"logLevel", "WARN"}});
}

TEST_CASE("boolean flags need no value but take one") {
    CHECK(values({"--match-exact-case"}).at("matchExactCase") == "true");
    CHECK(values({"--match-exact-case", "false"}).at("matchExactCase") == "false");
    CHECK(values({"--match-exact-case=FALSE"}).at("matchExactCase") == "FALSE");
    CHECK(values({"--match-exact-case", "-p", "1"}).at("matchExactCase") == "true");
    CHECK(values({"--dev"}).at("devMode") == "true");
    CHECK(values({"--watch", "--validate-enforce"}).size() == 2);
    CHECK(values({"--dev-mode", "maybe"}).at("devMode") == "maybe");
    CHECK(values({"-devMode", "maybe"}).at("devMode") == "maybe");
    CHECK(read({"plugin", "describe", "--dev", "x.so"}).operands == std::vector<std::string>{"x.so"});
}

TEST_CASE("shorthands stand for properties") {
    CHECK(values({"-l", "DEBUG"}).at("logLevel") == "DEBUG");
    CHECK(values({"--log-level", "DEBUG"}).at("logLevel") == "DEBUG");
    CHECK(values({"--init", "a.json"}).at("initializationJsonPath") == "a.json");
    CHECK(values({"--openapi", "a.yaml"}).at("initializationOpenAPIPath") == "a.yaml");
    CHECK(values({"--validate-openapi=a.yaml"}).at("validateProxyOpenAPISpec") == "a.yaml");
    CHECK(values({"--persist"}) == std::map<std::string, std::string>{{"persistExpectations", "true"}});
    CHECK(values({"--persist", "f.json"}).at("persistedExpectationsPath") == "f.json");
    CHECK(values({"--persist=f.json"}).at("persistedExpectationsPath") == "f.json");
    CHECK(values({"--persist", "-p", "1"}).at("serverPort") == "1");
    CHECK(read({"--config", "c.yaml"}).config_file == "c.yaml");
    CHECK(read({"--config=c.yaml"}).config_file == "c.yaml");
}

TEST_CASE("--proxy-to takes host:port or an address") {
    const auto target = [](std::string_view text) {
        const auto given = values({"--proxy-to", text});
        return given.at("proxyRemoteHost") + " " + given.at("proxyRemotePort");
    };
    CHECK(target("host:81") == "host 81");
    CHECK(target("http://host") == "host 80");
    CHECK(target("HTTPS://host") == "https://host 443");
    CHECK(target("https://host:8443/") == "https://host 8443");
    CHECK(target("http://[::1]") == "[::1] 80");
    CHECK(target("[::1]:90") == "[::1] 90");
    CHECK(only_problem({"--proxy-to", "host"}).find("has no port") != std::string::npos);
    CHECK(only_problem({"--proxy-to", ":80"}).find("--proxy-to") != std::string::npos);
    for (const char* const wrong : {"https://host/path", "host:80/path", "http://user:secret@host"})
        CHECK(only_problem({"--proxy-to", wrong}).find("is not host:port") != std::string::npos);
    CHECK(read({"--proxy-to", "ftp://host"}).flags.problems.size() >= 1);
}

TEST_CASE("commands") {
    CHECK(read({}).what == command::run);
    CHECK(read({"run"}).what == command::run);
    for (const auto word : {"version", "--version", "-V"})
        CHECK(read({word}).what == command::version);
    for (const auto word : {"help", "--help", "-h"})
        CHECK(read({word}).what == command::help);
    CHECK(read({"run", "--help"}).what == command::help);
    CHECK(read({"plugin", "list"}).what == command::plugin_list);
    const auto describe = read({"plugin", "describe", "x.so", "--plugin-dir", "/p"});
    CHECK(describe.what == command::plugin_describe);
    CHECK(describe.operands == std::vector<std::string>{"x.so"});
    CHECK(read({"plugin", "describe", "--", "-odd.so"}).operands == std::vector<std::string>{"-odd.so"});
}

TEST_CASE("mistakes name what is known") {
    CHECK(only_problem({"--server-prot", "1080"}) ==
          "unknown flag --server-prot; the nearest known one is --server-port");
    CHECK(only_problem({"--wibble"}) == "unknown flag --wibble");
    CHECK(only_problem({"proxy", "--to", "http://x"}) == "the command proxy is not in this version");
    CHECK(only_problem({"openapi", "spec.yaml", "-p", "1"}) == "the command openapi is not in this version");
    CHECK(only_problem({"--sets=x"}) == "unknown flag --sets; the nearest known one is --set");
    CHECK(only_problem({"-Dmockserver.logLevle=X"})
              .ends_with("the nearest known one is \"mockserver.logLevel\""));
    CHECK(only_problem({"--set", "maxLogEntrys=1"}).ends_with("the nearest known one is \"maxLogEntries\""));
    CHECK(only_problem({"--set", "nonsense"}) == "flag --set: \"nonsense\" is not NAME=VALUE");
    CHECK(only_problem({"frobnicate"}).starts_with("unknown command \"frobnicate\"; the commands are run,"));
    CHECK(only_problem({"run", "extra"}) == "unexpected argument \"extra\"");
    CHECK(only_problem({"-p"}) == "flag -p: a value is missing");
    CHECK(only_problem({"-p", "--dev"}) == "flag -p: a value is missing");
    CHECK(only_problem({"-Dmockserver.serverPort"}) == "flag -Dmockserver.serverPort: a value is missing");
    CHECK(only_problem({"plugin"}).starts_with("plugin: one of list, describe"));
    CHECK(only_problem({"plugin", "describe"}).starts_with("plugin describe: "));
    CHECK(!read({""}).flags.problems.empty());
    CHECK(!read({"-"}).flags.problems.empty());
    CHECK(!read({"--=", "--set="}).flags.problems.empty());
}

TEST_CASE("a negative number is a value, a property of Java is named and ignored") {
    CHECK(values({"--max-expectations", "-5"}).at("maxExpectations") == "-5");
    const auto parsed = read({"-Dfile.encoding=UTF-8"});
    CHECK(parsed.flags.problems.empty());
    REQUIRE(parsed.flags.warnings.size() == 1);
    CHECK(parsed.flags.warnings[0].starts_with("-Dfile.encoding "));
}

TEST_CASE("plugin keys can be set") {
    CHECK(values({"--set", "plugins.state-x.peers.0=a=b"}).at("plugins.state-x.peers.0") == "a=b");
    CHECK(!read({"--set", "plugins.state-x=1"}).flags.problems.empty());
    CHECK(!read({"--set", "plugins..k=1"}).flags.problems.empty());
}

} // namespace mockfleet::config
