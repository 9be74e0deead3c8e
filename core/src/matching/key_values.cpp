// The subset and matching-key rules over three kinds of entries.
#include "matching/key_values.hpp"

#include <bit>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <unordered_map>

namespace mockfleet::matching {
namespace {

using model::parameter_style;

// How a rule looks at the two halves of an entry.
std::string_view name_of(const model::header_view& entry) {
    return entry.name;
}
std::string_view value_of(const model::header_view& entry) {
    return entry.value;
}
std::string_view name_of(const name_value& entry) {
    return entry.name;
}
std::string_view value_of(const name_value& entry) {
    return entry.value;
}
const actual_text& name_of(const marked_entry& entry) {
    return entry.name;
}
const actual_text& value_of(const marked_entry& entry) {
    return entry.value;
}

/// A name rule without its own negation.
bool names(const text_rule& rule, std::string_view name) {
    return rule.base_matches(name);
}
bool names(const text_rule& rule, const actual_text& name) {
    return rule.base_matches(name.text) != name.negated;
}

/// Which entries have been hit; no allocation for up to 64.
class hit_set {
public:
    explicit hit_set(std::size_t size) : many_(size > 64 ? (size + 63) / 64 : 0) {}
    void add(std::size_t index) { word(index) |= std::uint64_t{1} << (index % 64); }
    [[nodiscard]] std::size_t count() const {
        auto found = static_cast<std::size_t>(std::popcount(few_));
        for (const auto one : many_)
            found += static_cast<std::size_t>(std::popcount(one));
        return found;
    }

private:
    std::uint64_t& word(std::size_t index) { return many_.empty() ? few_ : many_[index / 64]; }
    std::uint64_t few_ = 0;
    std::vector<std::uint64_t> many_;
};

/// Where the entries of each name stand, for lists so long that every rule against every entry would take
/// seconds.
class name_table {
public:
    template <class Entry>
    name_table(std::size_t rules, std::span<const Entry> entries) : size_(entries.size()) {
        if constexpr (std::is_same_v<decltype(name_of(entries.front())), std::string_view>) {
            constexpr std::size_t long_lists = 10000;
            if (rules * size_ < long_lists) return;
            std::string lower;
            for (std::size_t i = 0; i < size_; ++i) {
                to_lower(name_of(entries[i]), lower);
                places_[lower].push_back(i);
            }
        }
    }

    /// Calls `visit` with the index of each entry that `rule` may match, in order, until it answers false.
    template <class Visit>
    void each(const text_rule& rule, Visit&& visit) const {
        if (places_.empty() || !rule.plain()) {
            for (std::size_t i = 0; i < size_; ++i) {
                if (!visit(i)) return;
            }
            return;
        }
        const auto found = places_.find(rule.pattern().lower());
        if (found == places_.end()) return;
        for (const auto i : found->second) {
            if (!visit(i)) return;
        }
    }

private:
    struct hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    std::size_t size_;
    std::unordered_map<std::string, std::vector<std::size_t>, hash, std::equal_to<>> places_;
};

std::string_view separators_of(parameter_style style) {
    switch (style) {
    case parameter_style::form:
        return ",";
    case parameter_style::space_delimited:
        return " +";
    case parameter_style::pipe_delimited:
        return "|";
    default:
        return {};
    }
}

} // namespace

key_values::key_values(const model::multi_value_map& source, direction way,
                       std::vector<std::string>* warnings, std::string_view where)
    : key_style_(source.key_style) {
    for (const auto& entry : source.entries) {
        if (entry.values.empty()) continue;
        key made{text_rule(entry.name, way, warnings, where), {}, entry.style};
        made.values.reserve(entry.values.size());
        for (const auto& one : entry.values)
            made.values.emplace_back(one, way, warnings, where);
        keys_.push_back(std::move(made));
    }
    count_marks();
}

key_values::key_values(const model::single_value_map& source, direction way,
                       std::vector<std::string>* warnings, std::string_view where)
    : key_style_(source.key_style) {
    for (const auto& entry : source.entries) {
        key made{text_rule(entry.name, way, warnings, where), {}, {}};
        made.values.emplace_back(entry.value, way, warnings, where);
        keys_.push_back(std::move(made));
    }
    count_marks();
}

void key_values::count_marks() {
    for (const auto& one : keys_) {
        if (!one.name.negated() && !one.name.optional()) required_ += one.values.size();
        all_negated_ = all_negated_ && one.name.negated();
        all_optional_ = all_optional_ && one.name.optional();
        splits_ = splits_ || (one.style && !separators_of(*one.style).empty());
    }
}

template <class Entry>
bool key_values::holds_subset(std::span<const Entry> entries) const {
    if (entries.empty()) return all_negated_ || all_optional_;
    const bool alone = required_ == 1 && keys_.size() == 1;
    hit_set hits(alone ? 0 : entries.size());
    const name_table places(keys_.size(), entries);
    for (const auto& wanted : keys_) {
        if (wanted.name.negated()) {
            for (const auto& entry : entries) {
                if (names(wanted.name, name_of(entry))) return false;
            }
        }
        for (const auto& value : wanted.values) {
            bool named = false;
            bool hit = false;
            places.each(wanted.name, [&](std::size_t i) {
                if (!wanted.name.matches(name_of(entries[i]))) return true;
                named = true;
                if (!value.matches(value_of(entries[i]))) return true;
                hit = true;
                hits.add(i);
                return !alone;
            });
            if (alone && hit) return true;
            if (!hit && (named || !wanted.name.optional())) return false;
        }
    }
    return !alone && hits.count() >= required_;
}

template <class Entry>
bool key_values::holds_keys(std::span<const Entry> entries) const {
    const name_table places(keys_.size(), entries);
    for (const auto& wanted : keys_) {
        bool named = false;
        bool fails = false;
        places.each(wanted.name, [&](std::size_t i) {
            if (!names(wanted.name, name_of(entries[i]))) return true;
            named = true;
            bool listed = false;
            for (const auto& value : wanted.values)
                listed = listed || value.matches(value_of(entries[i]));
            fails = wanted.name.negated() || !listed;
            return !fails;
        });
        if (fails || (!named && !wanted.name.negated() && !wanted.name.optional())) return false;
    }
    return true;
}

template <class Entry>
bool key_values::matches_entries(std::span<const Entry> entries) const {
    if (keys_.empty()) return true;
    return key_style_ == model::multi_value_map::key_match_style::sub_set ? holds_subset(entries)
                                                                          : holds_keys(entries);
}

bool key_values::matches(std::span<const model::header_view> entries) const {
    return matches_entries(entries);
}

bool key_values::matches(std::span<const name_value> entries) const {
    return matches_entries(entries);
}

bool key_values::matches(std::span<const marked_entry> entries) const {
    return matches_entries(entries);
}

std::span<const name_value> key_values::split(std::span<const name_value> entries,
                                              std::vector<name_value>& room) const {
    if (!splits_) return entries;
    room.clear();
    for (const auto& entry : entries) {
        auto style = parameter_style::form_exploded;
        for (const auto& wanted : keys_) {
            if (wanted.style && !separators_of(*wanted.style).empty() && names(wanted.name, entry.name))
                style = *wanted.style;
        }
        split_value(entry.name, entry.value, style, room);
    }
    return room;
}

void split_value(std::string_view name, std::string_view value, parameter_style style,
                 std::vector<name_value>& out) {
    const auto separators = separators_of(style);
    while (true) {
        const auto end = separators.empty() ? std::string_view::npos : value.find_first_of(separators);
        out.push_back({name, value.substr(0, end)});
        if (end == std::string_view::npos) return;
        value.remove_prefix(end + 1);
    }
}

} // namespace mockfleet::matching
