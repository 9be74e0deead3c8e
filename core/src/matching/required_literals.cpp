// Walks the tree in the order of the text and collects what is certain to stand side by side.
#include "matching/required_literals.hpp"

#include "base/utf8.hpp"
#include "matching/unicode_case.hpp"

#include <algorithm>

namespace mockfleet::matching {
namespace {

using kind_type = pattern_node::kind_type;
using group_type = pattern_node::group_type;

constexpr std::size_t longest_run = 255;
constexpr std::uint32_t most_copies = 16;

class collector {
public:
    std::vector<std::string> finish() && {
        end_run();
        std::stable_sort(runs_.begin(), runs_.end(),
                         [](const auto& left, const auto& right) { return left.size() > right.size(); });
        return std::move(runs_);
    }

    void visit(const pattern_node& node) {
        switch (node.kind) {
        case kind_type::literal:
            for (const char32_t code : node.text)
                add(fold_case(code));
            return;
        case kind_type::set:
            visit_set(*node.set);
            return;
        case kind_type::sequence:
            for (const pattern_node& child : node.children)
                visit(child);
            return;
        case kind_type::group:
            // What stands around a look-around is adjacent all the same.
            if (node.group < group_type::ahead) visit(node.children.front());
            return;
        case kind_type::repeat:
            visit_repeat(node);
            return;
        case kind_type::position:
            return;
        case kind_type::alternation:
        case kind_type::line_break:
        case kind_type::grapheme:
        case kind_type::back_reference:
            end_run();
            return;
        }
    }

private:
    void add(char32_t fold) {
        // Malformed text is matched as U+FFFD but keeps its bytes when folded; half a surrogate pair is in no
        // text.
        if (fold == 0xfffd || (fold >= 0xd800 && fold <= 0xdfff)) {
            end_run();
            return;
        }
        if (fold < 0x80)
            run_.push_back(static_cast<char>(fold));
        else
            base::append_utf8(run_, fold);
        if (run_.size() + 4 > longest_run) end_run();
    }

    void end_run() {
        if (!run_.empty()) runs_.push_back(std::move(run_));
        run_.clear();
    }

    void visit_set(const char_class& set) {
        const code_set* codes = set.codes();
        const std::size_t spans = codes != nullptr ? codes->ranges().size() : 0;
        if (spans == 0 || spans > 4) {
            end_run();
            return;
        }
        const char32_t fold = fold_case(codes->ranges().front().first);
        for (const code_set::range& each : codes->ranges()) {
            if (each.last > each.first + 4) {
                end_run();
                return;
            }
            for (char32_t code = each.first; code <= each.last; ++code) {
                if (fold_case(code) != fold) {
                    end_run();
                    return;
                }
            }
        }
        add(fold);
    }

    void visit_repeat(const pattern_node& node) {
        if (node.minimum == 0) {
            end_run();
            return;
        }
        const std::uint32_t copies = std::min(node.minimum, most_copies);
        for (std::uint32_t copy = 0; copy < copies; ++copy)
            visit(node.children.front());
        if (node.maximum == copies) return;
        end_run();
        visit(node.children.front());
    }

    std::string run_;
    std::vector<std::string> runs_;
};

} // namespace

std::vector<std::string> required_literals(const pattern_node& root) {
    collector found;
    found.visit(root);
    return std::move(found).finish();
}

} // namespace mockfleet::matching
