// Compiling a request matcher and asking its parts in the original's order.
#include "matching/compiled_matcher.hpp"

#include "matching/body_rule.hpp"
#include "matching/key_values.hpp"
#include "matching/path_template.hpp"

namespace mockfleet::matching {
namespace {

template <class Map>
std::unique_ptr<const key_values> compile_map(const Map& source, direction way,
                                              std::vector<std::string>* warnings, std::string_view where) {
    auto made = std::make_unique<const key_values>(source, way, warnings, where);
    return made->empty() ? nullptr : std::move(made);
}

/// The usual methods share their patterns: they stay in the cache, whichever expectation is tried.
text_rule compile_method(const model::text_matcher& source, direction way,
                         std::vector<std::string>* warnings) {
    static const text_pattern usual[] = {text_pattern("GET"),    text_pattern("POST"),  text_pattern("PUT"),
                                         text_pattern("DELETE"), text_pattern("PATCH"), text_pattern("HEAD"),
                                         text_pattern("OPTIONS")};
    for (const auto& one : usual)
        if (one.source() == source.value) return {one, source, way};
    return {source, way, warnings, "method"};
}

} // namespace

compiled_matcher::compiled_matcher() = default;
compiled_matcher::~compiled_matcher() = default;
compiled_matcher::compiled_matcher(compiled_matcher&&) noexcept = default;
compiled_matcher& compiled_matcher::operator=(compiled_matcher&&) noexcept = default;

compiled_matcher compiled_matcher::compile(const model::request_matcher* source, direction way,
                                           std::vector<std::string>* warnings) {
    compiled_matcher out;
    if (source == nullptr) return out;
    auto& made = out.parts_;
    made.given = true;
    made.negated = source->negated;
    made.way = way;
    made.method = compile_method(source->method, way, warnings);
    if (!source->path_parameters.empty() && !text_pattern(source->path.value).blank()) {
        made.path_parameters =
            std::make_unique<const path_template>(source->path.value, source->path_parameters, way, warnings);
        // As in the original, a negation of the path is lost when it is a template.
        model::text_matcher wildcards;
        wildcards.value = path_template::wildcards(source->path.value);
        made.path = text_rule(wildcards, way, warnings, "path");
    } else {
        made.path = text_rule(source->path, way, warnings, "path");
    }
    if (source->body) made.body = std::make_unique<const body_rule>(*source->body, way, warnings);
    made.headers = compile_map(source->headers, way, warnings, "header");
    made.cookies = compile_map(source->cookies, way, warnings, "cookie");
    made.query = compile_map(source->query, way, warnings, "query parameter");
    made.keep_alive = source->keep_alive;
    made.secure = source->secure;
    made.version = source->version;
    return out;
}

bool matcher_parts::path_matches(request_facts& request) const {
    const auto& text = request.request().path;
    return path.matches(text, request.lower_path()) &&
           (!path_parameters || path_parameters->same_part_count(text));
}

bool matcher_parts::path_parameters_match(request_facts& request) const {
    auto& found = request.scratch();
    found.clear();
    path_parameters->extract(request.request().path, found);
    return path_parameters->parameters().matches(found);
}

bool matcher_parts::query_matches(request_facts& request) const {
    return query->matches(query->split(request.query(), request.scratch()));
}

bool matcher_parts::all_match(request_facts& request) const {
    const auto& actual = request.request();
    return method.matches(actual.method) && path_matches(request) && (!body || body->matches(request)) &&
           (!headers || headers->matches(actual.headers)) &&
           (!cookies || cookies->matches(request.cookies())) &&
           (!path_parameters || path_parameters_match(request)) && (!query || query_matches(request)) &&
           (!keep_alive || *keep_alive == actual.keep_alive) && (!secure || *secure == actual.secure) &&
           (!version || *version == actual.version);
}

bool compiled_matcher::matches(request_facts& request) const {
    return parts_.all_match(request) != parts_.negated;
}

const text_pattern* compiled_matcher::indexable_path() const {
    if (parts_.negated || parts_.path.negated() || parts_.path.pattern().blank() ||
        parts_.way == direction::control_plane)
        return nullptr;
    return &parts_.path.pattern();
}

} // namespace mockfleet::matching
