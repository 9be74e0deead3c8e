// The JSON text of one request, parsed once and walked by every body matcher that asks for it.
#pragma once

#include "json/field_tree.hpp"
#include "json/numeric.hpp"
#include "json/object_outline.hpp"
#include "json/value.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

namespace mockfleet::json {

/// One value of a body_document; cheap to copy, valid until the document is parsed anew.
class body_node {
public:
    [[nodiscard]] value_kind type() const;
    /// Pre: type() is the one asked for.
    [[nodiscard]] bool as_bool() const;
    [[nodiscard]] std::string_view as_string() const;
    [[nodiscard]] numeric as_number() const;
    [[nodiscard]] std::size_t item_count() const;
    /// The last member of that name of an object; false if there is none.
    [[nodiscard]] bool find(std::string_view name, body_node& out) const;
    /// Does this object have the fields? Of duplicates the last counts.
    [[nodiscard]] bool holds(const field_tree& wanted) const;
    /// Calls `look(name, node)` for the members of an object in order until it answers false; duplicates are
    /// shown as they stand. Answers whether the end was reached.
    template <class Look>
    bool each_member(Look&& look) const {
        return each_member(static_cast<void*>(&look),
                           [](void* context, std::string_view name, body_node node) {
                               return (*static_cast<std::remove_reference_t<Look>*>(context))(name, node);
                           });
    }
    /// The same for the items of an array: `look(node)`.
    template <class Look>
    bool each_item(Look&& look) const {
        return each_item(static_cast<void*>(&look), [](void* context, body_node node) {
            return (*static_cast<std::remove_reference_t<Look>*>(context))(node);
        });
    }
    /// A deep copy; of duplicate members the last wins.
    [[nodiscard]] value copy() const;

private:
    friend class body_document;
    using member_function = bool (*)(void*, std::string_view, body_node);
    using item_function = bool (*)(void*, body_node);
    bool each_member(void* context, member_function look) const;
    bool each_item(void* context, item_function look) const;

    /// An element of the fast parser, or (second word null) a json::value.
    std::array<std::uintptr_t, 2> words_{};
    const value* tree_ = nullptr;
};

/// Reused for request after request; steady state allocates nothing. Not thread-safe.
class body_document {
public:
    body_document();
    ~body_document();
    body_document(const body_document&) = delete;
    body_document& operator=(const body_document&) = delete;

    /// Parses `text`, which at least `padding` readable bytes must follow and which must stay as long as the
    /// nodes are used. What strict JSON refuses gets a second try with the tolerant reader, as the original
    /// reads bodies (core.md 1.1.5). False if it is no JSON at all.
    [[nodiscard]] bool parse(std::string_view text);
    /// Takes a document that was made otherwise.
    void assign(value document);
    /// Pre: the last parse succeeded, or assign.
    [[nodiscard]] body_node root() const { return root_; }

    /// Makes `text` (as for parse) ready to be scanned, instead of parsing it.
    void open(std::string_view text);
    /// Pre: open. As object_outline::holds: many times as fast as parse, and later calls nearly for nothing.
    /// Unsure means that parse has to decide.
    [[nodiscard]] scan_result scan(const field_tree& wanted) { return outline_.holds(wanted); }

    static constexpr std::size_t padding = 64;

private:
    struct parser;

    std::unique_ptr<parser> parser_;
    object_outline outline_;
    value tree_;
    body_node root_;
};

} // namespace mockfleet::json
