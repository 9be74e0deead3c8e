// One control call on its way through a resource: the request, its query parameters, and the makers of
// answers.
#pragma once

#include "base/error.hpp"
#include "control/router.hpp"
#include "matching/request_facts.hpp"
#include "model/request.hpp"
#include "json/value.hpp"

#include <string>
#include <string_view>

namespace mockfleet::control {

/// Lives on the frame of router::handle for as long as the call is handled.
class call {
public:
    explicit call(const model::request& request) : request_(request.view()) { facts_.begin(request_); }

    [[nodiscard]] const model::request_view& request() const { return request_; }
    [[nodiscard]] std::string_view body() const { return request_.body; }
    /// The first value of a query parameter, decoded; empty when it is not given. Letter case of the name is
    /// ignored.
    [[nodiscard]] std::string_view parameter(std::string_view name);

private:
    const model::request_view& request_;
    matching::request_facts facts_;
};

/// Answers in the content types of core.md 1.
[[nodiscard]] answer empty_answer(int status);
[[nodiscard]] answer text_answer(int status, std::string body);
[[nodiscard]] answer json_answer(int status, const json::value& document);
/// 400 text/plain for what the caller got wrong; a backend that is away or too slow is 503 or 504
/// (core.md 1.1.4).
[[nodiscard]] answer error_answer(const base::error& failure);

/// One of a fixed set of words, letter case ignored (query parameters `type` and `format`): its index, or the
/// 400 text that lists them in the order given.
[[nodiscard]] base::result<std::size_t> choose(std::string_view parameter, std::string_view given,
                                               const std::vector<std::string_view>& words);

} // namespace mockfleet::control
