// Checks settings against declared keys: unknown, missing, malformed; normalises values.
#include "plugin/settings.hpp"

#include "config/names.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace mockfleet::plugin {

namespace {

struct unit {
    std::string_view suffix;
    std::int64_t factor;
};
constexpr std::array duration_units{unit{"ns", 1},
                                    unit{"us", 1'000},
                                    unit{"ms", 1'000'000},
                                    unit{"s", 1'000'000'000},
                                    unit{"m", 60'000'000'000},
                                    unit{"h", 3'600'000'000'000}};

/// Digits followed by one of the units; "0" needs none.
template <std::size_t Count>
std::optional<std::string> scaled(std::string_view text, const std::array<unit, Count>& units) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || number < 0) return std::nullopt;
    const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (number == 0 && suffix.empty()) return "0";
    for (const auto& one : units) {
        std::int64_t product = 0;
        if (one.suffix == suffix && !__builtin_mul_overflow(number, one.factor, &product))
            return std::to_string(product);
    }
    return std::nullopt;
}

std::optional<std::string> normalised(std::string_view type, std::string_view value) {
    if (type == "int") {
        std::int64_t number = 0;
        const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (problem != std::errc() || end != value.data() + value.size()) return std::nullopt;
        return std::to_string(number);
    }
    if (type == "bool") {
        if (value != "true" && value != "false") return std::nullopt;
        return std::string(value);
    }
    if (type == "duration") return scaled(value, duration_units);
    if (type == "size") {
        const auto bytes = config::bytes_of(value);
        if (!bytes || *bytes < 0) return std::nullopt;
        return std::to_string(*bytes);
    }
    return std::string(value);
}

/// Is `given` an item of the list `name`: name.0, name.1, ...?
std::optional<std::size_t> item_of(std::string_view given, std::string_view name) {
    if (given.size() <= name.size() + 1 || !given.starts_with(name) || given[name.size()] != '.')
        return std::nullopt;
    const auto digits = given.substr(name.size() + 1);
    std::size_t index = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (problem != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
    return index;
}

bool is_list(const mf_config_key& key) {
    return std::string_view(key.type) == "list";
}

bool declares(const mf_config_key& key, std::string_view given) {
    return is_list(key) ? item_of(given, key.name).has_value() : given == key.name;
}

std::string names_of(std::span<const mf_config_key> declared) {
    std::string names;
    for (const auto& key : declared) {
        if (!names.empty()) names += ", ";
        names += key.name;
        if (is_list(key)) names += ".N";
    }
    return names.empty() ? "none" : names;
}

std::optional<setting_problem> unknown_key(std::span<const mf_config_key> declared,
                                           std::span<const setting> given) {
    for (const auto& one : given) {
        if (std::any_of(declared.begin(), declared.end(),
                        [&](const auto& key) { return declares(key, one.first); }))
            continue;
        std::vector<std::string> known;
        for (const auto& key : declared)
            known.emplace_back(key.name);
        const auto nearest = config::nearest(one.first, known);
        return setting_problem{"unknown key '" + one.first + "'", "one of its keys: " + names_of(declared),
                               nearest.empty() ? "remove the key" : "did you mean '" + nearest + "'?"};
    }
    return std::nullopt;
}

setting_problem malformed(const mf_config_key& key, const std::string& name, std::string_view value) {
    const bool secret = std::string_view(key.type) == "secret";
    return {"key '" + name + "' has the value '" + (secret ? "***" : std::string(value)) + "'",
            std::string(wanted_of(key.type)), "correct the value of '" + name + "'"};
}

} // namespace

std::string_view wanted_of(std::string_view type) {
    if (type == "string" || type == "secret" || type == "list") return "text";
    if (type == "int") return "a whole number";
    if (type == "bool") return "true or false";
    if (type == "duration") return "a number with ns, us, ms, s, m or h, such as 250ms";
    if (type == "size") return "a number of bytes, or with a unit such as 64k, 256m or 1g";
    return {};
}

bool takes(std::string_view type, std::string_view value) {
    return normalised(type, value).has_value();
}

boost::system::result<std::vector<setting>, setting_problem>
check_settings(std::span<const mf_config_key> declared, std::span<const setting> given) {
    if (const auto problem = unknown_key(declared, given)) return *problem;
    std::vector<setting> checked;
    for (const auto& key : declared) {
        if (is_list(key)) {
            std::vector<std::optional<std::string>> items;
            for (const auto& one : given) {
                const auto index = item_of(one.first, key.name);
                if (!index) continue;
                if (*index >= given.size()) return malformed(key, one.first, one.second);
                if (items.size() <= *index) items.resize(*index + 1);
                items[*index] = one.second;
            }
            for (std::size_t i = 0; i < items.size(); ++i) {
                const auto name = std::string(key.name) + "." + std::to_string(i);
                if (!items[i]) {
                    return setting_problem{"key '" + name + "' is missing",
                                           "items numbered from 0 without a gap",
                                           "give '" + name + "' a value"};
                }
                checked.push_back({name, *items[i]});
            }
            if (!items.empty()) continue;
        }
        const auto found = std::find_if(given.rbegin(), given.rend(),
                                        [&](const setting& one) { return one.first == key.name; });
        if (found == given.rend() && key.fallback == nullptr) {
            return setting_problem{std::string("key '") + key.name + "' is missing",
                                   std::string("a value of type ") + key.type,
                                   std::string("give '") + key.name + "' a value: " + key.help};
        }
        const std::string value = found != given.rend() ? found->second : key.fallback;
        if (found == given.rend() && value.empty()) continue;
        auto text = normalised(key.type, value);
        if (!text) return malformed(key, key.name, value);
        checked.push_back({is_list(key) ? std::string(key.name) + ".0" : key.name, std::move(*text)});
    }
    return checked;
}

void throw_exception_from_error(const setting_problem& problem, const boost::source_location&) {
    throw std::invalid_argument(problem.found);
}

} // namespace mockfleet::plugin
