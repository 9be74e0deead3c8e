// Names of machines: isolation suffixes and length-prefixed keys.
#include "store/scenario_rule.hpp"

#include "base/ascii.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace mockfleet::store {

namespace {

constexpr std::string_view marker = "__iso=";

struct isolation_name {
    std::string_view prefix;
    scenario_rule::isolation by;
};
constexpr isolation_name kinds[] = {
    {"header:", scenario_rule::isolation::header},
    {"query_parameter:", scenario_rule::isolation::query_parameter},
    {"cookie:", scenario_rule::isolation::cookie},
};

/// "<length>:<text>" off the front of `rest`.
std::optional<std::string_view> take_counted(std::string_view& rest) {
    std::size_t length = 0;
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
    const auto digits = static_cast<std::size_t>(end - rest.data());
    if (problem != std::errc() || digits == rest.size() || *end != ':') return std::nullopt;
    rest.remove_prefix(digits + 1);
    if (length > rest.size()) return std::nullopt;
    const auto text = rest.substr(0, length);
    rest.remove_prefix(length);
    return text;
}

void append_counted(std::string& out, std::string_view text) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof(digits), text.size()).ptr;
    out.append(digits, end);
    out += ':';
    out += text;
}

} // namespace

std::string_view scenario_rule::value_of(matching::request_facts& request) const {
    switch (by) {
    case isolation::none:
        return {};
    case isolation::header:
        return model::find_header(request.request().headers, attribute);
    case isolation::query_parameter:
        for (const auto& one : request.query()) {
            if (base::equal_ignoring_case(one.name, attribute)) return one.value;
        }
        return {};
    case isolation::cookie:
        for (const auto& one : request.cookies()) {
            if (one.name == attribute) return one.value;
        }
        return {};
    }
    return {};
}

void read_isolation(scenario_rule& out) {
    const std::string_view name = out.name;
    const auto at = name.find(marker);
    if (at == std::string_view::npos) return;
    const auto suffix = name.substr(at + marker.size());
    for (const auto& kind : kinds) {
        if (!suffix.starts_with(kind.prefix) || suffix.size() == kind.prefix.size()) continue;
        out.by = kind.by;
        out.attribute = suffix.substr(kind.prefix.size());
    }
}

void append_scenario_key(std::string& out, std::string_view name, std::string_view value) {
    append_counted(out, name);
    if (value.empty()) {
        out += ":N";
        return;
    }
    out += ":V";
    append_counted(out, value);
}

std::string scenario_key(std::string_view name, std::string_view value) {
    std::string key;
    append_scenario_key(key, name, value);
    return key;
}

scenario_key_parts read_scenario_key(std::string_view key) {
    auto rest = key;
    const auto name = take_counted(rest);
    if (name && rest == ":N") return {*name, {}, false};
    if (name && rest.starts_with(":V")) {
        rest.remove_prefix(2);
        const auto value = take_counted(rest);
        if (value && rest.empty()) return {*name, *value, true};
    }
    return {key, {}, false};
}

} // namespace mockfleet::store
