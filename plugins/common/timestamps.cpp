// Neither locale nor time zone of the process matters here.
#include "common/timestamps.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace mockfleet::common {

namespace {

constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::tm parts_of(time_point when) {
    const auto seconds = std::chrono::system_clock::to_time_t(when);
    std::tm made{};
    gmtime_r(&seconds, &made);
    return made;
}

std::optional<time_point> from_parts(int year, int month, int day, int hour, int minute, int second) {
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
        minute > 59 || second > 60 || hour < 0 || minute < 0 || second < 0)
        return std::nullopt;
    std::tm parts{};
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    parts.tm_mday = day;
    parts.tm_hour = hour;
    parts.tm_min = minute;
    parts.tm_sec = second;
    return std::chrono::system_clock::from_time_t(timegm(&parts));
}

} // namespace

std::string http_date(time_point when) {
    const auto parts = parts_of(when);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                  days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                  months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900, parts.tm_hour,
                  parts.tm_min, parts.tm_sec);
    return text.data();
}

std::string basic_timestamp(time_point when) {
    const auto parts = parts_of(when);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d%02d%02dT%02d%02d%02dZ", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    return text.data();
}

std::optional<time_point> parse_http_date(std::string_view text) {
    std::array<char, 4> month{};
    int day = 0;
    int year = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (std::sscanf(std::string(text).c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d", &day, month.data(), &year,
                    &hour, &minute, &second) != 6)
        return std::nullopt;
    for (std::size_t i = 0; i < months.size(); ++i) {
        if (std::string_view(month.data()) == months[i])
            return from_parts(year, static_cast<int>(i) + 1, day, hour, minute, second);
    }
    return std::nullopt;
}

std::optional<time_point> parse_timestamp(std::string_view text) {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int read = 0;
    const std::string copy(text);
    if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second,
                    &read) != 6)
        return std::nullopt;
    const auto made = from_parts(year, month, day, hour, minute, second);
    if (!made) return std::nullopt;
    auto rest = text.substr(static_cast<std::size_t>(read));
    if (rest.starts_with(".")) {
        const auto end = rest.find_first_not_of("0123456789", 1);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
    }
    if (rest == "Z" || rest == "z") return made;
    int hours = 0;
    int minutes = 0;
    char sign = 0;
    if (std::sscanf(std::string(rest).c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3 ||
        (sign != '+' && sign != '-'))
        return std::nullopt;
    const auto offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    return sign == '+' ? *made - offset : *made + offset;
}

} // namespace mockfleet::common
