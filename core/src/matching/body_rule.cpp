// One way of comparing per kind of body, and the marks around it.
#include "matching/body_rule.hpp"

#include "base/ascii.hpp"
#include "matching/request_facts.hpp"
#include "json/reader.hpp"

namespace mockfleet::matching {

body_rule::body_rule(const model::body& source, direction way, std::vector<std::string>* warnings)
    : kind_(source.kind), way_(way), negated_(source.negated), optional_(source.optional),
      sub_string_(source.sub_string), source_(source.text) {
    switch (kind_) {
    case model::body_kind::string: {
        const auto marked = model::parse_prefixed(source.text);
        text_ = marked.value;
        blank_ = base::is_blank(text_);
        negated_ = negated_ != (marked.negated && !blank_);
        break;
    }
    case model::body_kind::regex: {
        auto marked = model::parse_prefixed(source.text);
        blank_ = base::is_blank(marked.value);
        negated_ = negated_ != (marked.negated && !blank_);
        marked.negated = false;
        pattern_ = text_rule(marked, way, warnings, "body");
        break;
    }
    case model::body_kind::json: {
        blank_ = base::is_blank(source.text) && source.document.is_null();
        if (blank_) break;
        json_ = std::make_unique<json_expectation>(
            source.document, json_expectation::options{source.match_type == model::json_match_type::strict,
                                                       source.match_numbers_as_strings});
        break;
    }
    case model::body_kind::parameters:
        parameters_ = key_values(source.parameters, way, warnings, "body parameter");
        break;
    default:
        text_ = source.text;
        blank_ = text_.empty();
    }
}

bool body_rule::matches(request_facts& request) const {
    if (optional_ && request.request().body.empty()) return true;
    return base_matches(request) != negated_;
}

bool body_rule::text_matches(std::string_view text) const {
    if (sub_string_) return text.find(text_) != std::string_view::npos;
    return text == text_ || (way_ == direction::control_plane && base::equal_ignoring_case(text, text_));
}

bool body_rule::parameters_match(request_facts& request) const {
    return parameters_.matches(parameters_.split(request.form(), request.scratch()));
}

bool body_rule::base_matches(request_facts& request) const {
    if (blank_) return true;
    switch (kind_) {
    case model::body_kind::string:
        return text_matches(request.body_text());
    case model::body_kind::regex:
        return !request.request().body.empty() && pattern_.matches(request.body_text());
    case model::body_kind::json:
        return json_->matches(request);
    case model::body_kind::parameters:
        return parameters_match(request);
    case model::body_kind::binary:
        return request.request().body == text_ ||
               (!text_.empty() && request.request().original_body == text_);
    default:
        return false;
    }
}

bool body_rule::selects(const model::body* expectation) const {
    if (expectation == nullptr && optional_) return true;
    return selects_base(expectation != nullptr ? *expectation : model::body()) != negated_;
}

bool body_rule::selects_base(const model::body& expectation) const {
    if (blank_) return true;
    const auto kind = expectation.kind;
    const bool textual =
        kind == model::body_kind::string || kind == model::body_kind::regex || kind == model::body_kind::json;
    switch (kind_) {
    case model::body_kind::string:
        if (!textual) return false;
        return text_matches(expectation.text) ||
               (kind == model::body_kind::regex &&
                matches_as_expression(expectation.text, text_pattern(text_)));
    case model::body_kind::regex:
        return textual && pattern_.base_matches(expectation.text);
    case model::body_kind::json: {
        if (!textual) return false;
        json::value parsed;
        if (kind == model::body_kind::json) {
            parsed = expectation.document;
        } else if (json::parse_tolerant(expectation.text, parsed)) {
            return false;
        }
        json::body_document document;
        document.assign(std::move(parsed));
        return json_->matches(document.root());
    }
    case model::body_kind::parameters: {
        if (kind != model::body_kind::parameters) return false;
        std::vector<marked_entry> entries;
        for (const auto& entry : expectation.parameters.entries) {
            for (const auto& one : entry.values)
                entries.push_back({{entry.name.value, entry.name.negated}, {one.value, one.negated}});
        }
        return parameters_.matches(entries);
    }
    case model::body_kind::binary:
        return expectation.text == text_;
    default:
        return false;
    }
}

} // namespace mockfleet::matching
