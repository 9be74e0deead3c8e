// Three places where a rule can be, by what its path requires, and the merge of their candidates in the order
// of trial.
#include "matching/rule_index.hpp"

#include "matching/candidate_list.hpp"
#include "matching/candidate_table.hpp"
#include "matching/gram_index.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace mockfleet::matching {

struct rule_index::tables {
    candidate_table literals; ///< by path; regular expressions are here too if they are in `grams`: they
                              ///< match their own text
    gram_index grams;
    candidate_list residual; ///< tried with every request
    std::size_t size = 0;
};

namespace {

std::uint64_t key_of(std::string_view lower_path) {
    return std::hash<std::string_view>()(lower_path);
}

enum class place { literal, gram, residual };

place place_of(const text_pattern* path) {
    if (path == nullptr || path->blank()) return place::residual;
    if (path->literal()) return place::literal;
    return gram_index::indexable(*path) ? place::gram : place::residual;
}

/// Kept per thread for its memory.
struct scratch {
    gram_index::found_grams grams;
    std::vector<candidate_cursor> cursors;
};

} // namespace

rule_index::rule_index() : tables_(std::make_unique<tables>()) {}

rule_index::~rule_index() = default;

void rule_index::add(const rule* added) {
    const candidate entry(added);
    const auto* path = added->matcher.indexable_path();
    ++tables_->size;
    switch (place_of(path)) {
    case place::gram:
        tables_->grams.insert(*path, entry);
        [[fallthrough]];
    case place::literal:
        tables_->literals.insert(key_of(path->lower()), entry);
        break;
    case place::residual:
        tables_->residual.insert(entry);
    }
}

void rule_index::remove(const rule* removed) {
    const candidate entry(removed);
    const auto* path = removed->matcher.indexable_path();
    bool found = false;
    switch (place_of(path)) {
    case place::gram:
        tables_->grams.erase(*path, entry);
        [[fallthrough]];
    case place::literal:
        found = tables_->literals.erase(key_of(path->lower()), entry) != candidate_table::removal::not_found;
        break;
    case place::residual:
        found = tables_->residual.erase(entry);
    }
    if (found) --tables_->size;
}

void rule_index::clear() {
    tables_->literals.clear();
    tables_->grams.clear();
    tables_->residual.clear();
    tables_->size = 0;
}

std::size_t rule_index::size() const {
    return tables_->size;
}

const rule* rule_index::first_match(request_facts& request, void* context, admit_function admit) const {
    thread_local scratch memory;
    auto& cursors = memory.cursors;
    cursors.clear();

    const auto collect = [&](const candidate_cursor& found) { cursors.push_back(found); };
    if (tables_->literals.size() != 0) {
        const auto path = request.lower_path();
        const auto key = key_of(path);
        tables_->literals.prefetch(key);
        tables_->grams.search(path, memory.grams, collect);
        tables_->literals.find(key, 0, collect);
    }
    if (!tables_->residual.empty()) collect(candidate_cursor(tables_->residual, 0));

    const auto accepted = [&](const rule* one) {
        return one->matcher.matches(request) && admit(context, *one);
    };
    const auto later = [](const candidate_cursor& left, const candidate_cursor& right) {
        return right.current().before(left.current());
    };
    if (cursors.size() > 1) std::make_heap(cursors.begin(), cursors.end(), later);
    const rule* previous = nullptr;
    while (cursors.size() > 1) {
        const auto* subject = cursors.front().current().subject;
        // A regular expression that is its own text is found twice.
        if (subject != previous && accepted(subject)) return subject;
        previous = subject;
        std::pop_heap(cursors.begin(), cursors.end(), later);
        if (cursors.back().advance())
            std::push_heap(cursors.begin(), cursors.end(), later);
        else
            cursors.pop_back();
    }
    if (cursors.empty()) return nullptr;
    auto& last = cursors.front();
    do {
        const auto* subject = last.current().subject;
        if (subject != previous && accepted(subject)) return subject;
    } while (last.advance());
    return nullptr;
}

} // namespace mockfleet::matching
