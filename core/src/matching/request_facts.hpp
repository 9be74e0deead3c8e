// What matching derives from one request, each part at most once and only when asked for.
#pragma once

#include "model/request.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace mockfleet::matching {

struct name_value {
    std::string_view name;
    std::string_view value;
};

/// Reused for request after request by one thread, so that steady state allocates nothing. Not thread-safe.
/// Everything returned is valid until the next begin() and as long as the request's own memory.
class request_facts {
public:
    request_facts();
    ~request_facts();
    request_facts(const request_facts&) = delete;
    request_facts& operator=(const request_facts&) = delete;

    /// Starts a new request; forgets everything derived before.
    void begin(const model::request_view& request);

    [[nodiscard]] const model::request_view& request() const;
    /// The path in lower case (ASCII fast path; full Unicode simple case mapping only when a byte >= 0x80 occurs).
    [[nodiscard]] std::string_view lower_path();
    /// Query parameters percent- and plus-decoded in order; `;` is an ordinary character (core.md 3.4).
    [[nodiscard]] std::span<const name_value> query();
    /// The Cookie header(s), parsed leniently.
    [[nodiscard]] std::span<const name_value> cookies();
    /// The body as text for matching.
    [[nodiscard]] std::string_view body() const;

    struct state;
    /// For the body matchers of this module: caches such as the parsed JSON document.
    [[nodiscard]] state& caches();

private:
    std::unique_ptr<state> state_;
};

} // namespace mockfleet::matching
