// The table of configuration keys and their parsing; settings_check.cpp refuses bad combinations.
#include "settings/settings.hpp"

#include "settings/config_key_table.hpp"
#include "settings/seed_list.hpp"
#include "settings/settings_check.hpp"
#include "settings/transport_file.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace mockfleet::replicated {

namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw plugin::failure(MF_INVALID, what);
}

/// Values by name: those of the host, with the transport file's on top.
class values {
public:
    values(const plugin::config& given, std::vector<std::string>& warnings) {
        std::vector<std::string> names;
        for (const auto& key : config_key_table) {
            names.emplace_back(key.name);
            if (std::string_view(key.type) == "list") {
                for (const auto item : given.list(key.name))
                    items_[key.name].emplace_back(item);
            } else if (given.has(key.name)) {
                items_[key.name] = {std::string(given.text(key.name))};
            }
        }
        const auto file = text("clusterTransportConfig");
        if (file.empty()) return;
        for (auto& [name, items] : read_transport_file(file, names, warnings)) {
            auto& known = items_[name];
            // The program looks at these before there is a plugin to read the file.
            if ((name == "clusterEnabled" || name == "clusterWitness") && items != known) {
                refuse("clusterTransportConfig: '" + file + "' sets " + name +
                       " to another value than the program was given; set it there");
            }
            known = std::move(items);
        }
    }

    [[nodiscard]] std::string text(const std::string& name) const {
        const auto found = items_.find(name);
        if (found == items_.end() || found->second.empty()) return {};
        if (found->second.size() > 1) refuse(name + " is one value, not a list");
        return found->second.front();
    }

    /// Items may also be written as one text with commas.
    [[nodiscard]] std::vector<std::string> list(const std::string& name) const {
        std::vector<std::string> made;
        const auto found = items_.find(name);
        if (found == items_.end()) return made;
        for (const auto& item : found->second) {
            std::size_t start = 0;
            while (start <= item.size()) {
                const auto end = std::min(item.find(',', start), item.size());
                const auto first = item.find_first_not_of(' ', start);
                if (first < end) {
                    const auto last = item.find_last_not_of(' ', end - 1);
                    made.push_back(item.substr(first, last - first + 1));
                }
                start = end + 1;
            }
        }
        return made;
    }

    [[nodiscard]] bool flag(const std::string& name) const {
        const auto given = text(name);
        if (given != "true" && given != "false" && !given.empty())
            refuse(name + " is '" + given + "'; it must be true or false");
        return given == "true";
    }

    [[nodiscard]] std::uint64_t number(const std::string& name, std::uint64_t least,
                                       std::uint64_t most) const {
        const auto given = text(name);
        std::uint64_t parsed = 0;
        const auto [end, problem] = std::from_chars(given.data(), given.data() + given.size(), parsed);
        if (problem != std::errc() || end != given.data() + given.size() || parsed < least || parsed > most) {
            refuse(name + " is '" + given + "'; it must be a whole number from " + std::to_string(least) +
                   " to " + std::to_string(most));
        }
        return parsed;
    }

    [[nodiscard]] std::uint16_t port(const std::string& name) const {
        return static_cast<std::uint16_t>(number(name, 0, std::numeric_limits<std::uint16_t>::max()));
    }

    [[nodiscard]] std::chrono::milliseconds millis(const std::string& name, std::uint64_t most) const {
        return std::chrono::milliseconds(number(name, 1, most));
    }

    template <class T>
    [[nodiscard]] T choice(const std::string& name,
                           std::initializer_list<std::pair<std::string_view, T>> from) const {
        const auto given = text(name);
        std::string wanted;
        for (const auto& [word, value] : from) {
            if (given == word) return value;
            wanted += (wanted.empty() ? "" : ", ") + std::string(word);
        }
        refuse(name + " is '" + given + "'; it must be one of: " + wanted);
    }

private:
    setting_map items_;
};

} // namespace

std::span<const mf_config_key> config_keys() {
    return config_key_table;
}

bool settings::loopback_only() const {
    if (!clustered) return true;
    if (!dns_query.empty()) return false;
    if (!address.empty() && !is_loopback(address)) return false;
    for (const auto& one : seeds) {
        if (!is_loopback(one.host)) return false;
    }
    return !seeds.empty() || !address.empty();
}

settings parse_settings(const plugin::config& given, std::vector<std::string>& warnings) {
    const values from(given, warnings);
    settings made;
    made.clustered = from.flag("clusterEnabled");
    made.cluster_name = from.text("clusterName");
    made.witness = from.flag("clusterWitness");
    made.engine = from.choice<engine_mode>(
        "clusterEngine", {{"supervised", engine_mode::supervised}, {"external", engine_mode::external}});
    made.dns_query = from.text("clusterDnsQuery");
    made.voters = static_cast<std::uint32_t>(from.number("clusterVoters", 1, 5));
    made.address = from.text("clusterAdvertisedAddress");
    made.engine_endpoints = from.list("clusterEngineEndpoints");
    made.engine_binary = from.text("clusterEngineBinaryPath");
    made.engine_data_dir = from.text("clusterEngineDataDir");
    made.engine_fsync = from.flag("clusterEngineFsync");
    made.engine_processors = static_cast<std::uint32_t>(from.number("clusterEngineProcessors", 0, 4096));
    made.engine_memory = from.number("clusterEngineMemory", 0, std::numeric_limits<std::int64_t>::max());
    made.peer_port = from.port("clusterPeerPort");
    made.ack_port = from.text("clusterAckPort").empty() ? static_cast<std::uint16_t>(made.peer_port + 1)
                                                        : from.port("clusterAckPort");
    made.client_port = from.port("clusterClientPort");
    made.tls = {from.text("clusterTlsCert"), from.text("clusterTlsKey"), from.text("clusterTlsCa")};
    made.token = from.text("clusterToken");
    made.allow_plaintext = from.flag("clusterAllowPlaintext");
    constexpr std::uint64_t hour = 3'600'000;
    made.heartbeat = from.millis("clusterHeartbeatMillis", hour);
    made.election = from.millis("clusterElectionMillis", 50'000);
    made.lease_seconds = static_cast<std::uint32_t>(from.number("clusterLeaseSeconds", 1, 3600));
    made.barrier_timeout = from.millis("clusterBarrierTimeoutMillis", hour);
    made.attempt_timeout = from.millis("clusterAttemptMillis", 60'000);
    made.isolation = from.choice<on_isolation>(
        "clusterOnIsolation", {{"refuse", on_isolation::refuse}, {"stale", on_isolation::stale}});
    made.fast_fail = from.flag("clusterFastFail");
    made.survivor = from.choice<two_node_survivor>("clusterTwoNodeSurvivor",
                                                   {{"none", two_node_survivor::none},
                                                    {"witness-only", two_node_survivor::witness_only},
                                                    {"force", two_node_survivor::force}});
    made.tie_breaker = from.text("clusterTieBreaker");
    made.own_name = made.clustered ? "" : "local";
    if (made.clustered) {
        for (const auto& text : from.list("clusterSeeds")) {
            auto one = parse_seed(text, made.peer_port, made.ack_port);
            if (!one) {
                refuse("clusterSeeds has '" + text +
                       "'; host, host:peer-port or host:peer-port:ack-port is wanted, with ports from 1 to "
                       "65535");
            }
            made.seeds.push_back(std::move(*one));
        }
    }
    check_settings(made, warnings);
    return made;
}

} // namespace mockfleet::replicated
