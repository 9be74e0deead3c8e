// Units of time and standard reason phrases.
#include "model/response.hpp"

#include <algorithm>
#include <iterator>

namespace mockfleet::model {
namespace {

struct status_reason {
    int code;
    std::string_view phrase;
};

// Ascending by code (IANA's registry of HTTP status codes, with the older phrases that servers in the field
// still send).
constexpr status_reason reasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Request Entity Too Large"},
    {414, "Request-URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Requested Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Entity"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Unordered Collection"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
};

} // namespace

std::int64_t nanoseconds_per(time_unit unit) {
    constexpr std::int64_t second = 1'000'000'000;
    switch (unit) {
    case time_unit::days:
        return 86'400 * second;
    case time_unit::hours:
        return 3'600 * second;
    case time_unit::minutes:
        return 60 * second;
    case time_unit::seconds:
        return second;
    case time_unit::milliseconds:
        return 1'000'000;
    case time_unit::microseconds:
        return 1'000;
    case time_unit::nanoseconds:
        break;
    }
    return 1;
}

std::string_view standard_reason(int status_code) {
    const auto* found =
        std::lower_bound(std::begin(reasons), std::end(reasons), status_code,
                         [](const status_reason& entry, int code) { return entry.code < code; });
    return found != std::end(reasons) && found->code == status_code ? found->phrase : std::string_view();
}

} // namespace mockfleet::model
