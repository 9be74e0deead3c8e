// On simdjson's tree.
#include "common/json_text.hpp"

namespace mockfleet::common {

std::optional<json_text> json_text::parse(std::string_view text) {
    json_text made;
    made.parser_ = std::make_shared<simdjson::dom::parser>();
    if (made.parser_->parse(simdjson::padded_string(text)).get(made.root_) != simdjson::SUCCESS)
        return std::nullopt;
    return made;
}

bool json_text::has(std::string_view pointer) const {
    return root_.at_pointer(pointer).error() == simdjson::SUCCESS;
}

std::optional<std::string> json_text::text(std::string_view pointer) const {
    std::string_view found;
    if (root_.at_pointer(pointer).get(found) != simdjson::SUCCESS) return std::nullopt;
    return std::string(found);
}

std::optional<std::int64_t> json_text::number(std::string_view pointer) const {
    std::int64_t found = 0;
    if (root_.at_pointer(pointer).get(found) != simdjson::SUCCESS) return std::nullopt;
    return found;
}

std::vector<std::pair<std::string, std::string>> json_text::texts(std::string_view pointer) const {
    std::vector<std::pair<std::string, std::string>> made;
    simdjson::dom::object object;
    if (root_.at_pointer(pointer).get(object) != simdjson::SUCCESS) return made;
    for (const auto field : object) {
        std::string_view value;
        if (field.value.get(value) == simdjson::SUCCESS)
            made.emplace_back(std::string(field.key), std::string(value));
    }
    return made;
}

std::vector<std::string> json_text::each(std::string_view pointer, std::string_view member) const {
    std::vector<std::string> made;
    simdjson::dom::array array;
    if (root_.at_pointer(pointer).get(array) != simdjson::SUCCESS) return made;
    for (const auto one : array) {
        std::string_view value;
        if (one[member].get(value) == simdjson::SUCCESS) made.emplace_back(value);
    }
    return made;
}

std::string json_string(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string made = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            made += '\\';
            made += c;
        } else if (byte < 0x20) {
            made += "\\u00";
            made += digits[byte >> 4U];
            made += digits[byte & 15U];
        } else {
            made += c;
        }
    }
    return made + '"';
}

bool is_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size());
}

} // namespace mockfleet::common
