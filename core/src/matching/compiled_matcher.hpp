// A request matcher compiled once, when its expectation is added (core.md 3.3 - 3.6, 3.10).
#pragma once

#include "matching/request_facts.hpp"
#include "matching/text_pattern.hpp"
#include "model/request.hpp"

#include <memory>
#include <string>
#include <vector>

namespace mockfleet::matching {

/// Whether the reverse attempt of core.md 3.3 is made (request text as the expression): filters of clear, retrieve and verify.
enum class direction { forward, control_plane };

/// One way in which a request differs from a matcher: the field (core.md 3.10 names) and a sentence per difference.
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

    /// nullptr matches everything. `warnings` collects a sentence per pattern that is no valid Java regular expression.
    [[nodiscard]] static compiled_matcher compile(const model::request_matcher* source, direction way,
                                                  std::vector<std::string>* warnings = nullptr);

    [[nodiscard]] bool matches(request_facts& request) const;
    /// Every field that differs, for failure texts and diagnostics; not for the hot path. Empty = it matches.
    [[nodiscard]] std::vector<difference> explain(request_facts& request) const;

    /// The plain (not negated, not optional, not schema) path pattern the index works with, or nullptr.
    [[nodiscard]] const text_pattern* indexable_path() const;

private:
    struct parts;
    std::unique_ptr<const parts> parts_;
};

/// Is `matcher` of an expectation itself matched by a clear/retrieve filter (core.md 3.11)?
[[nodiscard]] bool filter_selects(const compiled_matcher& filter, const model::request_matcher* expectation);

} // namespace mockfleet::matching
