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

} // namespace

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

struct body_document::parser {
    dom::parser dom;
};

body_document::body_document() = default;
body_document::~body_document() = default;

void body_document::open(std::string_view text) {
    // What is not UTF-8 is left to parse, which treats it as the original does.
    outline_.assign(simdjson::validate_utf8(text) ? text : std::string_view());
}

bool body_document::parse(std::string_view text) {
    const bool oversized = parser_ && text.size() <= kept_capacity && parser_->dom.capacity() > kept_capacity;
    if (!parser_ || oversized) parser_ = std::make_unique<parser>();
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
