// The engine's own log lines in the operator's log: complaints always, the rest at debug, repetitions
// counted.
#pragma once

#include <mockfleet/plugin.hpp>

#include <simdjson.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace mockfleet::replicated {

/// What an engine prints of itself when it starts; it serves nobody before it has a majority. 0 = not seen.
struct engine_identity {
    std::uint64_t cluster_id = 0;
    std::uint64_t member_id = 0;
    std::uint64_t last_term = 0; ///< of its log's last entry
    std::uint64_t last_index = 0;
};

class engine_log {
public:
    explicit engine_log(plugin::logger log) : log_(log) {}

    void line(std::string_view text);

    /// The last thing it complained about, for whoever has to explain its end; empty when nothing.
    [[nodiscard]] const std::string& last_complaint() const { return last_complaint_; }
    /// It has said that its fleet has removed this member for good.
    [[nodiscard]] bool was_removed() const { return removed_; }
    [[nodiscard]] const engine_identity& identity() const { return identity_; }
    void start_anew();

private:
    struct repetition {
        std::chrono::steady_clock::time_point said;
        std::uint64_t left_out = 0;
    };

    void identify(const simdjson::dom::object& line, const std::string& message);
    void complain(std::int32_t level, const std::string& message, const std::string& detail);

    plugin::logger log_;
    simdjson::dom::parser parser_;
    std::map<std::string, repetition> said_;
    std::string last_complaint_;
    engine_identity identity_;
    bool removed_ = false;
};

} // namespace mockfleet::replicated
