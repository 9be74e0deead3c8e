// The JSON document a request body is compared with, compiled once (core.md 3.6).
#pragma once

#include "matching/text_pattern.hpp"
#include "json/body_document.hpp"
#include "json/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

class request_facts;

/// What both match types have in common: integers and decimals are different, decimals compare as doubles,
/// and placeholders such as `${json-unit.any-string}` stand for values. Immutable after construction.
class json_expectation {
public:
    json_expectation(const json_expectation&) = delete;
    json_expectation& operator=(const json_expectation&) = delete;

    struct options {
        bool strict = false;                   ///< no extra fields or items, arrays in order
        bool match_numbers_as_strings = false; ///< 1 = 1.0
    };
    json_expectation(const json::value& document, options chosen);

    /// The request's body is looked through or parsed at most once, whatever the number of expectations.
    [[nodiscard]] bool matches(request_facts& request) const;
    [[nodiscard]] bool matches(const json::body_node& actual) const;

    /// A line per difference, for people.
    [[nodiscard]] std::vector<std::string> differences(const json::body_node& actual) const;

private:
    enum class kind {
        null,
        boolean,
        number,
        string,
        array,
        object,
        anything,
        any_or_missing,
        any_string,
        any_number,
        any_boolean,
        expression,
    };
    struct node {
        kind type = kind::null;
        bool flag = false;
        std::string name; ///< of a member
        std::string text; ///< of a string, or the spelling of a number
        json::numeric number;
        text_pattern pattern;
        std::vector<node> children; ///< of an object sorted by name
        [[nodiscard]] const node* find(std::string_view wanted) const;
    };

    [[nodiscard]] static node compile(const json::value& document);
    [[nodiscard]] static node compile_string(std::string_view text);
    /// Once the nodes have their place: a huge number refers to its own text.
    static void bind_numbers(node& wanted);
    [[nodiscard]] static bool field_wise(const node& wanted);
    [[nodiscard]] static json::field_tree tree_of(const node& wanted);

    [[nodiscard]] bool matches_node(const node& wanted, const json::body_node& actual) const;
    [[nodiscard]] bool matches_object(const node& wanted, const json::body_node& actual) const;
    [[nodiscard]] bool matches_list(const node& wanted, const json::body_node& actual) const;
    [[nodiscard]] bool matches_any_order(const node& wanted, const json::body_node& actual) const;
    void explain_node(const node& wanted, const json::body_node& actual, const std::string& path,
                      std::vector<std::string>& out) const;
    void explain_object(const node& wanted, const json::body_node& actual, const std::string& path,
                        std::vector<std::string>& out) const;
    [[nodiscard]] static json::value shown(const node& wanted);

    node root_;
    options chosen_;
    std::optional<json::field_tree> fields_; ///< the same as root_ when fields are all that counts
};

} // namespace mockfleet::matching
