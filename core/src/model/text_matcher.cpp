// Prefix notation of texts (core.md 2.6).
#include "model/text_matcher.hpp"

namespace mockfleet::model {

bool text_matcher::operator==(const text_matcher& other) const {
    if (value != other.value || negated != other.negated || optional != other.optional) return false;
    if (schema == other.schema) return true;
    return schema && other.schema && *schema == *other.schema;
}

text_matcher parse_prefixed(std::string_view text) {
    text_matcher out;
    while (!text.empty()) {
        if (text.front() == '?') {
            out.optional = true;
        } else if (text.front() == '!' && !out.negated) {
            out.negated = true;
        } else {
            out.value = text;
            return out;
        }
        text.remove_prefix(1);
    }
    return {};
}

std::string to_prefixed(const text_matcher& matcher) {
    std::string out;
    if (matcher.optional) out.push_back('?');
    if (matcher.negated) out.push_back('!');
    return out + matcher.value;
}

} // namespace mockfleet::model
