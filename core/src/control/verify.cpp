// PUT /mockserver/verify and /mockserver/verifySequence (core.md 1.8, 1.9).
#include "control/resources.hpp"

#include "model/codec.hpp"
#include "store/fleet_log.hpp"

#include <optional>
#include <utility>

namespace mockfleet::control {

namespace {

store::verification_options options_of(const live_settings& settings) {
    const auto now = settings.current();
    return {now.integer("maximumNumberOfRequestToReturnInVerificationFailure"),
            now.flag("detailedVerificationFailures")};
}

answer verdict(base::result<std::optional<std::string>> failure) {
    if (!failure) {
        // Part of a log proves nothing, so a node that does not answer fails the verification (contract
        // fleet 8.5).
        if (is_fan_in_failure(failure.error()))
            return text_answer(406, "Request could not be verified over the whole fleet: " +
                                        failure.error().message);
        return error_answer(failure.error());
    }
    if (!*failure) return empty_answer(202);
    return text_answer(406, std::move(**failure));
}

} // namespace

boost::asio::awaitable<answer> verify(const wiring* parts, call* request) {
    const auto asked = model::read_verification(request->body());
    if (!asked) co_return error_answer(asked.error());
    co_return verdict(
        co_await parts->fleet_log->verify(*asked, options_of(*parts->settings), scope_of(*request)));
}

boost::asio::awaitable<answer> verify_sequence(const wiring* parts, call* request) {
    const auto asked = model::read_verification_sequence(request->body());
    if (!asked) co_return error_answer(asked.error());
    co_return verdict(
        co_await parts->fleet_log->verify_sequence(*asked, options_of(*parts->settings), scope_of(*request)));
}

} // namespace mockfleet::control
