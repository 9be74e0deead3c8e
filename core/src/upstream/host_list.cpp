// Reading of such lists and comparing with them.
#include "upstream/host_list.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace mockfleet::upstream {

namespace {

/// One spelling for each host.
std::string bare(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
    return base::to_lower(host);
}

} // namespace

host_list::host_list(std::string_view text) {
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(",|"), text.size());
        const auto one = base::trim(text.substr(0, end));
        if (!one.empty()) names_.push_back(bare(one));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

bool host_list::names(std::string_view host) const {
    if (names_.empty()) return false;
    const auto name = bare(host);
    return std::any_of(names_.begin(), names_.end(), [&](const std::string& one) {
        if (one.starts_with("*.")) return name.ends_with(std::string_view(one).substr(1));
        if (one.starts_with('.')) return name.ends_with(one) || name == one.substr(1);
        return name == one;
    });
}

} // namespace mockfleet::upstream
