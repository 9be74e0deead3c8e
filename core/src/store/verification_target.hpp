// What a verification looks for in the log, and how often it is there.
#pragma once

#include "base/error.hpp"
#include "matching/compiled_matcher.hpp"
#include "matching/request_facts.hpp"
#include "matching/response_facts.hpp"
#include "matching/response_rule.hpp"
#include "model/request.hpp"
#include "model/response.hpp"
#include "model/verification.hpp"
#include "store/event_log.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// Reused for exchange after exchange.
struct exchange_facts {
    matching::request_facts request;
    matching::response_facts response;
    model::response received; ///< from another server
};

/// One verification, or one step of a sequence: which requests, or which expectation's, and how they were
/// answered.
class verification_target {
public:
    explicit verification_target(model::request_matcher matcher);
    verification_target(std::string id, model::request_matcher matcher);
    /// From now on only exchanges with such a response are hits.
    void answered_with(model::response_matcher response);
    /// From now on only exchanges answered that way are hits.
    void answered(model::disposition by) { disposition_ = by; }

    [[nodiscard]] bool hits(const recorded_exchange& made, exchange_facts& facts) const;
    /// The request alone, however it was answered.
    [[nodiscard]] bool selects(const recorded_exchange& made, exchange_facts& facts) const;
    /// What of the exchange differs: its request, and its response if one is expected; only the latter where
    /// the expectation is known that answered.
    [[nodiscard]] std::vector<matching::difference> explain(const recorded_exchange& made,
                                                            exchange_facts& facts) const;
    [[nodiscard]] std::vector<matching::difference> explain_response(const recorded_exchange& made,
                                                                     exchange_facts& facts) const;
    /// What method and path do not decide is between 0 and the number given.
    [[nodiscard]] evicted_counts::range evicted(const evicted_counts& counts) const;

    [[nodiscard]] bool by_id() const { return by_id_; }
    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] const model::request_matcher& matcher() const { return matcher_; }
    [[nodiscard]] const std::optional<model::response_matcher>& response() const { return response_; }
    [[nodiscard]] const std::optional<model::disposition>& disposition() const { return disposition_; }

private:
    model::request_matcher matcher_;
    matching::compiled_matcher compiled_;
    std::string id_;
    bool by_id_ = false;
    std::optional<model::response_matcher> response_;
    std::optional<matching::response_rule> compiled_response_;
    std::optional<model::disposition> disposition_;
};

/// How often each target is in a log, and how often it was among what the log had to give up.
struct log_tally {
    std::vector<std::uint64_t> hits;
    std::vector<evicted_counts::range> evicted;
    std::uint64_t evicted_requests = 0;

    /// Of the same targets in another log.
    void add(const log_tally& other);
    /// Of the same log later, when what was evicted between is in neither: what is missing becomes a range.
    void widen(const log_tally& later);
};

/// Counts only what was evicted; `hits` are zeros.
[[nodiscard]] log_tally tally_evicted(const log_snapshot& entries,
                                      std::span<const verification_target> targets);
[[nodiscard]] log_tally tally(const log_snapshot& entries, std::span<const verification_target> targets);

// As nodes send them to each other.
[[nodiscard]] std::string encode(std::span<const verification_target> targets);
[[nodiscard]] base::result<std::vector<verification_target>> decode_targets(std::string_view bytes);
[[nodiscard]] std::string encode(const log_tally& counted);
/// Of so many targets; anything else is no answer.
[[nodiscard]] base::result<log_tally> decode_tally(std::string_view bytes, std::size_t targets);

} // namespace mockfleet::store
