// The rules of state.h about names and conditions, as plain functions.
#pragma once

#include <mockfleet/state.hpp>

#include <string_view>

namespace mockfleet::memory {

inline constexpr std::string_view no_such_key = "no such key";
inline constexpr std::string_view empty_name = "the space or the key is empty";
inline constexpr std::string_view unknown_condition = "this condition does not exist here";

inline void refuse(plugin::state_completion& done, std::string_view why) {
    done.fail(MF_INVALID, why);
}

inline bool named(std::string_view space, std::string_view key) {
    return !space.empty() && !key.empty();
}

inline bool is_put_condition(const mf_condition& condition) {
    return condition.kind == MF_IF_ANY || condition.kind == MF_IF_ABSENT || condition.kind == MF_IF_VERSION;
}

inline bool is_remove_condition(const mf_condition& condition) {
    return condition.kind == MF_IF_ANY || condition.kind == MF_IF_VERSION;
}

/// What becomes of a write under a condition when the entry has the version `current`, 0 = there is none.
inline mf_status judge(const mf_condition& condition, std::uint64_t current) {
    if (condition.kind == MF_IF_ABSENT) return current == 0 ? MF_OK : MF_CONFLICT;
    if (condition.kind == MF_IF_VERSION) {
        if (current == 0) return MF_NOT_FOUND;
        return current == condition.version ? MF_OK : MF_CONFLICT;
    }
    return MF_OK;
}

} // namespace mockfleet::memory
