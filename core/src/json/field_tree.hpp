// The fields that a JSON object must have, prepared once: what most expected documents are, and what can be
// compared fastest.
#pragma once

#include "json/numeric.hpp"
#include "json/value.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace mockfleet::json {

struct field_tree {
    std::string name;                     ///< empty at the root
    value_kind kind = value_kind::object; ///< anything but array
    bool flag = false;
    std::string text; ///< of a string or, for `number` to refer to, of a number
    numeric number;
    std::vector<field_tree> fields; ///< of an object; at most `most_fields`

    static constexpr std::size_t most_fields = 64;
};

/// Fills in `number` from `text` all over a tree that is not moved any more.
inline void bind_numbers(field_tree& tree) {
    if (tree.kind == value_kind::number) tree.number = numeric_of(tree.text);
    for (auto& field : tree.fields)
        bind_numbers(field);
}

} // namespace mockfleet::json
