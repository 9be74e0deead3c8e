// What may be set, what is refused and with which words, and the file of clusterTransportConfig.
#include "fixtures.hpp"
#include "settings/seed_list.hpp"
#include "settings/settings.hpp"
#include "settings/transport_file.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>

using namespace mockfleet;
using namespace mockfleet::replicated;

namespace {

/// The settings as the host hands them over: with the fallbacks of the table, lists in items.
settings parsed(const std::map<std::string, std::string>& given, std::vector<std::string>* warned = nullptr) {
    std::vector<std::pair<std::string, std::string>> texts;
    for (const auto& key : config_keys()) {
        const auto found = given.find(key.name);
        std::string value = found == given.end() ? key.fallback : found->second;
        if (std::string_view(key.type) == "size") value = "1073741824";
        if (value.empty()) continue;
        texts.emplace_back(std::string(key.name) + (std::string_view(key.type) == "list" ? ".0" : ""), value);
    }
    std::vector<mf_pair> pairs;
    for (const auto& [name, value] : texts)
        pairs.push_back({plugin::slice(name), plugin::slice(value)});
    std::vector<std::string> warnings;
    auto made = parse_settings(plugin::config(pairs), warnings);
    if (warned != nullptr) *warned = warnings;
    return made;
}

std::string refusal(const std::map<std::string, std::string>& given) {
    try {
        (void)parsed(given);
    } catch (const plugin::failure& thrown) {
        CHECK(thrown.status() == MF_INVALID);
        return thrown.what();
    }
    return "accepted";
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("nothing set is a single node without a fleet") {
    const auto one = parsed({});
    CHECK_FALSE(one.clustered);
    CHECK(one.own_name == "local");
    CHECK(one.loopback_only());
    CHECK(one.ack_port == 7801);
    CHECK(one.voters == 3);
}

TEST_CASE("seeds: ports that are left out follow the own ones") {
    const auto one = parsed({{"clusterEnabled", "true"},
                             {"clusterSeeds", "127.0.0.1:7810, localhost:7820,[::1]:7830:9000"},
                             {"clusterPeerPort", "7820"}});
    REQUIRE(one.seeds.size() == 3);
    CHECK(one.ack_port == 7821);
    CHECK(one.seeds[0].ack_port == 7811);
    CHECK(one.seeds[0].name == "127.0.0.1-7810");
    CHECK(one.seeds[1].ack_port == 7821);
    CHECK(one.seeds[2].host == "::1");
    CHECK(one.seeds[2].ack_port == 9000);
    CHECK(one.seeds[2].name == "__1-7830");
    CHECK(one.loopback_only());
    CHECK(parse_seed("a", 7800, 7801)->peer_port == 7800);
    for (const auto* bad :
         {"", ":7800", "a:", "a:0", "a:1:2:3", "a:70000", "[::1", "a b:7800", "a,b", "a=b:1"})
        CHECK_FALSE(parse_seed(bad, 7800, 7801).has_value());
}

TEST_CASE("what cannot work is refused in one line that says what to do") {
    const std::map<std::string, std::string> fleet{{"clusterEnabled", "true"},
                                                   {"clusterSeeds", "a:7800,b:7800,c:7800"}};
    const auto with = [&](std::map<std::string, std::string> more) {
        more.insert(fleet.begin(), fleet.end());
        return refusal(more);
    };
    CHECK(has(refusal({{"clusterEnabled", "true"}}), "set clusterSeeds"));
    CHECK(has(with({}), "clusterAllowPlaintext=true"));
    CHECK(has(with({{"clusterAllowPlaintext", "true"}}), "clusterToken"));
    CHECK(with({{"clusterAllowPlaintext", "true"}, {"clusterToken", "x"}}) == "accepted");
    CHECK(has(with({{"clusterTlsCert", "/none"}}), "belong together"));
    CHECK(has(with({{"clusterTlsCert", "/none"}, {"clusterTlsKey", "/none"}, {"clusterTlsCa", "/none"}}),
              "clusterTlsCa: '/none'"));
    CHECK(has(with({{"clusterDnsQuery", "x"}}), "set one of them"));
    CHECK(has(with({{"clusterVoters", "2"}}), "1, 3 or 5"));
    CHECK(has(with({{"clusterLeaseSeconds", "1"}, {"clusterElectionMillis", "1000"}}), "at least 2"));
    CHECK(has(with({{"clusterElectionMillis", "100"}}), "five times"));
    CHECK(has(with({{"clusterBarrierTimeoutMillis", "1500"}}), "(1500)"));
    CHECK(has(with({{"clusterName", "a/b"}}), "clusterName"));
    CHECK(has(with({{"clusterClientPort", "7800"}}), "three different ports"));
    CHECK(has(with({{"clusterPeerPort", "0"}}), "real ports"));
    CHECK(has(with({{"clusterEngine", "inside"}}), "supervised, external"));
    CHECK(has(with({{"clusterAdvertisedAddress", "d"}}), "not in clusterSeeds"));
    CHECK(has(refusal({{"clusterEnabled", "true"}, {"clusterSeeds", "a:1,a:1"}}), "twice"));
    CHECK(
        has(refusal({{"clusterEnabled", "true"}, {"clusterEngine", "external"}}), "clusterEngineEndpoints"));
    CHECK(has(refusal({{"clusterEnabled", "true"},
                       {"clusterSeeds", "127.0.0.1:1,127.0.0.1:2"},
                       {"clusterTwoNodeSurvivor", "witness-only"}}),
              "clusterTieBreaker"));
    CHECK(refusal({{"clusterEnabled", "true"},
                   {"clusterEngine", "external"},
                   {"clusterEngineEndpoints", "127.0.0.1:2379"}}) == "accepted");
}

TEST_CASE("two nodes: a word about it") {
    std::vector<std::string> warnings;
    (void)parsed({{"clusterEnabled", "true"}, {"clusterSeeds", "127.0.0.1:1,127.0.0.1:2"}}, &warnings);
    REQUIRE(warnings.size() == 1);
    CHECK(has(warnings[0], "witness"));
}

TEST_CASE("the transport file in YAML sets everything, with or without the prefix") {
    testing::scratch_dir dir;
    const auto path = dir.path() + "/fleet.yaml";
    std::ofstream(path) << "seeds: [127.0.0.1:1, 127.0.0.1:5]\nclusterPeerPort: 5\nelectionMillis: 400\n";
    const auto one = parsed({{"clusterEnabled", "true"}, {"clusterTransportConfig", path}});
    CHECK(one.seeds.size() == 2);
    CHECK(one.peer_port == 5);
    CHECK(one.election.count() == 400);
    std::ofstream(path) << "enabled: true\nseeds: [127.0.0.1:1]\n";
    CHECK(parsed({{"clusterEnabled", "true"}, {"clusterTransportConfig", path}}).seeds.size() == 1);
    CHECK(has(refusal({{"clusterTransportConfig", path}}), "than the program was given"));
    std::ofstream(path) << "witness: true\n";
    CHECK(has(refusal({{"clusterEnabled", "true"}, {"clusterTransportConfig", path}}), "clusterWitness"));
    std::ofstream(path) << "sedes: [a]\n";
    CHECK(has(refusal({{"clusterEnabled", "true"}, {"clusterTransportConfig", path}}), "'sedes'"));
    CHECK(
        has(refusal({{"clusterEnabled", "true"}, {"clusterTransportConfig", path + "x"}}), "cannot be read"));
}

TEST_CASE("of a JGroups stack the addresses are taken, the rest is named") {
    std::vector<std::string> warnings;
    const std::vector<std::string> known{"clusterSeeds", "clusterDnsQuery"};
    const auto stack = read_transport_text(
        "<?xml version='1.0'?>\n<!-- <TCPPING/> -->\n"
        "<config xmlns=\"urn:org:jgroups\"><TCP bind_port=\"7800\"/>\n"
        "<TCPPING async=\"true\" initial_hosts=\"${hosts:a[7800], b[7801]}\" port_range='0'/>"
        "<MERGE3 max_interval=\"30000\"/></config>",
        "x.xml", known, warnings);
    CHECK(stack.at("clusterSeeds") == std::vector<std::string>{"a:7800", "b:7801"});
    REQUIRE(warnings.size() == 1);
    CHECK(has(warnings[0], "TCP, MERGE3"));
    const auto dns = read_transport_text("<config><dns.DNS_PING dns_query='m.svc &amp;x'/></config>", "x.xml",
                                         known, warnings);
    CHECK(dns.at("clusterDnsQuery").front() == "m.svc &x");
    for (const auto* bad :
         {"<config>", "<config><TCPPING initial_hosts=\"${a}\"/></config>", "<config><TCP/></config>",
          "<!DOCTYPE x><a/>", "<config><TCPPING initial_hosts=\"a:7800\"/></config>", "<a b='&x;'/>",
          "<a></b>", "<a b=c/>", "<a/><b/>"}) {
        CHECK_THROWS_AS((void)read_transport_text(bad, "x.xml", known, warnings), plugin::failure);
    }
}
