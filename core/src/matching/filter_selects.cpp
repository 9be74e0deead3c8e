// A filter looks at the matcher of an expectation as if it were a request with marked texts (core.md 3.11).
#include "matching/body_rule.hpp"
#include "matching/compiled_matcher.hpp"
#include "matching/key_values.hpp"
#include "matching/path_template.hpp"

namespace mockfleet::matching {
namespace {

/// A method or path left out of the expectation is selected by any filter.
bool selects_text(const text_rule& rule, const model::text_matcher& text) {
    if (rule.pattern().blank() || text.blank()) return true;
    return rule.matches(actual_text{text.value, text.negated});
}

bool selects_map(const key_values* rules, const model::multi_value_map& map) {
    if (rules == nullptr) return true;
    std::vector<marked_entry> entries;
    for (const auto& entry : map.entries) {
        for (const auto& value : entry.values)
            entries.push_back({{entry.name.value, entry.name.negated}, {value.value, value.negated}});
    }
    return rules->matches(entries);
}

bool selects_map(const key_values* rules, const model::single_value_map& map) {
    if (rules == nullptr) return true;
    std::vector<marked_entry> entries;
    for (const auto& entry : map.entries)
        entries.push_back({{entry.name.value, entry.name.negated}, {entry.value.value, entry.value.negated}});
    return rules->matches(entries);
}

template <class Value>
bool selects_value(const std::optional<Value>& wanted, const std::optional<Value>& actual) {
    return !wanted || actual == wanted;
}

/// The path of the expectation is a template of its own when it has path parameters; what it matches is tried
/// both ways.
bool selects_path(const matcher_parts& filter, const model::request_matcher& expectation) {
    const auto& path = expectation.path;
    if (filter.path.pattern().blank() || path.blank()) return true;
    if (expectation.path_parameters.empty()) {
        if (!selects_text(filter.path, path)) return false;
        if (!filter.path_parameters) return true;
        if (!filter.path_parameters->same_part_count(path.value)) return false;
        std::vector<name_value> found;
        filter.path_parameters->extract(path.value, found);
        return filter.path_parameters->parameters().matches(found);
    }
    if (!filter.path.matches(actual_text{path_template::wildcards(path.value), false})) return false;
    if (filter.path_parameters)
        return selects_map(&filter.path_parameters->parameters(), expectation.path_parameters);
    const path_template own(path.value, expectation.path_parameters, direction::control_plane, nullptr);
    const auto concrete = filter.path.pattern().source();
    if (!own.same_part_count(concrete)) return true;
    std::vector<name_value> found;
    own.extract(concrete, found);
    return found.empty() || own.parameters().matches(found);
}

bool selects_parts(const matcher_parts& filter, const model::request_matcher& expectation) {
    if (!selects_text(filter.method, expectation.method) || !selects_path(filter, expectation)) return false;
    if (filter.body && !filter.body->selects(expectation.body ? &*expectation.body : nullptr)) return false;
    return selects_map(filter.headers.get(), expectation.headers) &&
           selects_map(filter.cookies.get(), expectation.cookies) &&
           selects_map(filter.query.get(), expectation.query) &&
           selects_value(filter.keep_alive, expectation.keep_alive) &&
           selects_value(filter.secure, expectation.secure) &&
           selects_value(filter.version, expectation.version);
}

} // namespace

bool filter_selects(const compiled_matcher& filter, const model::request_matcher* expectation) {
    if (!filter.parts_.given) return true;
    const model::request_matcher anything;
    const auto& looked_at = expectation != nullptr ? *expectation : anything;
    return selects_parts(filter.parts_, looked_at) == (filter.parts_.negated == looked_at.negated);
}

} // namespace mockfleet::matching
