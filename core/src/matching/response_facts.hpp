// What matching derives from one recorded response, each part at most once and only when asked for.
#pragma once

#include "matching/parameter_list.hpp"
#include "matching/request_facts.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

/// Reused for response after response by one thread. Everything returned is valid until the next begin() and
/// as long as the response.
class response_facts {
public:
    response_facts() = default;
    response_facts(const response_facts&) = delete;
    response_facts& operator=(const response_facts&) = delete;

    /// Starts a new response, as it was configured or received from elsewhere; `status` is what was answered.
    void begin(const model::response& response, int status);

    [[nodiscard]] int status() const { return status_; }
    /// As it is sent: the standard one when none is given.
    [[nodiscard]] std::string_view reason() const;
    [[nodiscard]] std::span<const name_value> headers();
    [[nodiscard]] std::span<const name_value> cookies();
    /// The body as that of a request, which is what rules of bodies look at.
    [[nodiscard]] request_facts& body();

private:
    enum part : std::uint8_t { header_part = 1, cookie_part = 2, body_part = 4 };
    bool first_use(part which);

    const model::response* response_ = nullptr;
    int status_ = 0;
    std::uint8_t derived_ = 0;
    std::vector<name_value> headers_;
    std::vector<name_value> cookies_;
    std::string content_;
    request_facts body_;
};

} // namespace mockfleet::matching
