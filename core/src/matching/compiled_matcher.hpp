// A request matcher compiled once, when its expectation is added (core.md 3.3 - 3.6, 3.10).
#pragma once

#include "matching/matcher_parts.hpp"
#include "matching/request_facts.hpp"
#include "matching/text_pattern.hpp"
#include "matching/text_rule.hpp"
#include "model/request.hpp"

#include <string>
#include <vector>

namespace mockfleet::matching {

/// One way in which a request differs from a matcher. `field` is one of method, path, body, headers, cookies,
/// pathParameters, queryParameters, keepAlive, secure, protocol. A reason is the original's text of several
/// lines, with its two leading blanks; there is none where only a negation keeps the request from matching.
struct difference {
    std::string field;
    std::vector<std::string> reasons;
};

/// Immutable after compile(); matches() is safe from any thread, each with its own request_facts.
class compiled_matcher {
public:
    compiled_matcher(); ///< matches everything
    ~compiled_matcher();
    compiled_matcher(compiled_matcher&&) noexcept;
    compiled_matcher& operator=(compiled_matcher&&) noexcept;

    /// nullptr matches everything. `warnings` collects a sentence per pattern that is no valid Java regular
    /// expression.
    [[nodiscard]] static compiled_matcher compile(const model::request_matcher* source, direction way,
                                                  std::vector<std::string>* warnings = nullptr);

    [[nodiscard]] bool matches(request_facts& request) const;
    /// Every field that differs, in the order in which fields are compared; for failure texts and
    /// diagnostics, not for the hot path. Empty = each field matches.
    [[nodiscard]] std::vector<difference> explain(request_facts& request) const;

    /// The plain (not negated) path pattern the index works with, or nullptr: any path may match.
    [[nodiscard]] const text_pattern* indexable_path() const;

private:
    friend bool filter_selects(const compiled_matcher& filter, const model::request_matcher* expectation);

    matcher_parts parts_;
};

/// Is the matcher of an expectation itself matched by a clear or retrieve filter (core.md 3.11)? nullptr is
/// the matcher that matches everything.
[[nodiscard]] bool filter_selects(const compiled_matcher& filter, const model::request_matcher* expectation);

} // namespace mockfleet::matching
