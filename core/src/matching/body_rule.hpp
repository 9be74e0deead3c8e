// The body of a request matcher, compiled once (core.md 3.6).
#pragma once

#include "matching/json_expectation.hpp"
#include "matching/key_values.hpp"
#include "matching/text_rule.hpp"
#include "model/body.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

class request_facts;

/// Kinds: string (equal or contained), regex, json, parameters, binary. The codec refuses the others; should
/// one arrive nevertheless, it matches no body. Immutable after construction.
class body_rule {
public:
    body_rule(const model::body& source, direction way, std::vector<std::string>* warnings);

    [[nodiscard]] bool matches(request_facts& request) const;
    /// Is the body of an expectation itself what this filter looks for (core.md 3.11)? Only its content
    /// counts, not its marks; nullptr is an expectation without a body.
    [[nodiscard]] bool selects(const model::body* expectation) const;
    /// What differs, in the words of the original; empty if only the negation does.
    [[nodiscard]] std::vector<std::string> explain(request_facts& request) const;

private:
    [[nodiscard]] bool base_matches(request_facts& request) const;
    [[nodiscard]] bool text_matches(std::string_view text) const;
    [[nodiscard]] bool parameters_match(request_facts& request) const;
    [[nodiscard]] bool selects_base(const model::body& expectation) const;
    void explain_json(request_facts& request, std::vector<std::string>& out) const;

    model::body_kind kind_;
    direction way_;
    bool negated_ = false;
    bool optional_ = false;
    bool sub_string_ = false;
    bool blank_ = false;
    std::string source_; ///< as the user wrote it
    std::string text_;   ///< string: without marks; binary: the bytes
    text_rule pattern_;
    key_values parameters_;
    std::unique_ptr<const json_expectation> json_;
};

} // namespace mockfleet::matching
