// Makers of control answers and the reading of query parameters.
#include "control/call.hpp"

#include "base/ascii.hpp"
#include "json/writer.hpp"

namespace mockfleet::control {

namespace {

answer with_body(int status, std::string_view content_type, std::string body) {
    answer made{status, {}, std::move(body)};
    if (!made.body.empty()) made.headers.emplace_back("content-type", content_type);
    return made;
}

int status_of(base::errc code) {
    switch (code) {
    case base::errc::unavailable:
        return 503;
    case base::errc::timeout:
        return 504;
    case base::errc::internal:
        return 500;
    default:
        return 400;
    }
}

} // namespace

std::string_view call::parameter(std::string_view name) {
    for (const auto& given : facts_.query()) {
        if (base::equal_ignoring_case(given.name, name)) return given.value;
    }
    return {};
}

answer empty_answer(int status) {
    return {status, {}, {}};
}

answer text_answer(int status, std::string body) {
    return with_body(status, "text/plain; charset=utf-8", std::move(body));
}

answer json_answer(int status, const json::value& document) {
    return with_body(status, "application/json; charset=utf-8", json::pretty(document));
}

answer error_answer(const base::error& failure) {
    return text_answer(status_of(failure.code), failure.message);
}

base::result<std::size_t> choose(std::string_view parameter, std::string_view given,
                                 const std::vector<std::string_view>& words) {
    std::string list;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (base::equal_ignoring_case(given, words[i])) return i;
        list += (i == 0 ? "" : ", ") + std::string(words[i]);
    }
    return base::invalid("\"" + std::string(given) + "\" is not a valid value for \"" +
                         std::string(parameter) + "\" parameter, only the following values are supported [" +
                         list + "]");
}

} // namespace mockfleet::control
