// Who answered a recorded request, and with what: the one place that decides it for verifications (core.md
// 11.4).
#pragma once

#include "model/received_response.hpp"
#include "model/response.hpp"
#include "model/verification.hpp"
#include "store/log_entry.hpp"

#include <optional>

namespace mockfleet::store {

/// nullopt: neither, such as the automatic answer to a request that nothing matched, or to one that no other
/// server answered.
[[nodiscard]] inline std::optional<model::disposition> disposition_of(const recorded_exchange& made) {
    if (was_forwarded(made)) return model::disposition::forwarded;
    if (answered_by(made) != nullptr) return model::disposition::mocked;
    return std::nullopt;
}

/// The response that verifications look at; nullptr when there is none, as of an httpError. What came from
/// another server is put into `room`, where it stays until the next call.
[[nodiscard]] inline const model::response* verifiable_response(const recorded_exchange& made,
                                                                model::response& room) {
    if (!disposition_of(made)) return nullptr;
    if (!was_forwarded(made)) return made.response;
    room = model::received_response(made.forwarded->head(), made.forwarded->body());
    return &room;
}

/// The status that was answered.
[[nodiscard]] inline int verifiable_status(const recorded_exchange& made) {
    return made.response != nullptr ? made.response->status_code.value_or(made.status) : made.status;
}

} // namespace mockfleet::store
