// Sources laid over each other in the order of their strength, ending in settings.
#pragma once

#include "config/config.hpp"
#include "config/source.hpp"
#include "config/value.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::config {

struct setting {
    value content;
    origin from = origin::fallback;
    std::string where;
};

/// What settings share.
struct content {
    std::array<setting, table.size()> values;
    std::vector<std::pair<std::string, std::vector<name_value>>> plugins;
};

/// Put the weakest source first. Not thread-safe.
class layers {
public:
    layers(); ///< every default

    /// Lays the assignments over what is there. Texts that do not parse are added to `problems`.
    void put(const std::vector<assignment>& assignments, origin from, std::vector<std::string>& problems);

    /// Gives each `plugins:` section the whole name of the plugin that is opened: `memory` becomes
    /// `state-memory`. A section of no opened plugin is a problem.
    void name_plugins(std::vector<std::string>& problems);

    /// devMode lowers what nobody set.
    void apply_dev_mode();

    [[nodiscard]] const content& now() const { return content_; }
    [[nodiscard]] settings finished() const;

private:
    struct plugin_section {
        std::vector<name_value> keys;
        std::string where; ///< of its first key
    };
    void put_plugin_key(const assignment& given);

    content content_;
    std::map<std::string, plugin_section, std::less<>> plugins_;
};

/// The state backend that is opened: a fleet needs one that nodes share, so it is enough to ask for the
/// fleet.
[[nodiscard]] std::string state_backend_name(const content& effective);

/// Is a blobStoreType a plugin, and not a store of the server's own?
[[nodiscard]] bool is_blob_plugin(std::string_view type);

/// The lines that a start must say: properties of features that this version has not, and those without
/// effect.
[[nodiscard]] std::vector<std::string> standing_warnings(const content& effective);

/// What the start must fail for: protections that this version has not.
[[nodiscard]] std::vector<std::string> standing_problems(const content& effective);

/// `name: "text" is not ... (where)`; a secret's text is not shown.
[[nodiscard]] std::string refused_value(const property& about, const assignment& given, const flaw& why);

} // namespace mockfleet::config
