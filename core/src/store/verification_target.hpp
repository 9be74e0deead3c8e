// What a verification looks for in the log, and how often it is there.
#pragma once

#include "base/error.hpp"
#include "matching/compiled_matcher.hpp"
#include "matching/request_facts.hpp"
#include "model/request.hpp"
#include "store/event_log.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// One verification, or one step of a sequence: a matcher, or the expectation that answered.
class verification_target {
public:
    explicit verification_target(model::request_matcher matcher);
    verification_target(std::string id, model::request_matcher matcher);

    [[nodiscard]] bool hits(const recorded_exchange& made, matching::request_facts& facts) const;
    [[nodiscard]] evicted_counts::range evicted(const evicted_counts& counts) const;
    [[nodiscard]] bool by_id() const { return by_id_; }
    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] const model::request_matcher& matcher() const { return matcher_; }
    [[nodiscard]] const matching::compiled_matcher& compiled() const { return compiled_; }

private:
    model::request_matcher matcher_;
    matching::compiled_matcher compiled_;
    std::string id_;
    bool by_id_ = false;
};

/// How often each target is in a log, and how often it was among what the log had to give up.
struct log_tally {
    std::vector<std::uint64_t> hits;
    std::vector<evicted_counts::range> evicted;
    std::uint64_t evicted_requests = 0;

    /// Of the same targets in another log.
    void add(const log_tally& other);
};

/// Counts only what was evicted; `hits` are zeros.
[[nodiscard]] log_tally tally_evicted(const log_snapshot& entries,
                                      std::span<const verification_target> targets);
[[nodiscard]] log_tally tally(const log_snapshot& entries, std::span<const verification_target> targets);

// As nodes send them to each other.
[[nodiscard]] std::string encode(std::span<const verification_target> targets);
[[nodiscard]] base::result<std::vector<verification_target>> decode_targets(std::string_view bytes);
[[nodiscard]] std::string encode(const log_tally& counted);
[[nodiscard]] base::result<log_tally> decode_tally(std::string_view bytes);

} // namespace mockfleet::store
