// The decision after each answer.
#include "common/conditional_put.hpp"

namespace mockfleet::common {

std::optional<http_outcome> perform_conditional_put(http_client& client, stop_signal& stop,
                                                    const conditional_put& put, std::string& tag,
                                                    retry_limits limits) {
    bool made = false;
    std::optional<seen_object> seen;
    const auto is_ours = [&] {
        seen = put.look();
        made = seen && seen->write_id == put.write_id;
        if (made) tag = seen->tag;
        return made;
    };
    auto call = put.call;
    call.done_already = is_ours;
    auto outcome = perform_repeatedly(client, stop, call, limits);
    if (made) return std::nullopt;
    if (!put.lost_race(outcome)) return outcome;
    if (is_ours()) return std::nullopt;
    if (seen) throw plugin::tag_conflict(seen->tag);
    if (put.kind == MF_IF_TAG) throw plugin::failure(MF_NOT_FOUND, "no such key");
    throw plugin::tag_conflict({}); // it was there, and was removed since
}

} // namespace mockfleet::common
