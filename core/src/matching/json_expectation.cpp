// Comparing a parsed body with the expected document.
#include "matching/json_expectation.hpp"

#include "matching/request_facts.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <cstdint>

namespace mockfleet::matching {
namespace {

using json::body_node;
using json::value_kind;

using item_list = boost::container::small_vector<body_node, 16>;

item_list items_of(const body_node& actual) {
    item_list items;
    actual.each_item([&items](body_node item) {
        items.push_back(item);
        return true;
    });
    return items;
}

/// Maximum matching by augmenting paths: gives every expected item an actual one of its own.
template <class Fits>
class pairing {
public:
    pairing(std::size_t expected, std::size_t actual, Fits fits)
        : expected_(expected), taken_by_(actual, nobody), fits_(std::move(fits)) {}

    [[nodiscard]] bool complete() {
        // In most bodies each item fits where it stands.
        for (std::size_t i = 0; i < expected_; ++i) {
            if (taken_by_[i] == nobody && fits_(i, i)) {
                taken_by_[i] = i;
                continue;
            }
            visited_.assign(taken_by_.size(), false);
            if (!place(i)) return false;
        }
        return true;
    }

private:
    static constexpr auto nobody = static_cast<std::size_t>(-1);

    bool place(std::size_t expected) {
        for (std::size_t i = 0; i < taken_by_.size(); ++i) {
            if (visited_[i] || !fits_(expected, i)) continue;
            visited_[i] = true;
            if (taken_by_[i] == nobody || place(taken_by_[i])) {
                taken_by_[i] = expected;
                return true;
            }
        }
        return false;
    }

    std::size_t expected_;
    boost::container::small_vector<std::size_t, 16> taken_by_;
    boost::container::small_vector<bool, 16> visited_;
    Fits fits_;
};

} // namespace

const json_expectation::node* json_expectation::node::find(std::string_view wanted) const {
    const auto at =
        std::lower_bound(children.begin(), children.end(), wanted,
                         [](const node& one, std::string_view sought) { return one.name < sought; });
    return at != children.end() && at->name == wanted ? &*at : nullptr;
}

json_expectation::node json_expectation::compile_string(std::string_view text) {
    node out;
    out.type = kind::string;
    out.text = text;
    if (!text.starts_with("${json-unit.") && !text.starts_with("#{json-unit.")) return out;
    const auto end = text.find('}');
    if (end == std::string_view::npos) return out;
    const auto word = text.substr(12, end - 12);
    const auto rest = text.substr(end + 1);
    if (word == "regex") {
        out.type = kind::expression;
        // Unlike other patterns it minds case, and its dot no line ends.
        out.pattern = text_pattern("(?-is)" + std::string(rest));
    } else if (!rest.empty()) {
        return out;
    } else if (word == "ignore") {
        out.type = kind::anything;
    } else if (word == "ignore-element") {
        out.type = kind::any_or_missing;
    } else if (word == "any-string") {
        out.type = kind::any_string;
    } else if (word == "any-number") {
        out.type = kind::any_number;
    } else if (word == "any-boolean") {
        out.type = kind::any_boolean;
    }
    return out;
}

json_expectation::node json_expectation::compile(const json::value& document) {
    node out;
    switch (document.type()) {
    case value_kind::null:
        break;
    case value_kind::boolean:
        out.type = kind::boolean;
        out.flag = document.as_bool();
        break;
    case value_kind::number:
        out.type = kind::number;
        out.text = document.number_text();
        break;
    case value_kind::string:
        return compile_string(document.as_string());
    case value_kind::array:
        out.type = kind::array;
        for (const auto& item : document.as_array())
            out.children.push_back(compile(item));
        break;
    case value_kind::object:
        out.type = kind::object;
        for (const auto& [name, content] : document.as_object()) {
            auto child = compile(content);
            child.name = name;
            out.children.push_back(std::move(child));
        }
        std::stable_sort(out.children.begin(), out.children.end(),
                         [](const node& left, const node& right) { return left.name < right.name; });
        break;
    }
    return out;
}

void json_expectation::bind_numbers(node& wanted) {
    if (wanted.type == kind::number) wanted.number = json::numeric_of(wanted.text);
    for (auto& child : wanted.children)
        bind_numbers(child);
}

bool json_expectation::field_wise(const node& wanted) {
    if (wanted.type > kind::object || wanted.type == kind::array) return false;
    if (wanted.children.size() > json::field_tree::most_fields) return false;
    return std::all_of(wanted.children.begin(), wanted.children.end(), field_wise);
}

json::field_tree json_expectation::tree_of(const node& wanted) {
    json::field_tree out;
    out.name = wanted.name;
    out.kind = static_cast<value_kind>(wanted.type);
    out.flag = wanted.flag;
    out.text = wanted.text;
    for (const auto& child : wanted.children)
        out.fields.push_back(tree_of(child));
    return out;
}

json_expectation::json_expectation(const json::value& document, options chosen)
    : root_(compile(document)), chosen_(chosen) {
    bind_numbers(root_);
    const bool plain = !chosen.strict && !chosen.match_numbers_as_strings;
    if (plain && root_.type == kind::object && field_wise(root_)) {
        fields_ = tree_of(root_);
        json::bind_numbers(*fields_);
    }
}

bool json_expectation::matches(request_facts& request) const {
    if (fields_) return request.body_has_fields(*fields_);
    const auto* actual = request.body_json();
    return actual != nullptr && matches(*actual);
}

bool json_expectation::matches(const body_node& actual) const {
    return fields_ ? actual.holds(*fields_) : matches_node(root_, actual);
}

bool json_expectation::matches_node(const node& wanted, const body_node& actual) const {
    const auto type = actual.type();
    switch (wanted.type) {
    case kind::null:
        return type == value_kind::null;
    case kind::boolean:
        return type == value_kind::boolean && actual.as_bool() == wanted.flag;
    case kind::number:
        if (type != value_kind::number) return false;
        return chosen_.match_numbers_as_strings ? json::equal_value(actual.as_number(), wanted.number)
                                                : json::same_number(actual.as_number(), wanted.number);
    case kind::string:
        return type == value_kind::string && actual.as_string() == wanted.text;
    case kind::array:
        if (type != value_kind::array) return false;
        return chosen_.strict ? matches_list(wanted, actual) : matches_any_order(wanted, actual);
    case kind::object:
        return type == value_kind::object && matches_object(wanted, actual);
    case kind::anything:
    case kind::any_or_missing:
        return true;
    case kind::any_string:
        return type == value_kind::string;
    case kind::any_number:
        return type == value_kind::number;
    case kind::any_boolean:
        return type == value_kind::boolean;
    case kind::expression:
        return type == value_kind::string && wanted.pattern.matches(actual.as_string());
    }
    return false;
}

bool json_expectation::matches_object(const node& wanted, const body_node& actual) const {
    for (const auto& child : wanted.children) {
        body_node content;
        if (!actual.find(child.name, content)) {
            if (child.type != kind::any_or_missing) return false;
        } else if (!matches_node(child, content)) {
            return false;
        }
    }
    if (!chosen_.strict) return true;
    return actual.each_member(
        [&wanted](std::string_view name, const body_node&) { return wanted.find(name) != nullptr; });
}

bool json_expectation::matches_list(const node& wanted, const body_node& actual) const {
    std::size_t index = 0;
    const bool fits = actual.each_item([&](const body_node& item) {
        return index < wanted.children.size() && matches_node(wanted.children[index++], item);
    });
    return fits && index == wanted.children.size();
}

bool json_expectation::matches_any_order(const node& wanted, const body_node& actual) const {
    if (wanted.children.empty()) return true;
    const auto items = items_of(actual);
    if (items.size() < wanted.children.size()) return false;
    pairing pairs(wanted.children.size(), items.size(), [&](std::size_t expected, std::size_t found) {
        return matches_node(wanted.children[expected], items[found]);
    });
    return pairs.complete();
}

} // namespace mockfleet::matching
