// Writes under a condition over a network that may lose their answers: never repeated without looking first,
// and never called a conflict when they may have been made.
#pragma once

#include "common/retry.hpp"

#include <mockfleet/blob.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mockfleet::common {

/// The name of the metadata entry that tells which write made an object. It is not shown to the host, and
/// may not be used by it.
inline constexpr std::string_view write_id_name = "mockfleetwrite";

/// These throw plugin::failure (MF_INVALID) for a condition that such a call cannot have.
void check_put_condition(const mf_blob_condition& when);
void check_removal_condition(const mf_blob_condition& when);

struct seen_object {
    std::string tag;
    std::string write_id; ///< empty when it was written without a condition
};

/// What a condition on the tag comes to that the object does not have: throws plugin::tag_conflict, or
/// plugin::failure (MF_NOT_FOUND) when there is none.
[[noreturn]] void refuse_tag(const std::optional<seen_object>& seen);

/// Whether the text can stand in a header as the entity tag of an object; anything else is the tag of none.
[[nodiscard]] bool is_entity_tag(std::string_view text);
/// The condition of a put in the words of HTTP: If-Match or If-None-Match.
[[nodiscard]] std::pair<std::string, std::string> condition_header(const mf_blob_condition& when);

struct conditional_put {
    std::int32_t kind = MF_IF_ABSENT;
    std::string write_id; ///< stored with the object: random_id()
    repeated_call call;
    std::function<bool(const http_outcome&)> lost_race; ///< the service says that the condition did not hold
    std::function<std::optional<seen_object>()> look;   ///< nullopt: there is no such object
};

/// What the service answered last, or nullopt with `tag` when the write turned out to have been made. Throws
/// plugin::tag_conflict, and plugin::failure: MF_NOT_FOUND for the tag of an absent object, MF_UNAVAILABLE
/// when the condition no longer holds but an earlier attempt, whose answer was lost, may have been applied.
[[nodiscard]] std::optional<http_outcome> perform_conditional_put(http_client& client, stop_signal& stop,
                                                                  const conditional_put& put,
                                                                  std::string& tag, retry_limits limits = {});

struct removal {
    bool conditional = false; ///< the call carries the tag of the object
    repeated_call call;
    std::function<bool(const http_outcome&)> removed;
    std::function<bool(const http_outcome&)> missing; ///< the service says that there is no such object
    std::function<plugin::failure(const http_outcome&)> failed;
};

/// False: there was no such object. One that is gone after an attempt whose answer was lost was removed by
/// that. Throws failed(), plugin::tag_conflict, and plugin::failure (MF_UNAVAILABLE) when under a condition
/// it cannot be known who removed or replaced the object.
[[nodiscard]] bool perform_removal(http_client& client, stop_signal& stop, const removal& wanted,
                                   retry_limits limits = {});

} // namespace mockfleet::common
