// The rules of state.h about names, conditions and batches, as plain functions.
#pragma once

#include <mockfleet/state.hpp>

#include <cstddef>
#include <set>
#include <span>
#include <string_view>
#include <utility>

namespace mockfleet::replicated {

inline constexpr std::string_view no_such_key = "no such key";
inline constexpr std::string_view empty_name = "the space or the key is empty";
inline constexpr std::string_view unknown_condition = "this condition does not exist here";

inline bool named(std::string_view space, std::string_view key) {
    return !space.empty() && !key.empty();
}
inline bool is_remove_condition(const mf_condition& condition) {
    return condition.kind == MF_IF_ANY || condition.kind == MF_IF_VERSION;
}
inline bool is_put_condition(const mf_condition& condition) {
    return is_remove_condition(condition) || condition.kind == MF_IF_ABSENT;
}

/// Empty when the operations can stand together, else why operation `failed` cannot.
inline std::string_view problem_of(std::span<const mf_batch_op> operations, std::size_t& failed) {
    std::set<std::string_view> cleared;
    std::set<std::string_view> written;
    std::set<std::pair<std::string_view, std::string_view>> keys;
    for (failed = 0; failed < operations.size(); ++failed) {
        const auto& one = operations[failed];
        const auto space = plugin::view(one.space);
        const auto key = plugin::view(one.key);
        if (one.kind == MF_BATCH_CLEAR) {
            if (space.empty()) return empty_name;
            if (written.contains(space) || !cleared.insert(space).second)
                return "a space is cleared and named again";
            continue;
        }
        if (one.kind != MF_BATCH_PUT && one.kind != MF_BATCH_REMOVE)
            return "this kind of operation does not exist";
        if (!named(space, key)) return empty_name;
        if (!(one.kind == MF_BATCH_PUT ? is_put_condition(one.condition)
                                       : is_remove_condition(one.condition)))
            return unknown_condition;
        if (cleared.contains(space)) return "a space is cleared and named again";
        if (!keys.emplace(space, key).second) return "a key is named twice";
        written.insert(space);
    }
    return {};
}

} // namespace mockfleet::replicated
