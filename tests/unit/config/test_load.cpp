// All sources together: their order, what ends a start, what is said at start.
#include "loading.hpp"

#include <algorithm>

namespace mockfleet::config {

TEST_CASE("command line beats file beats environment beats default (core.md 7.2)") {
    start s;
    CHECK(s.run().values.integer("maxLogEntries") == 250000);
    CHECK(s.run().values.from("maxLogEntries") == origin::fallback);
    s.env("MOCKSERVER_MAX_LOG_ENTRIES=1");
    CHECK(s.run().values.integer("maxLogEntries") == 1);
    CHECK(s.run().values.from("maxLogEntries") == origin::environment);
    s.file("mockserver.properties", "mockserver.maxLogEntries=2\n");
    CHECK(s.run().values.integer("maxLogEntries") == 2);
    CHECK(s.run().values.from("maxLogEntries") == origin::file);
    CHECK(s.run({"-Dmockserver.maxLogEntries=3"}).values.integer("maxLogEntries") == 3);
    CHECK(s.run({"--set", "maxLogEntries=4"}).values.from("maxLogEntries") == origin::command_line);
}

TEST_CASE("for the four launch parameters the environment beats the file") {
    start s;
    s.file("mockserver.properties",
           "mockserver.serverPort=1\nmockserver.logLevel=ERROR\nmockserver.matchExactCase=true\n")
        .env("SERVER_PORT=2")
        .env("MOCKSERVER_LOG_LEVEL=DEBUG")
        .env("LOG_LEVEL=TRACE")
        .env("MOCKSERVER_MATCH_EXACT_CASE=false");
    const auto loaded = s.load();
    REQUIRE(loaded.has_value());
    CHECK(loaded->values.ports() == std::vector<std::uint16_t>{2});
    CHECK(loaded->values.text("logLevel") == "DEBUG");
    CHECK(loaded->values.flag("matchExactCase"));
    CHECK(s.run({"-l", "WARN"}).values.text("logLevel") == "WARN");
}

TEST_CASE("a prefixed variable beats the short one wherever it stands") {
    start s;
    s.env("MOCKSERVER_SERVER_PORT=1").env("SERVER_PORT=2");
    CHECK(s.load()->values.ports() == std::vector<std::uint16_t>{1});
}

TEST_CASE("ports") {
    start s;
    CHECK(s.load(std::vector<std::string_view>{"-p", "1080,1081"})->values.ports() ==
          std::vector<std::uint16_t>{1080, 1081});
    CHECK(s.load(std::vector<std::string_view>{"-p", "0"})->values.ports() == std::vector<std::uint16_t>{0});
    const auto none = s.load();
    REQUIRE(!none);
    CHECK(none.error().exit_code == 2);
    CHECK(contains(none.error().message, "\"serverPort\""));
    CHECK(contains(none.error().message, "usage: mockfleet"));
    CHECK(s.load(std::vector<std::string_view>{"plugin", "list"}).has_value());
    CHECK(s.load(std::vector<std::string_view>{"version"}).has_value());
}

TEST_CASE("a value that does not parse says key, value, source and what was wanted") {
    const auto flag = start().refused({"--max-log-entries", "many"});
    CHECK(flag.exit_code == 2);
    CHECK(flag.message ==
          "maxLogEntries: \"many\" is not a whole number from 0 to 100000000 (flag --max-log-entries)");

    const auto variable = start().env("MOCKSERVER_MATCH_EXACT_CASE=yes").refused();
    CHECK(variable.exit_code == 78);
    CHECK(variable.message ==
          "matchExactCase: \"yes\" is not true or false (environment variable MOCKSERVER_MATCH_EXACT_CASE)");

    const auto file = start().file("mockserver.properties", "\n\nmockserver.logLevel=LOUD\n").refused();
    CHECK(file.exit_code == 78);
    CHECK(file.message ==
          "logLevel: \"LOUD\" is not one of TRACE, DEBUG, INFO, WARN, ERROR, OFF (mockserver.properties:3)");

    const auto yaml = start().file("c.yaml", "serverPort: [1, x]\n").refused({"--config", "c.yaml"});
    CHECK(yaml.exit_code == 78);
    CHECK(contains(yaml.message, "(c.yaml:1)"));
}

TEST_CASE("all mistakes of the files and variables are told at once, each once") {
    const auto why = start()
                         .file("mockserver.properties", "mockserver.logLevel=LOUD\nmockserver.nonsense=1\n")
                         .env("MOCKSERVER_LOG_LEVEL=LOUDER")
                         .env("MOCKSERVER_OTHER_NONSENSE=1")
                         .refused();
    CHECK(std::count(why.message.begin(), why.message.end(), '\n') == 3);
    CHECK(contains(why.message, "LOUDER"));
    CHECK(contains(why.message, "MOCKSERVER_OTHER_NONSENSE"));
    CHECK(contains(why.message, "mockserver.nonsense"));
}

TEST_CASE("unknown flags end the start with 2, unknown keys with 78") {
    CHECK(start().refused({"--server-prot", "1"}).exit_code == 2);
    CHECK(start().env("MOCKSERVER_SERVERPORT=1").refused().exit_code == 78);
    CHECK(start().file("mockserver.properties", "mockserver.sererPort=1").refused().exit_code == 78);
}

TEST_CASE("surrounding double quotes are taken off in every source") {
    start s;
    s.env("MOCKSERVER_CORS_ALLOW_ORIGIN=\"a\"")
        .file("mockserver.properties", "mockserver.corsAllowMethods=\"GET, PUT\"\n");
    const auto loaded = s.run({"--cors-allow-headers", "\"x\"", "--log-level", "\"WARN\""});
    CHECK(loaded.values.text("corsAllowOrigin") == "a");
    CHECK(loaded.values.text("corsAllowMethods") == "GET, PUT");
    CHECK(loaded.values.text("corsAllowHeaders") == "x");
    CHECK(loaded.values.text("logLevel") == "WARN");
}

TEST_CASE("an empty value in a file is the default; for a text it is empty") {
    start s;
    s.env("MOCKSERVER_MAX_LOG_ENTRIES=5")
        .file("mockserver.properties", "mockserver.maxLogEntries=\nmockserver.matchNamespaceHeader=\n");
    CHECK(s.run().values.integer("maxLogEntries") == 250000);
    CHECK(s.run().values.text("matchNamespaceHeader").empty());
}

TEST_CASE("the properties file: default, named by flag, variable or system property") {
    start s;
    s.file("mockserver.properties", "mockserver.maxLogEntries=1")
        .file("b.properties", "mockserver.maxLogEntries=2");
    s.file("c.properties", "mockserver.maxLogEntries=3").file("d.json", "{\"maxLogEntries\": 4}");
    CHECK(s.run().values.integer("maxLogEntries") == 1);
    CHECK(s.run({"-Dmockserver.propertyFile=b.properties"}).values.integer("maxLogEntries") == 2);
    CHECK(s.run({"--property-file", "d.json"}).values.integer("maxLogEntries") == 4);
    s.env("MOCKSERVER_PROPERTY_FILE=c.properties");
    CHECK(s.run().values.integer("maxLogEntries") == 3);
    CHECK(s.run({"-Dmockserver.propertyFile=b.properties"}).values.integer("maxLogEntries") == 3);
    CHECK(s.run({"--property-file=d.json"}).values.integer("maxLogEntries") == 4);
}

TEST_CASE("a file that is missing or unreadable") {
    CHECK(start().run().warnings.empty());
    CHECK(start().refused({"--property-file", "none.properties"}).message ==
          "properties file none.properties (flag --property-file): there is no such file");
    CHECK(start().refused({"--config", "none.yaml"}).message ==
          "configuration file none.yaml (flag --config): there is no such file");
    CHECK(contains(start().env("MOCKFLEET_CONFIG=none.yaml").refused().message,
                   "environment variable MOCKFLEET_CONFIG"));
    CHECK(contains(start().refused({"--config", "."}).message, "this is a directory"));
    CHECK(contains(
        start().file("big.yaml", std::string(2 << 20, '#')).refused({"--config", "big.yaml"}).message,
        "larger than"));
    const auto mounted = start().env("MOCKSERVER_PROPERTY_FILE=/nowhere/mockserver.properties").run();
    REQUIRE(mounted.warnings.size() == 1);
    CHECK(contains(mounted.warnings[0], "/nowhere/mockserver.properties"));
}

TEST_CASE("the YAML file has the rank of the properties file and must not contradict it") {
    start s;
    s.file("c.yaml",
           "maxLogEntries: 7\nlogLevel: warn\nstateBackend: x\nplugins: {state-x: {peers: [a, b]}}\n")
        .env("MOCKSERVER_MAX_LOG_ENTRIES=1")
        .env("MOCKFLEET_CONFIG=c.yaml");
    const auto loaded = s.run();
    CHECK(loaded.values.integer("maxLogEntries") == 7);
    CHECK(loaded.values.plugin("state-x") == std::vector<name_value>{{"peers.0", "a"}, {"peers.1", "b"}});
    CHECK(loaded.values.plugin("state-y").empty());
    CHECK(loaded.values.plugins() == std::vector<std::string>{"state-x"});

    s.file("mockserver.properties", "mockserver.maxLogEntries=7\n");
    CHECK(s.run().values.integer("maxLogEntries") == 7);
    s.file("mockserver.properties", "mockserver.maxLogEntries=8\nmockserver.plugins.state-x.peers.0=z\n");
    const auto why = s.refused().message;
    CHECK(contains(why, "maxLogEntries: mockserver.properties:1 and c.yaml:1 set different values"));
    CHECK(
        contains(why, "plugins.state-x.peers.0: mockserver.properties:2 and c.yaml:4 set different values"));
}

TEST_CASE("plugin keys of the command line beat those of the file") {
    start s;
    s.file("c.yaml", "plugins: {state-x: {a: 1, b: 2}}\n");
    CHECK(s.run({"--config", "c.yaml", "--state-backend", "x", "--set", "plugins.state-x.b=3"})
              .values.plugin("state-x") == std::vector<name_value>{{"a", "1"}, {"b", "3"}});
}

TEST_CASE("a section of plugins belongs to a plugin that is opened") {
    start s;
    s.file("c.yaml", "stateBackend: tree\nplugins:\n  tree: {a: 1, b: 2}\n  state-tree: {b: 3}\n");
    CHECK(s.run({"--config", "c.yaml"}).values.plugin("state-tree") ==
          std::vector<name_value>{{"a", "1"}, {"b", "2"}, {"b", "3"}});
    s.file("c.yaml", "plugins: {memory: {shards: 2}, zork: {a: 1}}\n");
    const auto why = s.refused({"--config", "c.yaml"});
    CHECK(why.exit_code == 78);
    CHECK(why.message == "c.yaml:1: plugins.zork: no plugin of this name is used, only state-memory; remove "
                         "the section, or name the plugin as backend");
    CHECK(start().refused({"--set", "plugins.memroy.a=1"}).message ==
          "flag --set: plugins.memroy: no plugin of this name is used, only state-memory; did you mean "
          "plugins.memory?");
    CHECK(start().run({"--cluster-enabled", "--set", "plugins.replicated.a=1"}).values.plugins() ==
          std::vector<std::string>{"state-replicated"});
    CHECK(start().load({"plugin", "list", "--set", "plugins.zork.a=1"}).has_value());
}

TEST_CASE("a word behind a boolean flag is its value") {
    CHECK(start().refused({"--dev-mode", "maybe"}).message ==
          "devMode: \"maybe\" is not true or false (flag --dev-mode)");
}

TEST_CASE("OFF is among the levels that a wrong one is answered with") {
    CHECK(contains(start().refused({"--log-level", "loud"}).message,
                   "one of TRACE, DEBUG, INFO, WARN, ERROR, OFF"));
}

TEST_CASE("devMode lowers what nobody set") {
    CHECK(start().run({"--dev"}).values.integer("maxExpectations") == 1000);
    CHECK(start().run({"--dev"}).values.integer("maxLogEntries") == 1000);
    CHECK(start().env("MOCKSERVER_MAX_LOG_ENTRIES=50").run({"--dev"}).values.integer("maxLogEntries") == 50);
    CHECK(start().run({"--dev=false"}).values.integer("maxExpectations") == 15000);
}

TEST_CASE("what this version does not do is named once, in one line") {
    const auto loaded = start()
                            .env("MOCKSERVER_PER_EXPECTATION_METRICS_ENABLED=true")
                            .run({"--control-plane-audit-enabled", "--http2-enabled", "true"});
    REQUIRE(loaded.warnings.size() == 1);
    CHECK(loaded.warnings[0] ==
          "not in this version, so without effect: perExpectationMetricsEnabled (environment variable "
          "MOCKSERVER_PER_EXPECTATION_METRICS_ENABLED), controlPlaneAuditEnabled (flag "
          "--control-plane-audit-enabled)");
}

TEST_CASE("a protection that this version has not ends the start") {
    CHECK(start().refused({"--tls-mutual-authentication-required"}).message ==
          "tlsMutualAuthenticationRequired: not in this version, and without it the server would be open to "
          "everybody; remove it and protect the port by other means (flag "
          "--tls-mutual-authentication-required)");
    CHECK(start().env("MOCKSERVER_CONTROL_PLANE_JWT_AUTHENTICATION_REQUIRED=false").run().warnings.empty());
}

TEST_CASE("what has no meaning here is accepted and named once, in one line") {
    const auto loaded =
        start()
            .file("mockserver.properties",
                  "mockserver.nioEventLoopThreadCount=5\nmockserver.useNativeTransport=true\n")
            .run();
    REQUIRE(loaded.warnings.size() == 1);
    CHECK(loaded.warnings[0] == "accepted, but without a meaning in this server: nioEventLoopThreadCount "
                                "(mockserver.properties:1), useNativeTransport (mockserver.properties:2)");
}

TEST_CASE("a secret is in no message") {
    const auto why = start()
                         .env("MOCKSERVER_CLUSTER_FAN_IN_PEER_AUTH_TOKEN=hush")
                         .file("mockserver.properties",
                               "mockserver.blobStoreSecretAccessKey=hush\nmockserver.logLevel=LOUD\n")
                         .file("c.yaml", "blobStoreSecretAccessKey: other-hush\n")
                         .refused({"--config", "c.yaml"});
    CHECK(contains(why.message, "blobStoreSecretAccessKey"));
    CHECK(!contains(why.message, "hush"));
    for (const auto& line : start().env("MOCKSERVER_LLM_API_KEY=hush").run().warnings)
        CHECK(!contains(line, "hush"));
}

TEST_CASE("help and version read no configuration") {
    start s;
    s.env("MOCKSERVER_NONSENSE=1").file("mockserver.properties", "nonsense");
    const auto help = s.load(std::vector<std::string_view>{"--help"});
    REQUIRE(help.has_value());
    CHECK(help->what == command::help);
    CHECK(contains(help->page, "--server-port"));
    CHECK(s.load(std::vector<std::string_view>{"version"})->what == command::version);
}

TEST_CASE("what belongs to a state backend is passed on to it when it was set") {
    start s;
    CHECK(s.run().values.state_backend("replicated").empty());
    s.env("MOCKSERVER_CLUSTER_ENABLED=true")
        .file("mockfleet.yaml", "plugins:\n  state-replicated:\n    clusterName: last\n");
    const auto loaded = s.run({"--config", "mockfleet.yaml", "--cluster-seeds", "a:1,b:2", "--cluster-name",
                               "first", "--cluster-heartbeat-millis", "70ms"})
                            .values;
    const std::vector<name_value> wanted{{"clusterEnabled", "true"},       {"clusterName", "first"},
                                         {"clusterSeeds.0", "a:1"},        {"clusterSeeds.1", "b:2"},
                                         {"clusterHeartbeatMillis", "70"}, {"clusterName", "last"}};
    CHECK(loaded.state_backend("replicated") == wanted);
    CHECK(loaded.state_backend("memory").empty());
}

TEST_CASE("a blob store is opened with the properties of its kind and its section") {
    start s;
    CHECK(!s.run().values.has_blob_plugin());
    s.file("mockfleet.yaml", "plugins:\n  s3:\n    blobStoreCaFile: ca.pem\n");
    const auto loaded = s.run({"--config", "mockfleet.yaml", "--blob-store-type", "S3", "--blob-store-bucket",
                               "b", "--blob-store-container", "c", "--blob-store-probe", "false"})
                            .values;
    CHECK(loaded.has_blob_plugin());
    const std::vector<name_value> wanted{
        {"blobStoreProbe", "false"}, {"blobStoreBucket", "b"}, {"blobStoreCaFile", "ca.pem"}};
    CHECK(loaded.blob_store("s3") == wanted);
    CHECK(loaded.blob_store("azure") ==
          std::vector<name_value>{{"blobStoreProbe", "false"}, {"blobStoreContainer", "c"}});
}

} // namespace mockfleet::config
