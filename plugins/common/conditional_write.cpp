// The decision after each answer.
#include "common/conditional_write.hpp"

namespace mockfleet::common {

namespace {

plugin::failure unknown_outcome(const char* what) {
    return {MF_UNAVAILABLE, std::string("the answer to a ") + what +
                                " was lost, and the object has changed since: whether it took place is not "
                                "known; read the object again"};
}

} // namespace

void check_put_condition(const mf_blob_condition& when) {
    if (when.kind != MF_IF_ANY && when.kind != MF_IF_ABSENT && when.kind != MF_IF_TAG)
        throw plugin::failure(MF_INVALID, "an unknown condition of a put");
}

void check_removal_condition(const mf_blob_condition& when) {
    if (when.kind != MF_IF_ANY && when.kind != MF_IF_TAG)
        throw plugin::failure(MF_INVALID, "an unknown condition of a removal");
}

void refuse_tag(const std::optional<seen_object>& seen) {
    if (seen) throw plugin::tag_conflict(seen->tag);
    throw plugin::failure(MF_NOT_FOUND, "no such key");
}

bool is_entity_tag(std::string_view text) {
    return text.size() > 2 && text.front() == '"' && text.back() == '"' &&
           text.find_first_of("\r\n") == std::string_view::npos;
}

std::pair<std::string, std::string> condition_header(const mf_blob_condition& when) {
    if (when.kind == MF_IF_ABSENT) return {"If-None-Match", "*"};
    return {"If-Match", std::string(plugin::view(when.tag))};
}

std::optional<http_outcome> perform_conditional_put(http_client& client, stop_signal& stop,
                                                    const conditional_put& put, std::string& tag,
                                                    retry_limits limits) {
    bool made = false;
    bool unsure = false; // an attempt may have been applied
    std::optional<seen_object> seen;
    const auto is_ours = [&] {
        seen = put.look();
        made = seen && seen->write_id == put.write_id;
        if (made) tag = seen->tag;
        return made;
    };
    auto call = put.call;
    call.done_already = [&](const http_outcome& failed) {
        unsure = unsure || may_have_acted(failed);
        return is_ours();
    };
    auto outcome = perform_repeatedly(client, stop, call, limits);
    if (made) return std::nullopt;
    if (!put.lost_race(outcome)) return outcome;
    // A repetition under the same condition cannot be applied twice; but it can fail because of the attempt
    // before it. So a conflict is only one when no attempt can have been made.
    if (is_ours()) return std::nullopt;
    if (unsure || outcome.resent) throw unknown_outcome("conditional put");
    if (seen || put.kind == MF_IF_TAG) refuse_tag(seen);
    throw plugin::tag_conflict({}); // it was there, and was removed since
}

bool perform_removal(http_client& client, stop_signal& stop, const removal& wanted, retry_limits limits) {
    bool unsure = false;
    auto call = wanted.call;
    call.done_already = [&](const http_outcome& failed) {
        unsure = unsure || may_have_acted(failed);
        return false;
    };
    const auto outcome = perform_repeatedly(client, stop, call, limits);
    unsure = unsure || outcome.resent;
    if (wanted.removed(outcome)) return true;
    const bool missing = wanted.missing(outcome);
    const bool changed = wanted.conditional && outcome.is(412);
    if (wanted.conditional && unsure && (missing || changed)) throw unknown_outcome("conditional removal");
    if (missing) return unsure;
    if (changed) throw plugin::tag_conflict({});
    throw wanted.failed(outcome);
}

} // namespace mockfleet::common
