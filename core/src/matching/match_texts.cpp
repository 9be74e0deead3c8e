// Layout: blank lines between label and value, four blanks before each line of a value.
#include "matching/match_texts.hpp"

#include "json/writer.hpp"

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <utility>

namespace mockfleet::matching {
namespace {

void append_indented(std::string& out, std::string_view value) {
    out += value.empty() ? "\n\n" : "\n\n    ";
    for (const char c : value) {
        out.push_back(c);
        if (c == '\n') out += "    ";
    }
    out.push_back('\n');
}

/// Values by name, printed as JSON.
class shown_map {
public:
    explicit shown_map(map_kind kind) : kind_(kind) {}

    void add(std::string name, std::string_view value) {
        const auto [known, is_new] = places_.emplace(name, members_.size());
        if (is_new) members_.push_back({std::move(name), {}});
        members_[known->second].values.emplace_back(value);
    }

    /// Names in descending order, as the original prints multi-valued maps.
    [[nodiscard]] std::string text(bool by_key) {
        if (kind_ == map_kind::multi) {
            std::stable_sort(members_.begin(), members_.end(),
                             [](const entry& left, const entry& right) { return left.name > right.name; });
        }
        json::object out;
        if (by_key) out.push_back({"keyMatchStyle", "MATCHING_KEY"});
        for (auto& [name, values] : members_) {
            json::value content =
                kind_ == map_kind::multi ? json::value(std::move(values)) : std::move(values.front());
            out.push_back({std::move(name), std::move(content)});
        }
        return json::pretty(out);
    }

private:
    struct entry {
        std::string name;
        json::array values;
    };
    map_kind kind_;
    std::vector<entry> members_;
    std::unordered_map<std::string, std::size_t> places_;
};

bool is_by_key(const key_values& rules) {
    return rules.key_style() == model::multi_value_map::key_match_style::matching_key;
}

std::string shown_rules(const key_values& rules, map_kind kind) {
    shown_map map(kind);
    for (const auto& wanted : rules.keys()) {
        for (const auto& value : wanted.values)
            map.add(wanted.name.shown(), value.shown());
    }
    return map.text(is_by_key(rules));
}

std::string shown_entries(std::span<const name_value> entries, map_kind kind) {
    shown_map map(kind);
    for (const auto& entry : entries)
        map.add(std::string(entry.name), entry.value);
    return map.text(false);
}

std::string shown_pairs(const key_values& rules) {
    std::string out;
    for (const auto& wanted : rules.keys()) {
        for (const auto& value : wanted.values) {
            out += out.empty() ? "[" : ", ";
            out += "(" + wanted.name.shown() + ": " + value.shown() + ")";
        }
    }
    return out + "]";
}

std::string shown_pairs(std::span<const name_value> entries) {
    std::string out;
    for (const auto& entry : entries) {
        out += out.empty() ? "[(" : ", (";
        out.append(entry.name).append(": ").append(entry.value).append(")");
    }
    return out + "]";
}

void explain_subset(const key_values& rules, std::span<const name_value> entries, map_kind kind,
                    std::vector<std::string>& out) {
    for (const auto& wanted : rules.keys()) {
        for (const auto& value : wanted.values) {
            for (const auto& entry : entries) {
                if (!wanted.name.base_matches(entry.name))
                    out.push_back(pattern_mismatch(wanted.name.shown(), entry.name));
                if (!value.base_matches(entry.value))
                    out.push_back(pattern_mismatch(value.shown(), entry.value));
            }
        }
    }
    if (kind == map_kind::single || entries.empty()) return;
    std::string text = "  multimap subset match failed subset:";
    append_indented(text, shown_pairs(rules));
    text += "\n   was not a subset of:";
    append_indented(text, shown_pairs(entries));
    out.push_back(std::move(text));
}

void explain_keys(const key_values& rules, std::span<const name_value> entries,
                  std::vector<std::string>& out) {
    for (const auto& wanted : rules.keys()) {
        for (const auto& entry : entries) {
            if (!wanted.name.base_matches(entry.name)) continue;
            for (const auto& value : wanted.values) {
                if (!value.matches(entry.value)) out.push_back(pattern_mismatch(value.shown(), entry.value));
            }
        }
        std::string text = "  multimap matching key match failed for key:";
        append_indented(text, wanted.name.shown());
        out.push_back(std::move(text));
    }
}

} // namespace

std::string mismatch_text(std::string_view what, std::string_view expected, std::string_view found,
                          std::string_view reason) {
    std::string out = "  ";
    out.append(what).append(" failed expected:");
    append_indented(out, expected);
    out += "\n   found:";
    append_indented(out, found);
    if (!reason.empty()) {
        out += "\n   failed because:";
        append_indented(out, reason);
    }
    return out;
}

std::string pattern_mismatch(std::string_view expected, std::string_view found) {
    return mismatch_text("string or regex match", expected, found);
}

void explain_key_values(const key_values& rules, std::span<const name_value> entries, map_kind kind,
                        bool none_given, std::vector<std::string>& out) {
    const bool by_key = is_by_key(rules);
    const bool none = entries.empty() && none_given;
    if (!none && by_key)
        explain_keys(rules, entries, out);
    else if (!none)
        explain_subset(rules, entries, kind, out);
    const std::string_view map = kind == map_kind::multi ? "multimap" : "map";
    std::string reason = none ? "none is not a subset" : std::string(map) + " is not a subset";
    if (by_key && !none) reason = "multimap values don't match";
    out.push_back(mismatch_text(kind == map_kind::multi ? "multimap match" : "map subset match",
                                shown_rules(rules, kind), none ? "none" : shown_entries(entries, kind),
                                reason));
}

} // namespace mockfleet::matching
