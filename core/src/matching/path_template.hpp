// A path read as a template because path parameters are asked for (core.md 3.5).
#pragma once

#include "matching/key_values.hpp"
#include "matching/text_rule.hpp"
#include "model/text_matcher.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

/// Which part of a request path bears which name. Immutable after construction.
class path_template {
public:
    /// `path` without marks.
    path_template(std::string_view path, const model::multi_value_map& parameters, direction way,
                  std::vector<std::string>* warnings);

    /// The path with `.*` in place of each parameter: what the index and the path rule work with.
    [[nodiscard]] static std::string wildcards(std::string_view path);

    [[nodiscard]] bool same_part_count(std::string_view path) const;
    /// The parameters of `path`, appended to `out`. Pre: same_part_count.
    void extract(std::string_view path, std::vector<name_value>& out) const;
    [[nodiscard]] const key_values& parameters() const { return parameters_; }
    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] std::size_t part_count() const { return names_.size(); }
    [[nodiscard]] static std::size_t part_count_of(std::string_view path);

private:
    std::string text_;
    std::vector<std::string> names_; ///< one per part that is not empty; empty = no parameter
    key_values parameters_;
};

} // namespace mockfleet::matching
