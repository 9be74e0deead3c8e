// The compiled form of a request matcher; shared by matching, explaining and filtering.
#pragma once

#include "matching/body_rule.hpp"
#include "matching/compiled_matcher.hpp"
#include "matching/key_values.hpp"
#include "matching/path_template.hpp"
#include "matching/text_rule.hpp"

#include <memory>
#include <optional>

namespace mockfleet::matching {

/// What most matchers do not have is behind a pointer, so that a hundred thousand of them stay small.
struct compiled_matcher::parts {
    text_rule method;
    text_rule path;
    bool negated = false;
    direction way = direction::forward;
    std::optional<bool> keep_alive;
    std::optional<bool> secure;
    std::optional<model::protocol> version;
    std::unique_ptr<const path_template> path_parameters;
    std::unique_ptr<const body_rule> body;
    std::unique_ptr<const key_values> headers;
    std::unique_ptr<const key_values> cookies;
    std::unique_ptr<const key_values> query;

    [[nodiscard]] bool path_matches(request_facts& request) const;
    [[nodiscard]] bool path_parameters_match(request_facts& request) const;
    [[nodiscard]] bool query_matches(request_facts& request) const;
    [[nodiscard]] bool all_match(request_facts& request) const;
};

} // namespace mockfleet::matching
