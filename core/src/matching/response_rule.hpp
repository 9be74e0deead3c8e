// What a verification expects of a response, compiled once (core.md 11.4).
#pragma once

#include "matching/compiled_matcher.hpp"
#include "matching/key_values.hpp"
#include "matching/response_facts.hpp"
#include "matching/text_rule.hpp"
#include "model/verification.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

class body_rule;

/// statusCodeRange: `2XX` (any letter case), or `>`, `>=`, `<`, `<=`, `==` and a number. A text of any other
/// form contains no code.
class status_range {
public:
    explicit status_range(std::string_view source);
    [[nodiscard]] bool contains(int status) const { return status >= first_ && status <= last_; }

private:
    int first_ = 1;
    int last_ = 0;
};

/// Immutable after construction; matches() is safe from any thread, each with its own response_facts.
class response_rule {
public:
    explicit response_rule(const model::response_matcher& source);
    ~response_rule();
    response_rule(response_rule&&) noexcept;
    response_rule& operator=(response_rule&&) noexcept;

    [[nodiscard]] bool matches(response_facts& response) const;
    /// Every field that differs, in the order in which the original tells of them: `response cookies`,
    /// `response headers`, `response body`, `response status`; the reason phrase is part of the status.
    [[nodiscard]] std::vector<difference> explain(response_facts& response) const;

private:
    [[nodiscard]] bool status_matches(int status) const;
    void explain_status(response_facts& response, std::vector<difference>& out) const;

    std::optional<int> status_code_;
    std::string range_text_; ///< empty = none given
    status_range range_;
    text_rule reason_;
    key_values headers_;
    key_values cookies_;
    std::unique_ptr<const body_rule> body_;
};

} // namespace mockfleet::matching
