// Exact counts of requests that the event log had to give up, so that verification can still answer, or say
// that it cannot.
#pragma once

#include "model/request.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mockfleet::store {

/// Not synchronised. At most `max_keys` different (method, path) pairs and ids are told apart; what comes
/// after is counted in one remainder that can be anything.
class evicted_counts {
public:
    static constexpr std::size_t max_keys = 10000;

    /// `key` is a hash of method and path that the caller has at hand.
    void add_request(std::uint64_t key, std::string_view method, std::string_view path);
    /// One answer given by that expectation.
    void add_served(std::string_view id);

    struct range {
        std::uint64_t least = 0;
        std::uint64_t most = 0;
        bool operator==(const range&) const = default;
    };
    /// How many evicted requests the matcher matches: exact (least == most) when method and path decide.
    [[nodiscard]] range matching(const model::request_matcher& matcher) const;
    [[nodiscard]] range served_by(std::string_view id) const;
    [[nodiscard]] std::uint64_t requests() const { return requests_; }
    [[nodiscard]] bool empty() const { return requests_ == 0; }

    /// Evicted requests that the filter surely matches are forgotten; where method and path do not decide the
    /// count becomes an upper bound.
    void clear_matching(const model::request_matcher& filter);
    void clear();

private:
    struct counted {
        std::string method;
        std::string path;
        std::uint64_t most = 0;
        bool exact = true; ///< false: between 0 and most
    };
    std::unordered_map<std::uint64_t, counted> by_path_;
    std::unordered_map<std::string, std::uint64_t> by_id_;
    std::uint64_t other_paths_ = 0;
    std::uint64_t other_ids_ = 0;
    std::uint64_t requests_ = 0;
};

} // namespace mockfleet::store
