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

/// Not synchronised. At most `max_keys` different (method, path) pairs, and as many ids, are told apart; what
/// comes after is counted in a remainder that can be anything.
class evicted_counts {
public:
    static constexpr std::size_t max_keys = 10000;

    /// Identifies method and path; collisions are as unlikely as 64 bits make them.
    [[nodiscard]] static std::uint64_t key_of(std::string_view method, std::string_view path);

    /// One request, `key` being key_of(method, path).
    void add_request(std::uint64_t key, std::string_view method, std::string_view path);
    /// One answer given by that expectation.
    void add_served(const std::string& id);

    struct range {
        std::uint64_t least = 0;
        std::uint64_t most = 0;
        bool operator==(const range&) const = default;
    };
    /// How many evicted requests the matcher matches: exact (least == most) when method and path decide.
    [[nodiscard]] range matching(const model::request_matcher& matcher) const;
    [[nodiscard]] range served_by(const std::string& id) const;
    [[nodiscard]] std::uint64_t requests() const { return requests_; }

    /// Forgets the requests that the filter surely matches; where method and path do not decide, the count
    /// becomes an upper bound.
    void clear_matching(const model::request_matcher& filter);
    void clear();

private:
    struct counted {
        std::string method;
        std::string path;
        std::uint64_t number = 0;
        bool exact = true; ///< false: between 0 and number
    };
    struct served {
        std::uint64_t number = 0;
        bool exact = true;
    };
    std::unordered_map<std::uint64_t, counted> by_path_;
    std::unordered_map<std::string, served> by_id_;
    std::uint64_t other_paths_ = 0;
    std::uint64_t other_ids_ = 0;
    std::uint64_t requests_ = 0;
};

} // namespace mockfleet::store
