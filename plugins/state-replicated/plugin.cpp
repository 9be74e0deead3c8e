// The descriptor of state-replicated.so.
#include "fleet_node.hpp"
#include "settings/config_key_table.hpp"
#include "settings/settings.hpp"

#include <mockfleet/state.hpp>

#include <string>
#include <vector>

namespace mockfleet::replicated {

class replicated_state : public fleet_node {
public:
    static constexpr const char* summary =
        "state shared by a fleet of nodes: every node answers as one server";
    static constexpr const auto& keys = config_key_table;

    replicated_state(const plugin::config& given, const plugin::host& host)
        : fleet_node(read(given, host), host) {}

private:
    static settings read(const plugin::config& given, const plugin::host& host) {
        std::vector<std::string> warnings;
        auto asked = parse_settings(given, warnings);
        for (const auto& one : warnings)
            host.log().warn(one);
        return asked;
    }
};

} // namespace mockfleet::replicated

MF_STATE_PLUGIN("replicated", MOCKFLEET_REPLICATED_VERSION, mockfleet::replicated::replicated_state);
