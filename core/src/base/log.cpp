// The operator log on spdlog: the only file that includes it.
#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <memory>

namespace mockfleet::base::log {

namespace {

spdlog::logger& sink() {
    static const auto logger = [] {
        auto made =
            std::make_shared<spdlog::logger>("mockfleet", std::make_shared<spdlog::sinks::stdout_sink_mt>());
        made->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *logger;
}

spdlog::level::level_enum to_spdlog(level at) {
    switch (at) {
    case level::trace:
        return spdlog::level::trace;
    case level::debug:
        return spdlog::level::debug;
    case level::info:
        return spdlog::level::info;
    case level::warn:
        return spdlog::level::warn;
    case level::error:
        return spdlog::level::err;
    case level::off:
        break;
    }
    return spdlog::level::off;
}

/// No control character may reach a terminal or look like the end of the line.
void append_escaped(std::string& line, char c) {
    if (c == '\n')
        line += "\\n";
    else if (c == '\r')
        line += "\\r";
    else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
        fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<unsigned char>(c));
    else
        line += c;
}

/// Values come from clients and may be as long as a body.
constexpr std::size_t longest_value = 512;

/// At most `longest_value` bytes, not ending within a UTF-8 character.
std::string_view shortened(std::string_view value) {
    auto size = std::min(value.size(), longest_value);
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; };
    while (size > 0 && size < value.size() && continues(value[size]))
        --size;
    return value.substr(0, size);
}

void append_value(std::string& line, std::string_view whole) {
    const auto value = shortened(whole);
    const bool plain = !value.empty() && std::none_of(value.begin(), value.end(), [](unsigned char c) {
        return c <= ' ' || c == '"' || c == '=' || c == 0x7f;
    });
    if (plain) {
        line += value;
    } else {
        line += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\') line += '\\';
            append_escaped(line, c);
        }
        line += '"';
    }
    if (value.size() < whole.size()) line += "...";
}

} // namespace

bool parse_level(std::string_view text, level& out) {
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return std::toupper(c); });
    struct name {
        std::string_view text;
        level value;
    };
    static constexpr std::array names{
        name{"TRACE", level::trace},  name{"FINEST", level::trace}, name{"FINER", level::trace},
        name{"DEBUG", level::debug},  name{"FINE", level::debug},   name{"INFO", level::info},
        name{"WARN", level::warn},    name{"WARNING", level::warn}, name{"ERROR", level::error},
        name{"SEVERE", level::error}, name{"OFF", level::off}};
    for (const auto& candidate : names) {
        if (candidate.text == upper) {
            out = candidate.value;
            return true;
        }
    }
    return false;
}

void set_level(level least) {
    sink().set_level(to_spdlog(least));
}

bool enabled(level at) {
    return sink().should_log(to_spdlog(at));
}

void write(level at, std::string_view id, std::string_view sentence, std::initializer_list<field> fields) {
    write(at, id, sentence, fields.begin(), fields.size());
}

void write(level at, std::string_view id, std::string_view sentence, const field* fields, std::size_t count) {
    if (!enabled(at)) return;
    std::string line;
    line.reserve(sentence.size());
    for (const char c : sentence)
        append_escaped(line, c);
    for (std::size_t i = 0; i < count; ++i) {
        line += ' ';
        line += fields[i].key;
        line += '=';
        append_value(line, fields[i].value);
    }
    if (!id.empty()) {
        line += " [";
        line += id;
        line += ']';
    }
    sink().log(to_spdlog(at), "{}", line);
}

} // namespace mockfleet::base::log
