// json::value: look-ups and number conversions.
#include "json/value.hpp"

#include <charconv>
#include <cstdlib>

namespace mockfleet::json {

bool value::to_int64(std::int64_t& out) const {
    if (!is_number()) return false;
    const auto& text = number_text();
    std::int64_t parsed = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (code != std::errc{} || end != text.data() + text.size()) return false;
    out = parsed;
    return true;
}

double value::to_double() const {
    return is_number() ? std::strtod(number_text().c_str(), nullptr) : 0.0;
}

const value* value::find(std::string_view name) const {
    if (!is_object()) return nullptr;
    const auto& members = as_object();
    for (auto it = members.rbegin(); it != members.rend(); ++it) {
        if (it->name == name) return &it->content;
    }
    return nullptr;
}

value& value::set(std::string name, value content) {
    if (is_null()) data_ = object{};
    return as_object().emplace_back(member{std::move(name), std::move(content)}).content;
}

bool value::operator==(const value& other) const {
    return data_ == other.data_;
}

} // namespace mockfleet::json
