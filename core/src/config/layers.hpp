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

    /// devMode lowers what nobody set.
    void apply_dev_mode();

    [[nodiscard]] const content& now() const { return content_; }
    [[nodiscard]] settings finished() const;

private:
    struct plugin_value {
        std::string text;
        std::string where;
    };
    void put_plugin_key(const assignment& given);

    content content_;
    std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>> plugins_;
};

/// The lines that a start must say: properties of features that this version has not, and those without
/// effect.
[[nodiscard]] std::vector<std::string> standing_warnings(const content& effective);

/// `name: "text" is not ... (where)`; a secret's text is not shown.
[[nodiscard]] std::string refused_value(const property& about, const assignment& given, const flaw& why);

} // namespace mockfleet::config
