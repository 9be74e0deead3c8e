// A write under a condition over a network that may lose its answer: never repeated without looking first.
#pragma once

#include "common/retry.hpp"

#include <mockfleet/blob.hpp>

#include <functional>
#include <optional>
#include <string>

namespace mockfleet::common {

/// The name of the metadata entry that tells which write made an object. It is not shown to the host, and
/// may not be used by it.
inline constexpr std::string_view write_id_name = "mockfleetwrite";

struct seen_object {
    std::string tag;
    std::string write_id; ///< empty when it was written without a condition
};

struct conditional_put {
    std::int32_t kind = MF_IF_ABSENT;
    std::string write_id; ///< stored with the object: random_id()
    repeated_call call;
    std::function<bool(const http_outcome&)> lost_race; ///< the service says that the condition did not hold
    std::function<std::optional<seen_object>()> look;   ///< nullopt: there is no such object
};

/// What the service answered last, or nullopt with `tag` when the write turned out to have been made. Throws
/// plugin::tag_conflict, and plugin::failure (MF_NOT_FOUND) for the tag of an absent object.
///
/// A repetition under the same condition cannot be applied twice; but it can fail because of the attempt
/// before it, whose answer was lost. So a conflict is only one when the object is not the one written here.
[[nodiscard]] std::optional<http_outcome> perform_conditional_put(http_client& client, stop_signal& stop,
                                                                  const conditional_put& put,
                                                                  std::string& tag, retry_limits limits = {});

} // namespace mockfleet::common
