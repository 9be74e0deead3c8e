// explain(): every field is compared, not only up to the first that differs.
#include "matching/body_rule.hpp"
#include "matching/compiled_matcher.hpp"
#include "matching/key_values.hpp"
#include "matching/match_texts.hpp"
#include "matching/path_template.hpp"

namespace mockfleet::matching {
namespace {

void explain_text(const text_rule& rule, std::string_view field, std::string_view text,
                  std::vector<difference>& out) {
    if (rule.matches(text)) return;
    difference found{std::string(field), {}};
    if (!rule.base_matches(text)) found.reasons.push_back(pattern_mismatch(rule.shown(), text));
    out.push_back(std::move(found));
}

void explain_map(const key_values& rules, std::span<const name_value> entries, map_kind kind,
                 std::string_view field, std::vector<difference>& out) {
    if (rules.matches(entries)) return;
    difference found{std::string(field), {}};
    explain_key_values(rules, entries, kind, true, found.reasons);
    out.push_back(std::move(found));
}

void explain_flag(std::optional<bool> wanted, bool actual, std::string_view field,
                  std::vector<difference>& out) {
    if (!wanted || *wanted == actual) return;
    const auto shown = [](bool flag) { return flag ? "true" : "false"; };
    out.push_back({std::string(field), {mismatch_text("boolean match", shown(*wanted), shown(actual))}});
}

std::string_view shown_protocol(model::protocol version) {
    switch (version) {
    case model::protocol::http_1_1:
        return "HTTP_1_1";
    case model::protocol::http_2:
        return "HTTP_2";
    case model::protocol::http_3:
        return "HTTP_3";
    }
    return {};
}

std::string counted_parts(std::string_view path) {
    const auto count = path_template::part_count_of(path);
    return std::string(path) + " has " + std::to_string(count) + (count == 1 ? " part" : " parts");
}

/// False: the parts differ in number, so there are no parameters to look at.
bool explain_path(const matcher_parts& rules, request_facts& request, std::vector<difference>& out) {
    const auto path = request.request().path;
    explain_text(rules.path, "path", path, out);
    if (!rules.path_parameters || rules.path_parameters->same_part_count(path)) return true;
    if (rules.path.matches(path)) {
        out.push_back({"path",
                       {"  expected path " + counted_parts(rules.path_parameters->text()) + " but path " +
                        counted_parts(path) + "\n"}});
    }
    return false;
}

} // namespace

std::vector<difference> compiled_matcher::explain(request_facts& request) const {
    std::vector<difference> out;
    if (!parts_.given) return out;
    const auto& actual = request.request();
    explain_text(parts_.method, "method", actual.method, out);
    const bool same_parts = explain_path(parts_, request, out);
    if (parts_.body && !parts_.body->matches(request)) out.push_back({"body", parts_.body->explain(request)});
    if (parts_.headers && !parts_.headers->matches(actual.headers)) {
        std::vector<name_value> entries;
        for (const auto& header : actual.headers)
            entries.push_back({header.name, header.value});
        explain_map(*parts_.headers, entries, map_kind::multi, "headers", out);
    }
    if (parts_.cookies) explain_map(*parts_.cookies, request.cookies(), map_kind::single, "cookies", out);
    if (parts_.path_parameters) {
        auto& found = request.scratch();
        found.clear();
        if (same_parts) parts_.path_parameters->extract(actual.path, found);
        if (!parts_.path_parameters->parameters().matches(found)) {
            out.push_back({"pathParameters", {}});
            explain_key_values(parts_.path_parameters->parameters(), found, map_kind::multi, false,
                               out.back().reasons);
        }
    }
    if (parts_.query) {
        explain_map(*parts_.query, parts_.query->split(request.query(), request.scratch()), map_kind::multi,
                    "queryParameters", out);
    }
    explain_flag(parts_.keep_alive, actual.keep_alive, "keepAlive", out);
    explain_flag(parts_.secure, actual.secure, "secure", out);
    if (parts_.version && *parts_.version != actual.version) {
        out.push_back({"protocol",
                       {mismatch_text("exact string match", shown_protocol(*parts_.version),
                                      shown_protocol(actual.version))}});
    }
    return out;
}

} // namespace mockfleet::matching
