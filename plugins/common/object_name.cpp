// Joining and stripping.
#include "common/object_name.hpp"

namespace mockfleet::common {

namespace {

std::string normalised(std::string_view text) {
    std::string made;
    for (const char c : text) {
        if (c == '/' && (made.empty() || made.back() == '/')) continue;
        made += c;
    }
    return made;
}

} // namespace

object_names::object_names(std::string_view key_prefix) : prefix_(normalised(key_prefix)) {
    if (!prefix_.empty() && prefix_.back() != '/') prefix_ += '/';
}

std::string object_names::name_of(std::string_view key) const {
    return prefix_ + normalised(key);
}

std::optional<std::string> object_names::key_of(std::string_view name) const {
    if (!name.starts_with(prefix_) || name.size() == prefix_.size()) return std::nullopt;
    return std::string(name.substr(prefix_.size()));
}

} // namespace mockfleet::common
