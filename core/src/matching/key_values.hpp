// Rules for headers, query parameters, cookies, path and form parameters (core.md 3.4).
#pragma once

#include "matching/parameter_list.hpp"
#include "matching/text_rule.hpp"
#include "model/request.hpp"
#include "model/text_matcher.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

/// One entry of an expectation that a filter looks at.
struct marked_entry {
    actual_text name;
    actual_text value;
};

/// Immutable after construction; matches() is safe from any thread.
class key_values {
public:
    /// Matches everything.
    key_values() = default;
    /// Entries without values say nothing and are left out.
    key_values(const model::multi_value_map& source, direction way, std::vector<std::string>* warnings,
               std::string_view where);
    key_values(const model::single_value_map& source, direction way, std::vector<std::string>* warnings,
               std::string_view where);

    [[nodiscard]] bool empty() const { return keys_.empty(); }
    [[nodiscard]] bool matches(std::span<const model::header_view> entries) const;
    [[nodiscard]] bool matches(std::span<const name_value> entries) const;
    [[nodiscard]] bool matches(std::span<const marked_entry> entries) const;

    /// Where a parameter style asks for it, the values of `entries` split (core.md 2.5), made in `room`;
    /// otherwise `entries` itself.
    [[nodiscard]] std::span<const name_value> split(std::span<const name_value> entries,
                                                    std::vector<name_value>& room) const;

    struct key {
        text_rule name;
        std::vector<text_rule> values;
        std::optional<model::parameter_style> style;
    };
    [[nodiscard]] const std::vector<key>& keys() const { return keys_; }
    [[nodiscard]] model::multi_value_map::key_match_style key_style() const { return key_style_; }

private:
    void count_marks();
    template <class Entry>
    [[nodiscard]] bool matches_entries(std::span<const Entry> entries) const;
    template <class Entry>
    [[nodiscard]] bool holds_subset(std::span<const Entry> entries) const;
    template <class Entry>
    [[nodiscard]] bool holds_keys(std::span<const Entry> entries) const;

    std::vector<key> keys_;
    std::size_t required_ = 0; ///< pairs whose name is neither optional nor negated
    bool all_negated_ = true;
    bool all_optional_ = true;
    bool splits_ = false;
    model::multi_value_map::key_match_style key_style_ = model::multi_value_map::key_match_style::sub_set;
};

/// The pieces of one raw value, appended to `out` under `name`: split where the style says so.
void split_value(std::string_view name, std::string_view value, model::parameter_style style,
                 std::vector<name_value>& out);

} // namespace mockfleet::matching
