// The one file that includes simdjson.
#include "json/body_document.hpp"

#include "json/reader.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace mockfleet::json {
namespace {

namespace dom = simdjson::dom;

/// A parser that grew for one huge body is not kept for the many small ones after it.
constexpr std::size_t kept_capacity = std::size_t{1} << 20U;

static_assert(sizeof(dom::element) == sizeof(std::array<std::uintptr_t, 2>));
static_assert(std::is_trivially_copyable_v<dom::element>);
static_assert(body_document::padding >= simdjson::SIMDJSON_PADDING);

dom::element element_of(const std::array<std::uintptr_t, 2>& words) {
    return std::bit_cast<dom::element>(words);
}

std::string_view stripped(std::string_view digits) {
    while (digits.size() > 1 && digits.front() == '0')
        digits.remove_prefix(1);
    return digits;
}

double real_of(std::string_view text) {
    return std::strtod(std::string(text).c_str(), nullptr);
}

} // namespace

numeric numeric_of(std::string_view text) {
    numeric out;
    out.negative = text.starts_with('-');
    const auto digits = stripped(text.substr(out.negative ? 1 : 0));
    out.integer = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (!out.integer) {
        out.real = text == "NaN" ? std::numeric_limits<double>::quiet_NaN() : real_of(text);
        return out;
    }
    for (const char digit : digits) {
        const auto next = static_cast<std::uint64_t>(digit - '0');
        if (out.magnitude > (std::numeric_limits<std::uint64_t>::max() - next) / 10) {
            out.magnitude = 0;
            out.digits = digits;
            out.real = real_of(text);
            return out;
        }
        out.magnitude = out.magnitude * 10 + next;
    }
    out.real = out.negative ? -static_cast<double>(out.magnitude) : static_cast<double>(out.magnitude);
    return out;
}

namespace {

bool same_integer(const numeric& left, const numeric& right) {
    if (left.magnitude != right.magnitude || left.digits != right.digits) return false;
    const bool zero = left.magnitude == 0 && left.digits.empty();
    return zero || left.negative == right.negative;
}

} // namespace

bool same_number(const numeric& left, const numeric& right) {
    if (left.integer != right.integer) return false;
    return left.integer ? same_integer(left, right) : left.real == right.real;
}

bool equal_value(const numeric& left, const numeric& right) {
    return left.integer && right.integer ? same_integer(left, right) : left.real == right.real;
}

value_kind body_node::type() const {
    if (tree_ != nullptr) return tree_->type();
    switch (element_of(words_).type()) {
    case dom::element_type::ARRAY:
        return value_kind::array;
    case dom::element_type::OBJECT:
        return value_kind::object;
    case dom::element_type::STRING:
        return value_kind::string;
    case dom::element_type::BOOL:
        return value_kind::boolean;
    case dom::element_type::NULL_VALUE:
        return value_kind::null;
    default:
        return value_kind::number;
    }
}

bool body_node::as_bool() const {
    return tree_ != nullptr ? tree_->as_bool() : element_of(words_).get_bool().value_unsafe();
}

std::string_view body_node::as_string() const {
    return tree_ != nullptr ? std::string_view(tree_->as_string())
                            : element_of(words_).get_string().value_unsafe();
}

namespace {

/// What is known of the wanted fields of one object: one bit each.
class field_states {
public:
    static constexpr std::size_t most = field_tree::most_fields;

    void set(std::size_t index, bool equal) {
        const auto bit = std::uint64_t{1} << index;
        equal_ = equal ? equal_ | bit : equal_ & ~bit;
    }
    [[nodiscard]] bool all_equal(std::size_t count) const {
        return count == 0 || equal_ == ~std::uint64_t{0} >> (most - count);
    }

private:
    std::uint64_t equal_ = 0;
};

bool holds_value(dom::element actual, const field_tree& wanted);

bool holds_fields(dom::object members, const field_tree& wanted) {
    field_states states;
    for (auto at = members.begin(); at != members.end(); ++at) {
        const auto name = at.key();
        for (std::size_t i = 0; i < wanted.fields.size(); ++i) {
            if (wanted.fields[i].name != name) continue;
            states.set(i, holds_value(at.value(), wanted.fields[i]));
            break;
        }
    }
    return states.all_equal(wanted.fields.size());
}

numeric number_of(dom::element element) {
    numeric out;
    switch (element.type()) {
    case dom::element_type::INT64: {
        const auto number = element.get_int64().value_unsafe();
        out.integer = true;
        out.negative = number < 0;
        out.magnitude =
            out.negative ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
        out.real = static_cast<double>(number);
        break;
    }
    case dom::element_type::UINT64:
        out.integer = true;
        out.magnitude = element.get_uint64().value_unsafe();
        out.real = static_cast<double>(out.magnitude);
        break;
    default:
        out.real = element.get_double().value_unsafe();
        out.negative = std::signbit(out.real);
    }
    return out;
}

bool holds_value(dom::element actual, const field_tree& wanted) {
    const auto type = actual.type();
    switch (wanted.kind) {
    case value_kind::object:
        return type == dom::element_type::OBJECT && holds_fields(actual.get_object().value_unsafe(), wanted);
    case value_kind::string:
        return type == dom::element_type::STRING && actual.get_string().value_unsafe() == wanted.text;
    case value_kind::number:
        return (type == dom::element_type::INT64 || type == dom::element_type::UINT64 ||
                type == dom::element_type::DOUBLE) &&
               same_number(number_of(actual), wanted.number);
    case value_kind::boolean:
        return type == dom::element_type::BOOL && actual.get_bool().value_unsafe() == wanted.flag;
    case value_kind::null:
        return type == dom::element_type::NULL_VALUE;
    case value_kind::array:
        break;
    }
    return false;
}

bool holds_value(const value& actual, const field_tree& wanted) {
    if (actual.type() != wanted.kind) return false;
    switch (wanted.kind) {
    case value_kind::object:
        return std::all_of(wanted.fields.begin(), wanted.fields.end(), [&actual](const field_tree& field) {
            const auto* found = actual.find(field.name);
            return found != nullptr && holds_value(*found, field);
        });
    case value_kind::string:
        return actual.as_string() == wanted.text;
    case value_kind::number:
        return same_number(numeric_of(actual.number_text()), wanted.number);
    case value_kind::boolean:
        return actual.as_bool() == wanted.flag;
    default:
        return actual.is_null();
    }
}

} // namespace

bool body_node::holds(const field_tree& wanted) const {
    return tree_ != nullptr ? holds_value(*tree_, wanted) : holds_value(element_of(words_), wanted);
}

numeric body_node::as_number() const {
    return tree_ != nullptr ? numeric_of(tree_->number_text()) : number_of(element_of(words_));
}

std::size_t body_node::item_count() const {
    return tree_ != nullptr ? tree_->as_array().size() : element_of(words_).get_array().value_unsafe().size();
}

bool body_node::find(std::string_view name, body_node& out) const {
    if (tree_ != nullptr) {
        const auto* found = tree_->find(name);
        if (found == nullptr) return false;
        out.words_ = {};
        out.tree_ = found;
        return true;
    }
    bool found = false;
    // A copy, because `out` may be this node.
    const dom::object members = element_of(words_).get_object().value_unsafe();
    for (auto at = members.begin(); at != members.end(); ++at) {
        if (at.key_length() != name.size() || !at.key_equals(name)) continue;
        out.words_ = std::bit_cast<std::array<std::uintptr_t, 2>>(at.value());
        out.tree_ = nullptr;
        found = true;
    }
    return found;
}

bool body_node::each_member(void* context, member_function look) const {
    body_node node;
    if (tree_ != nullptr) {
        for (const auto& [name, content] : tree_->as_object()) {
            node.tree_ = &content;
            if (!look(context, name, node)) return false;
        }
        return true;
    }
    const dom::object members = element_of(words_).get_object().value_unsafe();
    for (auto at = members.begin(); at != members.end(); ++at) {
        node.words_ = std::bit_cast<std::array<std::uintptr_t, 2>>(at.value());
        if (!look(context, at.key(), node)) return false;
    }
    return true;
}

bool body_node::each_item(void* context, item_function look) const {
    body_node node;
    if (tree_ != nullptr) {
        for (const auto& item : tree_->as_array()) {
            node.tree_ = &item;
            if (!look(context, node)) return false;
        }
        return true;
    }
    const dom::array items = element_of(words_).get_array().value_unsafe();
    for (const auto item : items) {
        node.words_ = std::bit_cast<std::array<std::uintptr_t, 2>>(item);
        if (!look(context, node)) return false;
    }
    return true;
}

value body_node::copy() const {
    if (tree_ != nullptr) return *tree_;
    switch (type()) {
    case value_kind::boolean:
        return as_bool();
    case value_kind::string:
        return as_string();
    case value_kind::number:
        return number{simdjson::to_string(element_of(words_))};
    case value_kind::array: {
        array items;
        each_item([&](body_node item) {
            items.push_back(item.copy());
            return true;
        });
        return items;
    }
    case value_kind::object: {
        object members;
        std::unordered_map<std::string_view, std::size_t> places;
        each_member([&](std::string_view name, body_node content) {
            const auto [known, is_new] = places.emplace(name, members.size());
            if (is_new)
                members.push_back({std::string(name), content.copy()});
            else
                members[known->second].content = content.copy();
            return true;
        });
        return members;
    }
    case value_kind::null:
        break;
    }
    return {};
}

namespace {

namespace ondemand = simdjson::ondemand;

simdjson::error_code scan_object(ondemand::object& members, const field_tree& wanted, bool& equal);

simdjson::error_code scan_number(ondemand::value& content, const numeric& wanted, bool& equal) {
    ondemand::number found;
    if (const auto failure = content.get_number().get(found)) return failure;
    numeric number;
    switch (found.get_number_type()) {
    case ondemand::number_type::signed_integer: {
        const auto integer = found.get_int64();
        number.integer = true;
        number.negative = integer < 0;
        number.magnitude =
            number.negative ? 0 - static_cast<std::uint64_t>(integer) : static_cast<std::uint64_t>(integer);
        break;
    }
    case ondemand::number_type::unsigned_integer:
        number.integer = true;
        number.magnitude = found.get_uint64();
        break;
    default:
        number.real = found.get_double();
    }
    equal = same_number(number, wanted);
    return simdjson::SUCCESS;
}

simdjson::error_code scan_value(ondemand::value content, const field_tree& wanted, bool& equal) {
    equal = false;
    ondemand::json_type type{};
    if (const auto failure = content.type().get(type)) return failure;
    switch (wanted.kind) {
    case value_kind::object: {
        if (type != ondemand::json_type::object) return simdjson::SUCCESS;
        ondemand::object members;
        if (const auto failure = content.get_object().get(members)) return failure;
        return scan_object(members, wanted, equal);
    }
    case value_kind::string: {
        if (type != ondemand::json_type::string) return simdjson::SUCCESS;
        std::string_view text;
        const auto failure = content.get_string().get(text);
        equal = text == wanted.text;
        return failure;
    }
    case value_kind::number:
        return type == ondemand::json_type::number ? scan_number(content, wanted.number, equal)
                                                   : simdjson::SUCCESS;
    case value_kind::boolean: {
        if (type != ondemand::json_type::boolean) return simdjson::SUCCESS;
        bool flag = false;
        const auto failure = content.get_bool().get(flag);
        equal = flag == wanted.flag;
        return failure;
    }
    case value_kind::null:
        equal = type == ondemand::json_type::null;
        return simdjson::SUCCESS;
    case value_kind::array:
        break;
    }
    return simdjson::INCORRECT_TYPE;
}

simdjson::error_code scan_object(ondemand::object& members, const field_tree& wanted, bool& equal) {
    field_states states;
    for (auto member : members) {
        std::string_view name;
        if (const auto failure = member.unescaped_key().get(name)) return failure;
        for (std::size_t i = 0; i < wanted.fields.size(); ++i) {
            if (wanted.fields[i].name != name) continue;
            ondemand::value content;
            if (const auto failure = member.value().get(content)) return failure;
            bool same = false;
            if (const auto failure = scan_value(content, wanted.fields[i], same)) return failure;
            states.set(i, same);
            break;
        }
    }
    equal = states.all_equal(wanted.fields.size());
    return simdjson::SUCCESS;
}

} // namespace

void bind_numbers(field_tree& tree) {
    if (tree.kind == value_kind::number) tree.number = numeric_of(tree.text);
    for (auto& field : tree.fields)
        bind_numbers(field);
}

struct body_document::parser {
    dom::parser dom;
    ondemand::parser scanner;
};

body_document::body_document() = default;
body_document::~body_document() = default;

void body_document::make_ready(std::size_t size) {
    const bool oversized = parser_ && size <= kept_capacity &&
                           std::max(parser_->dom.capacity(), parser_->scanner.capacity()) > kept_capacity;
    if (!parser_ || oversized) parser_ = std::make_unique<parser>();
}

scan_result body_document::scan(std::string_view text, const field_tree& wanted) {
    make_ready(text.size());
    ondemand::document found;
    if (parser_->scanner.iterate(text, text.size() + padding).get(found)) return scan_result::unsure;
    ondemand::object members;
    if (found.get_object().get(members)) return scan_result::unsure;
    bool equal = false;
    if (scan_object(members, wanted, equal)) return scan_result::unsure;
    return equal ? scan_result::yes : scan_result::no;
}

bool body_document::parse(std::string_view text) {
    make_ready(text.size());
    dom::element root;
    if (parser_->dom.parse(text.data(), text.size(), false).get(root) == simdjson::SUCCESS) {
        root_.words_ = std::bit_cast<std::array<std::uintptr_t, 2>>(root);
        root_.tree_ = nullptr;
        return true;
    }
    if (parse_tolerant(text, tree_)) return false;
    root_.tree_ = &tree_;
    return true;
}

void body_document::assign(value document) {
    tree_ = std::move(document);
    root_.tree_ = &tree_;
}

} // namespace mockfleet::json
