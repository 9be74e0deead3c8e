// The parts that read the settings say what they cannot use.
#include "app/forward_settings.hpp"

#include "config/config.hpp"
#include "upstream/options.hpp"
#include "upstream/route.hpp"

#include <algorithm>

namespace mockfleet::app {

std::vector<std::string> forward_problems(const config::settings& settings) {
    auto found = upstream::options(settings).problems;
    const upstream::router routes(settings, {});
    found.insert(found.end(), routes.problems().begin(), routes.problems().end());
    return found;
}

std::optional<std::string> check_forward_change(const config::settings& before,
                                                const config::settings& after) {
    const auto now = forward_problems(after);
    if (now.empty()) return std::nullopt;
    const auto known = forward_problems(before);
    for (const auto& one : now) {
        const bool left_over = one.starts_with("proxyRemotePort:");
        if (!left_over && std::find(known.begin(), known.end(), one) == known.end()) return one;
    }
    return std::nullopt;
}

} // namespace mockfleet::app
