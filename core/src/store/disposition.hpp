// Who answered a recorded request, and with what: the one place that decides it for verifications (core.md
// 11.4).
#pragma once

#include "model/verification.hpp"
#include "store/log_entry.hpp"

#include <optional>

namespace mockfleet::store {

/// nullopt: neither, such as the automatic answer to a request that nothing matched.
[[nodiscard]] inline std::optional<model::disposition> disposition_of(const recorded_exchange& made) {
    if (made.served_by == nullptr) return std::nullopt;
    return model::disposition::mocked;
}

/// The response that verifications look at; nullptr when there is none, as of an httpError.
[[nodiscard]] inline const model::response* verifiable_response(const recorded_exchange& made) {
    return disposition_of(made) ? made.response : nullptr;
}

/// The status that was answered.
[[nodiscard]] inline int verifiable_status(const recorded_exchange& made) {
    return made.response != nullptr ? made.response->status_code.value_or(made.status) : made.status;
}

} // namespace mockfleet::store
