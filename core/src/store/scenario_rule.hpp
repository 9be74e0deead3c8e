// What an expectation asks of a scenario, compiled: which machine, in which state, moved to which.
#pragma once

#include "matching/request_facts.hpp"
#include "model/expectation.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::store {

/// The name of a state. Its number is never given to another name, so that comparing numbers compares names.
struct state_name {
    std::uint64_t number = 0;
    std::string text;
};

/// One machine. I/O threads read `state` and nothing else; the rest is guarded by store::scenarios.
struct scenario_cell {
    std::atomic<std::uint64_t> state{0}; ///< number of `name`
    std::shared_ptr<const state_name> name;
    std::uint64_t version = 0; ///< of the entry in the state backend; 0 = there is none: Started
};

/// Immutable; made by scenarios::compile for an expectation that has a scenarioName.
struct scenario_rule {
    /// Where a request says which of several machines of the scenario it drives (contract fleet 2.3).
    enum class isolation : std::uint8_t { none, header, query_parameter, cookie };

    std::string name;
    isolation by = isolation::none;
    std::string attribute;                       ///< name of the header, parameter or cookie
    std::shared_ptr<const scenario_cell> shared; ///< the machine of requests that say nothing
    std::shared_ptr<const state_name> required;  ///< null: any state will do
    std::string next;                            ///< empty: a match moves nothing

    /// The value that selects the machine; empty = the shared one. Allocates nothing that `request` does not
    /// keep.
    [[nodiscard]] std::string_view value_of(matching::request_facts& request) const;
};

/// One machine's way from a state to another; absent: from whichever it is in.
struct scenario_move {
    std::string key;
    std::optional<std::string> from;
    std::string to;
};

/// Splits `name__iso=kind:attribute` (contract fleet 2.3); what is no such suffix is part of a plain name.
void read_isolation(scenario_rule& out);

/// The key of a machine in the state backend (contract fleet 2.4), appended to `out`; an empty value is the
/// shared machine.
void append_scenario_key(std::string& out, std::string_view name, std::string_view value);
[[nodiscard]] std::string scenario_key(std::string_view name, std::string_view value = {});

struct scenario_key_parts {
    std::string_view name;
    std::string_view value;
    bool isolated = false;
};
/// Views into `key`; a key that this program did not write is a shared machine of that name.
[[nodiscard]] scenario_key_parts read_scenario_key(std::string_view key);

} // namespace mockfleet::store
