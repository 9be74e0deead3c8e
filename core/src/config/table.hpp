// The configuration table: every property, put together from one file per group.
#pragma once

#include "config/property.hpp"
#include "config/table_mocking.hpp"
#include "config/table_protocols.hpp"
#include "config/table_proxy.hpp"
#include "config/table_security.hpp"
#include "config/table_server.hpp"
#include "config/table_storage.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace mockfleet::config {

/// A heading of the generated pages and how many rows of the table stand under it.
struct group {
    std::string_view title;
    std::size_t count;
};

namespace detail {

template <std::size_t... Sizes>
constexpr auto join(const std::array<property, Sizes>&... parts) {
    std::array<property, (Sizes + ...)> all{};
    std::size_t at = 0;
    ((
        [&] {
            for (const auto& p : parts)
                all[at++] = p;
        }(),
        ...));
    return all;
}

} // namespace detail

inline constexpr auto table =
    detail::join(general_properties, network_properties, matching_properties, event_log_properties,
                 cors_properties, state_properties, initialization_properties, blob_properties,
                 proxy_properties, recording_properties, tls_properties, authentication_properties,
                 template_properties, fault_properties, protocol_properties, tool_properties);

/// The headings, in the order of the table.
inline constexpr auto groups = std::to_array<group>({
    {"General", general_properties.size()},
    {"Network and limits", network_properties.size()},
    {"Matching", matching_properties.size()},
    {"Event log and verification", event_log_properties.size()},
    {"CORS", cors_properties.size()},
    {"State and fleet", state_properties.size()},
    {"Initialisation and persistence", initialization_properties.size()},
    {"Blob store", blob_properties.size()},
    {"Forwarding", proxy_properties.size()},
    {"Recording and validation", recording_properties.size()},
    {"TLS", tls_properties.size()},
    {"Authentication", authentication_properties.size()},
    {"Templates", template_properties.size()},
    {"Faults and breakpoints", fault_properties.size()},
    {"Further protocols", protocol_properties.size()},
    {"Tools", tool_properties.size()},
});

/// The row called `name` (property, JSON or alias name); throws at compile time, or returns table.size() at
/// run time.
constexpr std::size_t find(std::string_view name) {
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& p = table[i];
        if (p.name == name || (!p.json.empty() && p.json == name) || (!p.alias.empty() && p.alias == name))
            return i;
    }
    return table.size();
}

consteval std::size_t index_of(std::string_view name) {
    const auto at = find(name);
    if (at == table.size()) throw "no such property in the table";
    return at;
}

} // namespace mockfleet::config
