// json::value: an owned JSON document that keeps member order and the exact text of numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mockfleet::json {

class value;

enum class value_kind { null, boolean, number, string, array, object };

/// A number exactly as written (core.md 2.7.1: 1.0 stays 1.0). `text` is a valid JSON number.
struct number {
    std::string text;
    bool operator==(const number&) const = default;
};

struct member;
using array = std::vector<value>;
using object = std::vector<member>;

/// A document; the default is null. Deep values are owned, copies are deep.
class value {
public:
    using kind = value_kind;

    value();
    value(bool flag);
    value(std::int64_t integer);
    value(int integer);
    value(number exact);
    value(std::string text);
    value(std::string_view text);
    value(const char* text);
    value(array items);
    value(object members);
    value(const value&);
    value(value&&) noexcept;
    value& operator=(const value&);
    value& operator=(value&&) noexcept;
    ~value();

    [[nodiscard]] kind type() const { return static_cast<kind>(data_.index()); }
    [[nodiscard]] bool is_null() const { return type() == kind::null; }
    [[nodiscard]] bool is_bool() const { return type() == kind::boolean; }
    [[nodiscard]] bool is_number() const { return type() == kind::number; }
    [[nodiscard]] bool is_string() const { return type() == kind::string; }
    [[nodiscard]] bool is_array() const { return type() == kind::array; }
    [[nodiscard]] bool is_object() const { return type() == kind::object; }

    /// The typed content; a bug (std::bad_variant_access) unless type() says so.
    [[nodiscard]] bool as_bool() const { return std::get<bool>(data_); }
    [[nodiscard]] const std::string& number_text() const { return std::get<number>(data_).text; }
    [[nodiscard]] const std::string& as_string() const { return std::get<std::string>(data_); }
    [[nodiscard]] std::string& as_string() { return std::get<std::string>(data_); }
    [[nodiscard]] const array& as_array() const { return std::get<array>(data_); }
    [[nodiscard]] array& as_array() { return std::get<array>(data_); }
    [[nodiscard]] const object& as_object() const { return std::get<object>(data_); }
    [[nodiscard]] object& as_object() { return std::get<object>(data_); }

    /// True when the number is written without fraction and exponent and fits; `out` is left alone otherwise.
    [[nodiscard]] bool to_int64(std::int64_t& out) const;
    [[nodiscard]] double to_double() const;

    /// The member of that name, or nullptr when absent or when this is not an object. The last of duplicates
    /// wins.
    [[nodiscard]] const value* find(std::string_view name) const;
    /// Appends a member (no duplicate check); turns null into an object.
    value& set(std::string name, value content);

    bool operator==(const value&) const;

private:
    std::variant<std::monostate, bool, number, std::string, array, object> data_;
};

struct member {
    std::string name;
    value content;
    bool operator==(const member&) const = default;
};

// Here and not in the class: an object needs a complete member.
inline value::value() = default;
inline value::value(bool flag) : data_(flag) {}
inline value::value(std::int64_t integer) : data_(number{std::to_string(integer)}) {}
inline value::value(int integer) : data_(number{std::to_string(integer)}) {}
inline value::value(number exact) : data_(std::move(exact)) {}
inline value::value(std::string text) : data_(std::move(text)) {}
inline value::value(std::string_view text) : data_(std::string(text)) {}
inline value::value(const char* text) : data_(std::string(text)) {}
inline value::value(array items) : data_(std::move(items)) {}
inline value::value(object members) : data_(std::move(members)) {}
inline value::value(const value&) = default;
inline value::value(value&&) noexcept = default;
inline value& value::operator=(const value&) = default;
inline value& value::operator=(value&&) noexcept = default;
inline value::~value() = default;

} // namespace mockfleet::json
