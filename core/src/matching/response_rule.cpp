// Comparing a response field by field.
#include "matching/response_rule.hpp"

#include "base/ascii.hpp"
#include "matching/body_rule.hpp"
#include "matching/match_texts.hpp"

#include <charconv>
#include <limits>
#include <utility>

namespace mockfleet::matching {
namespace {

constexpr int any_more = std::numeric_limits<int>::max();
constexpr int largest_number = 1'000'000;

struct comparison {
    std::string_view sign;
    int below; ///< added to the number: the first code; any_more = from the beginning
    int above; ///< the same for the last code; any_more = to the end
};
/// Longer signs before those that they begin with.
constexpr comparison comparisons[] = {
    {">=", 0, any_more}, {"<=", any_more, 0}, {"==", 0, 0}, {">", 1, any_more}, {"<", any_more, -1},
};

std::optional<int> number_of(std::string_view text) {
    text = base::trim(text);
    int number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size() || number > largest_number)
        return std::nullopt;
    return number;
}

} // namespace

status_range::status_range(std::string_view source) {
    source = base::trim(source);
    if (source.size() == 3 && source[0] >= '1' && source[0] <= '9' &&
        base::equal_ignoring_case(source.substr(1), "xx")) {
        first_ = (source[0] - '0') * 100;
        last_ = first_ + 99;
        return;
    }
    for (const auto& [sign, below, above] : comparisons) {
        if (!source.starts_with(sign)) continue;
        if (const auto number = number_of(source.substr(sign.size()))) {
            first_ = below == any_more ? 0 : *number + below;
            last_ = above == any_more ? any_more : *number + above;
        }
        return;
    }
}

response_rule::response_rule(const model::response_matcher& source)
    : status_code_(source.status_code), range_text_(source.status_range), range_(source.status_range),
      reason_(source.reason, direction::control_plane, nullptr, {}),
      headers_(source.headers, direction::control_plane, nullptr, {}),
      cookies_(source.cookies, direction::control_plane, nullptr, {}) {
    if (source.body)
        body_ = std::make_unique<const body_rule>(*source.body, direction::control_plane, nullptr);
}

response_rule::~response_rule() = default;
response_rule::response_rule(response_rule&&) noexcept = default;
response_rule& response_rule::operator=(response_rule&&) noexcept = default;

bool response_rule::status_matches(int status) const {
    if (!range_text_.empty()) return range_.contains(status);
    return !status_code_ || status == *status_code_;
}

bool response_rule::matches(response_facts& response) const {
    return status_matches(response.status()) && reason_.matches(response.reason()) &&
           headers_.matches(response.headers()) && cookies_.matches(response.cookies()) &&
           (!body_ || body_->matches(response.body()));
}

void response_rule::explain_status(response_facts& response, std::vector<difference>& out) const {
    const bool same_status = status_matches(response.status());
    const bool same_reason = reason_.matches(response.reason());
    if (same_status && same_reason) return;
    difference found{"response status", {}};
    if (!same_status) {
        const auto wanted = range_text_.empty() ? std::to_string(*status_code_) : range_text_;
        found.reasons.push_back(mismatch_text("statusCode match", wanted, std::to_string(response.status())));
    }
    if (!same_reason && !reason_.base_matches(response.reason()))
        found.reasons.push_back(pattern_mismatch(reason_.shown(), response.reason()));
    out.push_back(std::move(found));
}

std::vector<difference> response_rule::explain(response_facts& response) const {
    std::vector<difference> out;
    const auto explain_map = [&](const key_values& rules, std::span<const name_value> entries, map_kind kind,
                                 std::string_view field) {
        if (rules.matches(entries)) return;
        out.push_back({std::string(field), {}});
        explain_key_values(rules, entries, kind, true, out.back().reasons);
    };
    explain_map(cookies_, response.cookies(), map_kind::single, "response cookies");
    explain_map(headers_, response.headers(), map_kind::multi, "response headers");
    if (body_ && !body_->matches(response.body()))
        out.push_back({"response body", body_->explain(response.body())});
    explain_status(response, out);
    return out;
}

} // namespace mockfleet::matching
