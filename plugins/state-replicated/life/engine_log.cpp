// Reads the JSON lines of etcd's logger; whatever else it prints is a complaint.
#include "life/engine_log.hpp"

#include <charconv>

namespace mockfleet::replicated {

namespace {

constexpr auto quiet_period = std::chrono::seconds(30);
constexpr std::size_t most_kinds = 200;

/// Said at every healthy start or end: about this plugin's own files beside the engine's, users of the
/// engine, of which there are none, and connections that come and go with their nodes.
bool is_expected(const std::string& warning) {
    return warning == "found invalid file under data directory" ||
           warning == "simple token is not cryptographically signed" ||
           warning == "established TCP streaming connection with remote peer" ||
           warning == "closed TCP streaming connection with remote peer" ||
           warning == "failed to find remote peer in cluster";
}

std::uint64_t number_after(std::string_view text, std::string_view label, int base) {
    const auto at = text.find(label);
    std::uint64_t number = 0;
    if (at == std::string_view::npos) return 0;
    text.remove_prefix(at + label.size());
    std::from_chars(text.data(), text.data() + text.size(), number, base);
    return number;
}

std::string text_of(const simdjson::dom::object& line, const char* name) {
    std::string_view found;
    return line[name].get(found) == simdjson::SUCCESS ? std::string(found) : std::string();
}

} // namespace

void engine_log::start_anew() {
    last_complaint_.clear();
    removed_ = false;
    identity_ = {};
}

void engine_log::line(std::string_view text) {
    if (text.empty()) return;
    simdjson::dom::object fields;
    if (parser_.parse(text.data(), text.size()).get(fields) != simdjson::SUCCESS) {
        log_.debug("the engine prints", {{"line", text}});
        // A stack trace begins with the words that matter.
        if (text.starts_with("panic") || text.starts_with("fatal") || text.starts_with("error"))
            complain(MF_LOG_ERROR, std::string(text), {});
        return;
    }
    const auto level = text_of(fields, "level");
    const auto message = text_of(fields, "msg");
    identify(fields, message);
    auto detail = text_of(fields, "error");
    if (detail.empty()) detail = text_of(fields, "reason");
    constexpr std::string_view removal = "has been permanently removed from the cluster";
    if (message.find(removal) != std::string::npos || detail.find(removal) != std::string::npos)
        removed_ = true;
    if (level == "warn" && !is_expected(message)) {
        complain(MF_LOG_WARN, message, detail);
    } else if (level == "error" || level == "fatal" || level == "panic" || level == "dpanic") {
        complain(MF_LOG_ERROR, message, detail);
    } else {
        log_.debug("the engine says", {{"message", message}, {"line", text}});
    }
}

/// "restarting local member" and its like carry both ids; raft's "newRaft ..." how long the log is.
void engine_log::identify(const simdjson::dom::object& line, const std::string& message) {
    const auto cluster = text_of(line, "cluster-id");
    const auto member = text_of(line, "local-member-id");
    if (identity_.member_id == 0 && !cluster.empty() && !member.empty()) {
        identity_.cluster_id = number_after(cluster, "", 16);
        identity_.member_id = number_after(member, "", 16);
    }
    if (!message.starts_with("newRaft ")) return;
    identity_.last_term = number_after(message, "lastterm: ", 10);
    identity_.last_index = number_after(message, "lastindex: ", 10);
}

void engine_log::complain(std::int32_t level, const std::string& message, const std::string& detail) {
    last_complaint_ = detail.empty() ? message : message + ": " + detail;
    const auto now = std::chrono::steady_clock::now();
    if (said_.size() > most_kinds) said_.clear();
    auto& before = said_[message];
    if (before.said != std::chrono::steady_clock::time_point() && now - before.said < quiet_period) {
        ++before.left_out;
        return;
    }
    auto sentence =
        (level == MF_LOG_ERROR ? "the engine reports an error: " : "the engine warns: ") + last_complaint_;
    if (before.left_out > 0)
        sentence += " (and " + std::to_string(before.left_out) + " more of this kind before)";
    before = {now, 0};
    if (level == MF_LOG_ERROR)
        log_.error(sentence);
    else
        log_.warn(sentence);
}

} // namespace mockfleet::replicated
