// The sentences of body_rule for people.
#include "matching/body_rule.hpp"
#include "matching/match_texts.hpp"
#include "matching/request_facts.hpp"
#include "model/base64.hpp"
#include "json/writer.hpp"

namespace mockfleet::matching {
namespace {

std::string binary_text(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "base64:\n  " + model::encode_base64(bytes) + "\nhex:\n  ";
    for (const char c : bytes) {
        out.push_back(digits[static_cast<unsigned char>(c) >> 4U]);
        out.push_back(digits[static_cast<unsigned char>(c) & 15U]);
    }
    return out;
}

} // namespace

void body_rule::explain_json(request_facts& request, std::vector<std::string>& out) const {
    const auto found = request.request().body.empty() ? std::string_view("null") : request.body_text();
    const auto* actual = request.body_json();
    if (actual == nullptr) {
        out.push_back(mismatch_text("json match", source_, found, "the body is no JSON document"));
        return;
    }
    std::string reason;
    for (const auto& one : json_->differences(*actual)) {
        if (!reason.empty()) reason += ",\n";
        reason += one;
    }
    out.push_back(mismatch_text("json match", source_, found, reason));
}

std::vector<std::string> body_rule::explain(request_facts& request) const {
    std::vector<std::string> out;
    if (matches(request) || base_matches(request)) return out;
    switch (kind_) {
    case model::body_kind::string:
        out.push_back(mismatch_text(sub_string_ ? "substring match" : "exact string match", source_,
                                    request.body_text()));
        break;
    case model::body_kind::regex:
        out.push_back(pattern_mismatch(source_, request.body_text()));
        break;
    case model::body_kind::json:
        explain_json(request, out);
        break;
    case model::body_kind::parameters:
        explain_key_values(parameters_, parameters_.split(request.form(), request.scratch()), map_kind::multi,
                           false, out);
        break;
    default:
        out.push_back(mismatch_text("binary match", binary_text(text_), binary_text(request.request().body)));
    }
    return out;
}

} // namespace mockfleet::matching
