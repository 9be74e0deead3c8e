// Readers of each kind of property.
#include "config/value.hpp"

#include "base/ascii.hpp"

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>

namespace mockfleet::config {

namespace {

constexpr auto unbounded = std::numeric_limits<std::int64_t>::max();

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) {
        if (!all.empty()) all += ',';
        all += part;
    }
    return all;
}

std::string range_words(const property& about) {
    if (about.most == unbounded) return "of at least " + std::to_string(about.least);
    return "from " + std::to_string(about.least) + " to " + std::to_string(about.most);
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

struct unit {
    std::string_view suffix;
    std::int64_t factor;
};

/// A whole number with one of the units; none means a factor of one.
std::optional<std::int64_t> quantity(std::string_view text, const std::vector<unit>& units) {
    const auto digits = std::min(text.find_first_not_of("+-0123456789"), text.size());
    const auto number = whole_number(text.substr(0, digits));
    if (!number) return std::nullopt;
    const auto suffix = base::to_lower(trimmed(text.substr(digits)));
    if (suffix.empty()) return number;
    for (const auto& candidate : units) {
        if (suffix != candidate.suffix) continue;
        std::int64_t product = 0;
        if (__builtin_mul_overflow(*number, candidate.factor, &product)) return std::nullopt;
        return product;
    }
    return std::nullopt;
}

std::optional<std::int64_t> read_number(const property& about, std::string_view text) {
    static const std::vector<unit> times{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
    if (about.type == kind::millis) return quantity(text, times);
    if (about.type == kind::bytes) return bytes_of(text);
    return whole_number(text);
}

/// The canonical spelling of `text` among choices and synonyms.
std::optional<std::string> canonical(const property& about, std::string_view text) {
    const auto wanted = base::to_lower(text);
    for (const auto choice : split(about.choices, '|')) {
        if (base::to_lower(choice) == wanted) return std::string(choice);
    }
    for (const auto pair : split(about.synonyms, '|')) {
        const auto equals = pair.find('=');
        if (base::to_lower(pair.substr(0, equals)) == wanted) return std::string(pair.substr(equals + 1));
    }
    return std::nullopt;
}

using parsed = boost::system::result<value, flaw>;

parsed refuse(const property& about, flaw::kind what) {
    return flaw{what, wanted_by(about)};
}

parsed read_integer(const property& about, std::string_view text) {
    const auto number = read_number(about, text);
    if (!number) return refuse(about, flaw::kind::malformed);
    if (*number < about.least || *number > about.most) return refuse(about, flaw::kind::not_allowed);
    return value{.text = std::to_string(*number), .number = *number};
}

parsed read_decimal(const property& about, std::string_view text) {
    double number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || end != text.data() + text.size() || !std::isfinite(number))
        return refuse(about, flaw::kind::malformed);
    return value{.text = std::string(text), .fraction = number};
}

parsed read_list(const property& about, std::string_view text) {
    value made;
    for (const auto part : split(text, ',')) {
        const auto element = unquoted(trimmed(part));
        if (element.empty()) continue;
        if (about.most != unbounded) {
            const auto number = whole_number(element);
            if (!number) return refuse(about, flaw::kind::malformed);
            if (*number < about.least || *number > about.most) return refuse(about, flaw::kind::not_allowed);
        }
        made.list.emplace_back(element);
    }
    made.text = joined(made.list);
    return made;
}

parsed read_map(const property& about, std::string_view text) {
    value made;
    for (const auto part : split(text, ',')) {
        const auto element = trimmed(part);
        if (element.empty()) continue;
        const auto equals = element.find('=');
        if (equals == 0 || equals == std::string_view::npos) return refuse(about, flaw::kind::malformed);
        made.map.emplace_back(trimmed(element.substr(0, equals)), trimmed(element.substr(equals + 1)));
        if (!made.text.empty()) made.text += ',';
        made.text += made.map.back().first + '=' + made.map.back().second;
    }
    return made;
}

} // namespace

void throw_exception_from_error(const flaw& why, const boost::source_location& where) {
    boost::throw_exception(std::logic_error("not " + why.wanted), where);
}

parsed parse_value(const property& about, std::string_view text) {
    const auto bare = trimmed(text);
    if (bare.empty() && *about.fallback == '\0') return value{};
    switch (about.type) {
    case kind::boolean: {
        const auto word = base::to_lower(bare);
        if (word != "true" && word != "false") return refuse(about, flaw::kind::malformed);
        return value{.text = word, .flag = word == "true"};
    }
    case kind::integer:
    case kind::millis:
    case kind::bytes:
        return read_integer(about, bare);
    case kind::decimal:
        return read_decimal(about, bare);
    case kind::choice: {
        auto chosen = canonical(about, bare);
        if (!chosen) return refuse(about, flaw::kind::not_allowed);
        return value{.text = std::move(*chosen)};
    }
    case kind::list:
        return read_list(about, bare);
    case kind::map:
        return read_map(about, bare);
    case kind::json:
        if (bare.front() != '{' && bare.front() != '[') return refuse(about, flaw::kind::malformed);
        return value{.text = std::string(bare)};
    case kind::text:
        if (!about.synonyms.empty())
            return value{.text = canonical(about, bare).value_or(base::to_lower(bare))};
        return value{.text = std::string(text)};
    case kind::secret:
        return value{.text = std::string(text)};
    }
    return refuse(about, flaw::kind::malformed);
}

std::string wanted_by(const property& about) {
    switch (about.type) {
    case kind::boolean:
        return "true or false";
    case kind::integer:
        return "a whole number " + range_words(about);
    case kind::millis:
        return "a time in milliseconds, or with a unit such as 30s, " + range_words(about);
    case kind::bytes:
        return "a number of bytes, or with a unit such as 64m, " + range_words(about);
    case kind::decimal:
        return "a decimal number";
    case kind::choice: {
        std::string words = "one of";
        const auto add = [&](std::string_view choice) {
            words += words == "one of" ? " " : ", ";
            words += choice;
        };
        for (const auto choice : split(about.choices, '|'))
            add(choice);
        // A synonym of itself is a further value, one that the original's list at run time does not name.
        for (const auto pair : split(about.synonyms, '|')) {
            const auto equals = pair.find('=');
            if (pair.substr(0, equals) == pair.substr(equals + 1)) add(pair.substr(0, equals));
        }
        return words;
    }
    case kind::list:
        return about.most == unbounded ? "a list separated by commas"
                                       : "whole numbers " + range_words(about) + ", separated by commas";
    case kind::map:
        return "name=value pairs separated by commas";
    case kind::json:
        return "a JSON object or array";
    case kind::text:
    case kind::secret:
        break;
    }
    return "a text";
}

std::optional<std::int64_t> bytes_of(std::string_view text) {
    static const std::vector<unit> sizes{{"b", 1},        {"k", 1 << 10},  {"kb", 1 << 10},  {"kib", 1 << 10},
                                         {"m", 1 << 20},  {"mb", 1 << 20}, {"mib", 1 << 20}, {"g", 1 << 30},
                                         {"gb", 1 << 30}, {"gib", 1 << 30}};
    return quantity(text, sizes);
}

std::string_view unquoted(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
    return text;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    if (text.empty()) return parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

} // namespace mockfleet::config
