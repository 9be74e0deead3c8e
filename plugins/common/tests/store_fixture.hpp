// What the tests of all stores share: settings out of pairs, and refusals as text.
#pragma once

#include "common/retry.hpp"

#include <mockfleet/blob.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace mockfleet::common::testing {

inline constexpr retry_limits quick{4, std::chrono::milliseconds(1), std::chrono::milliseconds(2),
                                    std::chrono::milliseconds(1000)};

inline constexpr mf_blob_condition if_any{MF_IF_ANY, 0, {}};
inline constexpr mf_blob_condition if_absent{MF_IF_ABSENT, 0, {}};

inline mf_blob_condition if_tag(const std::string& tag) {
    return {MF_IF_TAG, 0, plugin::slice(tag)};
}

using given = std::vector<std::pair<std::string, std::string>>;

/// `parse` is the parse_settings of a plugin.
template <class Parse>
auto parsed(Parse parse, const given& values) {
    std::vector<mf_pair> pairs;
    pairs.reserve(values.size());
    for (const auto& [key, value] : values)
        pairs.push_back({plugin::slice(key), plugin::slice(value)});
    return parse(plugin::config(pairs));
}

/// The line for people; empty when the settings are good.
template <class Parse>
std::string refusal_of(Parse parse, const given& values) {
    try {
        (void)parsed(parse, values);
    } catch (const plugin::failure& why) {
        CHECK(why.status() == MF_INVALID);
        return why.what();
    }
    return {};
}

/// The status and the line for people of a call that fails; "none" when it does not.
template <class Call>
std::string failure_text_of(Call call) {
    try {
        call();
    } catch (const plugin::failure& why) {
        return std::to_string(why.status()) + " " + why.what();
    }
    return "none";
}

/// What the start of a store with these settings comes to.
template <class Store, class Settings>
std::string start_of(const Settings& used) {
    return failure_text_of([&] {
        Store store(used);
        store.probe();
    });
}

/// One line that has that part.
inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos && text.find('\n') == std::string::npos;
}

} // namespace mockfleet::common::testing
