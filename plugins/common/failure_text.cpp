// Only words.
#include "common/failure_text.hpp"

#include "common/timestamps.hpp"

#include <algorithm>
#include <cstdlib>

namespace mockfleet::common {

std::string in_quotes(std::string_view text) {
    return "'" + std::string(text) + "'";
}

std::string one_line(std::string text, std::size_t most) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    if (text.size() > most) text = text.substr(0, most) + "...";
    return text;
}

plugin::failure failure_without_answer(const http_outcome& outcome, const std::string& start,
                                       const std::string& checked_trust, const std::string& checked_reach) {
    const auto problem = one_line(outcome.problem);
    switch (outcome.what) {
    case http_outcome::how::untrusted:
        return {MF_DENIED, start + " is not trusted: " + problem + "; check " + checked_trust +
                               ", or name its authority in blobStoreCaFile"};
    case http_outcome::how::refused:
        return {MF_UNAVAILABLE, start + ": " + problem};
    case http_outcome::how::lost:
        return {MF_UNAVAILABLE, start + " did not answer: " + problem};
    case http_outcome::how::not_sent:
    case http_outcome::how::answered:
        break;
    }
    return {MF_UNAVAILABLE, start + " cannot be reached: " + problem + "; check " + checked_reach +
                                ", the network, and https_proxy/no_proxy"};
}

std::optional<std::chrono::seconds> clock_offset(const http_response& answer) {
    const auto theirs = parse_http_date(answer.header("date"));
    if (!theirs) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now() - *theirs);
}

std::string clock_remedy(std::optional<std::chrono::seconds> offset) {
    std::string text = "set this machine's clock (NTP)";
    if (offset)
        text += ": it is " + std::to_string(std::abs(offset->count())) + " s " +
                (offset->count() < 0 ? "behind" : "ahead of") + " the service's";
    return text;
}

} // namespace mockfleet::common
