// PUT /mockserver/retrieve (core.md 1.7).
#include "control/resources.hpp"

#include "base/ascii.hpp"
#include "base/metrics.hpp"
#include "model/codec.hpp"
#include "store/expectations.hpp"
#include "store/fleet_log.hpp"
#include "store/retrieval.hpp"
#include "json/writer.hpp"

#include <array>

namespace mockfleet::control {

namespace {

using kind = store::retrieval::kind;

struct type_word {
    std::string_view word;
    kind what;
};
constexpr std::array types{
    type_word{"logs", kind::logs},
    type_word{"requests", kind::requests},
    type_word{"request_responses", kind::request_responses},
    type_word{"recorded_expectations", kind::recorded_expectations},
    type_word{"active_expectations", kind::active_expectations},
};
constexpr std::size_t metrics = types.size();

const std::vector<std::string_view> type_words{
    "logs", "requests", "request_responses", "recorded_expectations", "active_expectations", "metrics"};
const std::vector<std::string_view> formats{"java", "javascript", "python",  "go",    "csharp",
                                            "ruby", "rust",       "php",     "json",  "log_entries",
                                            "har",  "openapi",    "postman", "bruno", "curl"};

} // namespace

boost::asio::awaitable<answer> retrieve(const wiring* parts, call* request) {
    const auto format_given = request->parameter("format");
    const auto format = choose("format", format_given.empty() ? "json" : format_given, formats);
    if (!format) co_return error_answer(format.error());
    const auto type_given = request->parameter("type");
    const auto type = choose("type", type_given.empty() ? "requests" : type_given, type_words);
    if (!type) co_return error_answer(type.error());

    const auto& format_word = formats[*format];
    if (format_word != "json" && format_word != "log_entries") {
        co_return text_answer(
            400, "format \"" + std::string(format_word) +
                     "\" is not supported by this version of mockfleet; supported are [json, log_entries]");
    }
    if (*type == metrics) {
        json::value numbers{json::object{}};
        if (parts->settings->current().flag("metricsEnabled")) {
            for (const auto& [name, value] : parts->metrics->values())
                numbers.set(base::to_upper(name), static_cast<std::int64_t>(value));
        }
        answer made{200, {{"content-type", "application/json; charset=utf-8"}}, json::compact(numbers)};
        co_return made;
    }

    store::retrieval asked;
    asked.what = types[*type].what;
    asked.form =
        format_word == "json" ? store::retrieval::layout::json : store::retrieval::layout::log_entries;
    if (asked.what == kind::active_expectations && format_word == "log_entries") {
        co_return text_answer(200, "LOG_ENTRIES not supported for ACTIVE_EXPECTATIONS");
    }
    const auto correlation = request->parameter("correlationId");
    if (!correlation.empty()) asked.correlation_id = correlation;

    auto selected = model::read_selection(request->body());
    if (!selected) co_return error_answer(selected.error());
    asked.filter = std::move(selected->matcher);
    asked.expectation_id = std::move(selected->expectation_id);

    if (asked.what == kind::logs) {
        // What is used up has an entry in the log; if the backend is away, the next sweep writes it.
        static_cast<void>(co_await parts->expectations->sweep());
    }
    if (asked.what == kind::active_expectations) {
        const auto counted = co_await parts->expectations->refresh_uses();
        if (!counted) co_return error_answer(counted.error());
    }
    const bool json_text = asked.what == kind::logs && asked.form == store::retrieval::layout::json;
    auto found = co_await parts->fleet_log->retrieve(std::move(asked), scope_of(*request));
    if (!found) co_return fan_in_answer(found.error());
    if (json_text) co_return text_answer(200, std::move(*found));
    answer made{200, {{"content-type", "application/json; charset=utf-8"}}, std::move(*found)};
    co_return made;
}

} // namespace mockfleet::control
