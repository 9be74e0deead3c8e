// The sentences of json_expectation for people.
#include "matching/json_expectation.hpp"
#include "json/writer.hpp"

namespace mockfleet::matching {

using json::body_node;
using json::value_kind;

namespace {

std::string member_path(const std::string& path, std::string_view name) {
    return path.empty() ? std::string(name) : path + "." + std::string(name);
}

} // namespace

std::vector<std::string> json_expectation::differences(const body_node& actual) const {
    std::vector<std::string> out;
    explain_node(root_, actual, {}, out);
    return out;
}

json::value json_expectation::shown(const node& wanted) {
    switch (wanted.type) {
    case kind::null:
        return {};
    case kind::boolean:
        return wanted.flag;
    case kind::number:
        return json::number{wanted.text};
    case kind::array: {
        json::array items;
        for (const auto& child : wanted.children)
            items.push_back(shown(child));
        return items;
    }
    case kind::object: {
        json::object members;
        for (const auto& child : wanted.children)
            members.push_back({child.name, shown(child)});
        return members;
    }
    default:
        return wanted.text;
    }
}

void json_expectation::explain_object(const node& wanted, const body_node& actual, const std::string& path,
                                      std::vector<std::string>& out) const {
    for (const auto& child : wanted.children) {
        body_node content;
        if (actual.find(child.name, content)) {
            explain_node(child, content, member_path(path, child.name), out);
        } else if (child.type != kind::any_or_missing) {
            out.push_back("missing element at \"" + member_path(path, child.name) + "\"");
        }
    }
    if (!chosen_.strict) return;
    actual.each_member([&](std::string_view name, const body_node& content) {
        if (wanted.find(name) == nullptr) {
            out.push_back("additional element at \"" + member_path(path, name) +
                          "\" with value: " + json::pretty(content.copy()));
        }
        return true;
    });
}

void json_expectation::explain_node(const node& wanted, const body_node& actual, const std::string& path,
                                    std::vector<std::string>& out) const {
    if (matches_node(wanted, actual)) return;
    if (wanted.type == kind::object && actual.type() == value_kind::object) {
        explain_object(wanted, actual, path, out);
        return;
    }
    if (wanted.type == kind::array && actual.type() == value_kind::array &&
        (chosen_.strict || wanted.children.size() == 1)) {
        std::size_t index = 0;
        actual.each_item([&](const body_node& item) {
            const auto place = path + "[" + std::to_string(index) + "]";
            if (index < wanted.children.size()) {
                explain_node(wanted.children[index], item, place, out);
            } else if (chosen_.strict) {
                out.push_back("additional element at \"" + place +
                              "\" with value: " + json::pretty(item.copy()));
            }
            ++index;
            return true;
        });
        for (; index < wanted.children.size(); ++index)
            out.push_back("missing element at \"" + path + "[" + std::to_string(index) + "]\"");
        return;
    }
    out.push_back("wrong value at \"" + path + "\", expected: " + json::pretty(shown(wanted)) +
                  " but was: " + json::pretty(actual.copy()));
}

} // namespace mockfleet::matching
