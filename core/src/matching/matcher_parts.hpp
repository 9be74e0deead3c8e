// The compiled form of a request matcher; shared by matching, explaining and filtering.
#pragma once

#include "matching/text_rule.hpp"
#include "model/request.hpp"

#include <memory>
#include <optional>

namespace mockfleet::matching {

class body_rule;
class key_values;
class path_template;
class request_facts;

/// Part of its rule, so that most decisions look at the rule and its path pattern only; what most matchers do
/// not have is behind a pointer. The default matches everything.
struct matcher_parts {
    text_rule method;
    text_rule path;
    bool given = false; ///< made from a request matcher
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
