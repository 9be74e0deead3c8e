// Explaining is slow, so of a long log only the newest requests are looked at.
#include "store/failure_text.hpp"

#include "model/charset.hpp"
#include "store/disposition.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mockfleet::store {

namespace {

constexpr std::size_t most_explained = 1000;
constexpr std::size_t most_listed = 3;
constexpr std::size_t longest_reason = 500;

struct field_name {
    std::string_view field;
    std::string_view printed;
    std::string_view block = printed; ///< as the title of a block
};
/// In the order in which they are printed; on the left the names of core.md 3.10.
constexpr std::array field_names{
    field_name{"method", "method"},
    field_name{"path", "path"},
    field_name{"pathParameters", "pathParameters"},
    field_name{"path parameters", "pathParameters"},
    field_name{"query", "queryParameters"},
    field_name{"queryParameters", "queryParameters"},
    field_name{"queryStringParameters", "queryParameters"},
    field_name{"cookies", "cookies"},
    field_name{"headers", "headers"},
    field_name{"body", "body"},
    field_name{"secure", "secure"},
    field_name{"protocol", "protocol"},
    field_name{"keepAlive", "keep-alive"},
    field_name{"keep-alive", "keep-alive"},
    field_name{"response status", "response status", "operation"},
    field_name{"response cookies", "response cookies", "cookies"},
    field_name{"response headers", "response headers", "headers"},
    field_name{"response body", "response body", "body"},
};

std::size_t rank_of(std::string_view field) {
    const auto* found = std::find_if(field_names.begin(), field_names.end(),
                                     [field](const field_name& one) { return one.field == field; });
    return static_cast<std::size_t>(found - field_names.begin());
}

std::string_view printed(std::string_view field) {
    const auto rank = rank_of(field);
    return rank < field_names.size() ? field_names[rank].printed : field;
}

std::string_view title_of(std::string_view field) {
    const auto rank = rank_of(field);
    return rank < field_names.size() ? field_names[rank].block : field;
}

/// One line, of bounded length.
std::string folded(std::string_view reason) {
    while (reason.starts_with(' ') || reason.starts_with('\n'))
        reason.remove_prefix(1);
    std::string line(reason);
    std::replace(line.begin(), line.end(), '\n', ' ');
    // The two blanks that the original has in front count towards its limit.
    if (line.size() + 2 > longest_reason) {
        line.resize(longest_reason - 2);
        line += "...[truncated]";
    }
    return line;
}

} // namespace

std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural) {
    std::string text = std::to_string(number);
    text += ' ';
    text += number == 1 ? singular : plural;
    return text;
}

std::vector<matching::difference> difference_report::differences(std::size_t position, exchange_facts& facts,
                                                                 recorded_exchange& made) const {
    snapshot_.read(recorded_[position], made);
    auto found = expected_.explain(made, facts);
    std::erase_if(found, [](const matching::difference& one) { return one.reasons.empty(); });
    return found;
}

std::string difference_report::closest_match() const {
    if (recorded_.empty()) return {};
    exchange_facts facts;
    recorded_exchange made;
    snapshot_.read(recorded_.front(), made);
    const bool of_response = expected_.response().has_value();
    auto found = of_response ? expected_.explain_response(made, facts) : expected_.explain(made, facts);
    // Of a request the original stops at the first field that fails; it has nothing to say about a negated
    // one.
    if (!of_response && found.size() > 1) found.resize(1);
    std::erase_if(found, [](const matching::difference& one) { return one.reasons.empty(); });
    if (found.empty()) return {};
    std::string text = "\n\nclosest match diff:\n";
    for (const auto& one : found) {
        text += "  ";
        text += title_of(one.field);
        text += ":\n";
        for (const auto& reason : one.reasons)
            text += "      " + folded(reason) + "\n";
    }
    return text;
}

std::string difference_report::nearest(std::size_t begin) const {
    struct candidate {
        std::size_t position;
        std::vector<matching::difference> fields;
    };
    begin = std::max(begin, recorded_.size() - std::min(recorded_.size(), most_explained));
    std::vector<candidate> candidates;
    exchange_facts facts;
    recorded_exchange made;
    for (auto position = recorded_.size(); position-- > begin;) {
        auto fields = differences(position, facts, made);
        if (fields.empty()) continue;
        // Sorted at all times; the newest first among equals. Only the best few are kept.
        const auto place = std::upper_bound(
            candidates.begin(), candidates.end(), fields.size(),
            [](std::size_t size, const candidate& other) { return size < other.fields.size(); });
        candidates.insert(place, {position, std::move(fields)});
        if (candidates.size() > most_listed) candidates.pop_back();
    }
    std::string text;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        auto& [position, fields] = candidates[i];
        std::stable_sort(fields.begin(), fields.end(),
                         [](const matching::difference& left, const matching::difference& right) {
                             return rank_of(left.field) < rank_of(right.field);
                         });
        snapshot_.read(recorded_[position], made);
        text += "    " + std::to_string(i + 1) + ". ";
        text += made.request.method;
        text += ' ';
        text += model::head_text(made.request.path);
        if (expected_.response()) text += " returned " + std::to_string(verifiable_status(made));
        text += " differs in: ";
        for (std::size_t j = 0; j < fields.size(); ++j) {
            if (j != 0) text += ", ";
            text += printed(fields[j].field);
        }
        text += '\n';
    }
    return text;
}

} // namespace mockfleet::store
