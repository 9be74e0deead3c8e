// The few JSON answers of services: members by path, and JSON strings for requests.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::common {

/// A parsed document. Not for several threads at once.
class json_text {
public:
    /// nullopt when it is no JSON.
    [[nodiscard]] static std::optional<json_text> parse(std::string_view text);

    /// Is there such a member, of whatever type?
    [[nodiscard]] bool has(std::string_view pointer) const;
    /// By JSON pointer ("/credential_source/url"); nullopt when there is no such member of that type.
    [[nodiscard]] std::optional<std::string> text(std::string_view pointer) const;
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view pointer) const;
    /// The string members of an object.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> texts(std::string_view pointer) const;
    /// The strings `member` of the objects in an array.
    [[nodiscard]] std::vector<std::string> each(std::string_view pointer, std::string_view member) const;

private:
    json_text() = default;

    std::shared_ptr<simdjson::dom::parser> parser_;
    simdjson::dom::element root_;
};

/// With quotes. The bytes must be UTF-8.
[[nodiscard]] std::string json_string(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);

} // namespace mockfleet::common
