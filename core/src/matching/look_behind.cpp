// Java's estimate of how long a look-behind can be, 32-bit overflow included: it decides which look-behinds
// compile.
#include "matching/java_parser.hpp"

namespace mockfleet::matching {
namespace {

using kind_type = pattern_node::kind_type;
using group_type = pattern_node::group_type;
using greed_type = pattern_node::greed_type;

/// An alternation starts counting anew behind it and adds what came before in the end, unchecked: `before`.
struct estimate {
    std::int32_t longest = 0;
    std::int32_t before = 0;
    bool valid = true;
    bool deterministic = true;
};

std::int32_t sum(std::int32_t left, std::int32_t right) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(left) + static_cast<std::uint32_t>(right));
}

std::int32_t product(std::int32_t left, std::int32_t right) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(left) * static_cast<std::uint32_t>(right));
}

void study(const pattern_node& node, estimate& found);

estimate study_apart(const pattern_node& node) {
    estimate found;
    study(node, found);
    found.longest = sum(found.longest, found.before);
    return found;
}

/// `longest` is that of the longest alternative.
void pass_alternation(estimate& found, std::int32_t longest) {
    found.before = sum(sum(found.before, found.longest), longest);
    found.longest = 0;
    found.deterministic = false;
}

void study_repeat(const pattern_node& node, estimate& found) {
    const pattern_node& body = node.children.front();
    const bool grouped = body.kind == kind_type::group &&
                         (body.group == group_type::plain || body.group == group_type::capturing);
    const bool single =
        body.kind == kind_type::set || (body.kind == kind_type::literal && body.text.size() == 1);
    if (node.minimum == 0 && node.maximum == 1) {
        if (grouped && node.greed != greed_type::possessive) {
            const estimate inner = study_apart(body);
            found.valid = found.valid && inner.valid;
            pass_alternation(found, inner.longest);
            return;
        }
        study(body, found);
        found.deterministic = false;
        return;
    }
    if (single && node.maximum == pattern_node::unlimited && node.minimum <= 1 &&
        node.greed == greed_type::greedy) {
        found.longest = sum(found.longest, static_cast<std::int32_t>(pattern_node::unlimited));
        found.deterministic = false;
        return;
    }
    const estimate inner = study_apart(body);
    if (grouped && node.greed != greed_type::possessive && !inner.deterministic) {
        found.valid = false;
        found.deterministic = false;
        return;
    }
    if (found.valid && inner.valid) {
        const std::int32_t before = found.longest;
        found.longest = sum(product(inner.longest, static_cast<std::int32_t>(node.maximum)), before);
        if (found.longest < before) found.valid = false;
    } else {
        found.valid = false;
    }
    found.deterministic = found.deterministic && inner.deterministic && node.minimum == node.maximum;
}

void study(const pattern_node& node, estimate& found) {
    switch (node.kind) {
    case kind_type::literal:
        found.longest = sum(found.longest, static_cast<std::int32_t>(node.text.size()));
        return;
    case kind_type::set:
        found.longest = sum(found.longest, 1);
        return;
    case kind_type::line_break:
        found.longest = sum(found.longest, 2);
        return;
    case kind_type::grapheme:
    case kind_type::position:
        return;
    case kind_type::back_reference:
        found.valid = false;
        return;
    case kind_type::sequence:
        for (const pattern_node& child : node.children)
            study(child, found);
        return;
    case kind_type::alternation: {
        std::int32_t longest = 0;
        for (const pattern_node& child : node.children) {
            const estimate inner = study_apart(child);
            longest = inner.longest > longest ? inner.longest : longest;
            found.valid = found.valid && inner.valid;
        }
        pass_alternation(found, longest);
        return;
    }
    case kind_type::group:
        if (node.group == group_type::plain || node.group == group_type::capturing)
            study(node.children.front(), found);
        if (node.group == group_type::atomic) {
            study(node.children.front(), found);
            found.longest = sum(found.longest, found.before);
            found.before = 0;
        }
        return;
    case kind_type::repeat:
        study_repeat(node, found);
        return;
    }
}

} // namespace

bool has_maximum_length(const pattern_node& body) {
    return study_apart(body).valid;
}

} // namespace mockfleet::matching
