// One control call on its way through a resource: the request, its query parameters, and the makers of
// answers.
#pragma once

#include "base/error.hpp"
#include "control/router.hpp"
#include "matching/request_facts.hpp"
#include "model/request.hpp"
#include "store/fleet_log.hpp"
#include "json/value.hpp"

#include <string>
#include <string_view>

namespace mockfleet::control {

/// Lives on the frame of router::handle for as long as the call is handled.
class call {
public:
    enum class pace { may_wait, at_once };
    explicit call(const model::request& request, pace how = pace::may_wait)
        : request_(request.view()), pace_(how) {
        facts_.begin(request_);
    }

    /// On an I/O thread, which must not wait: a resource that would have to says left_over() instead.
    [[nodiscard]] pace how() const { return pace_; }

    [[nodiscard]] const model::request_view& request() const { return request_; }
    [[nodiscard]] std::string_view body() const { return request_.body; }
    /// The first value of a query parameter, decoded; empty when it is not given. Letter case of the name is
    /// ignored.
    [[nodiscard]] std::string_view parameter(std::string_view name);

private:
    const model::request_view& request_;
    pace pace_;
    matching::request_facts facts_;
};

/// Answers in the content types of core.md 1.
[[nodiscard]] answer empty_answer(int status);
[[nodiscard]] answer text_answer(int status, std::string body);
[[nodiscard]] answer json_answer(int status, const json::value& document);
/// Nothing was done: the call has to be made on a control thread.
[[nodiscard]] answer left_over();
/// 400 text/plain for what the caller got wrong (core.md 1.1.4). Of the backend: 503 or 504 as a JSON object
/// with `error`, a word, and `message`; a write that is made but not confirmed by every node is the 504
/// `replication-unconfirmed`, with its `version` and the `missing` nodes.
[[nodiscard]] answer error_answer(const base::error& failure);
/// 503 `cluster-isolated`: this node is cut off from the fleet.
[[nodiscard]] answer isolated_answer();
/// 503 `cluster-joining`: this node has not joined its fleet yet.
[[nodiscard]] answer joining_answer();

/// Does the failure say that another node did not answer, or could not?
[[nodiscard]] bool is_fan_in_failure(const base::error& failure);
/// 502 for that (contract fleet 8.5), otherwise error_answer.
[[nodiscard]] answer fan_in_answer(const base::error& failure);
/// This node's log alone with `fanInLocalOnly=true`.
[[nodiscard]] store::fleet_log::scope scope_of(call& request);

/// One of a fixed set of words, letter case ignored (query parameters `type` and `format`): its index, or the
/// 400 text that lists them in the order given.
[[nodiscard]] base::result<std::size_t> choose(std::string_view parameter, std::string_view given,
                                               const std::vector<std::string_view>& words);

} // namespace mockfleet::control
