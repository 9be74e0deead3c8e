// Writes requests by hand, reads answers with simdjson.
#include "etcd/etcd_json.hpp"

#include <charconv>

namespace mockfleet::replicated::etcd_json {

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

void text_field(std::string& to, std::string_view name, std::string_view value) {
    if (to.back() != '{') to += ',';
    to += '"';
    to += name;
    to += "\":\"";
    to += value;
    to += '"';
}

void number_field(std::string& to, std::string_view name, std::uint64_t value) {
    text_field(to, name, std::to_string(value));
}

void flag_field(std::string& to, std::string_view name) {
    if (to.back() != '{') to += ',';
    to += '"';
    to += name;
    to += "\":true";
}

std::uint64_t number_of(const element& from) {
    std::string_view digits;
    std::uint64_t number = 0;
    if (from.get(number) == simdjson::SUCCESS) return number;
    if (from.get(digits) != simdjson::SUCCESS) return 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

std::uint64_t number_in(const object& from, std::string_view name) {
    element found;
    return from[name].get(found) == simdjson::SUCCESS ? number_of(found) : 0;
}

std::string_view text_in(const object& from, std::string_view name) {
    std::string_view found;
    if (from[name].get(found) != simdjson::SUCCESS) return {};
    return found;
}

bool flag_in(const object& from, std::string_view name) {
    bool found = false;
    return from[name].get(found) == simdjson::SUCCESS && found;
}

/// Each object of an array that may be missing.
template <class Read>
bool each_in(const object& from, std::string_view name, Read read) {
    simdjson::dom::array found;
    if (from[name].get(found) != simdjson::SUCCESS) return true;
    for (const element one : found) {
        object fields;
        if (one.get(fields) != simdjson::SUCCESS || !read(fields)) return false;
    }
    return true;
}

bool root(simdjson::dom::parser& parser, const std::string& body, object& to) {
    return parser.parse(body).get(to) == simdjson::SUCCESS;
}

/// The gateway wraps answers of streaming calls.
bool unwrapped(simdjson::dom::parser& parser, const std::string& body, object& to) {
    if (!root(parser, body, to)) return false;
    object inner;
    if (to["result"].get(inner) == simdjson::SUCCESS) to = inner;
    return true;
}

engine_member member_of(const object& from) {
    engine_member made;
    made.id = number_in(from, "ID");
    made.name = text_in(from, "name");
    made.learner = flag_in(from, "isLearner");
    const auto urls = [&](std::string_view name, std::vector<std::string>& to) {
        simdjson::dom::array found;
        if (from[name].get(found) != simdjson::SUCCESS) return;
        for (const element one : found) {
            std::string_view url;
            if (one.get(url) == simdjson::SUCCESS) to.emplace_back(url);
        }
    };
    urls("peerURLs", made.peer_urls);
    urls("clientURLs", made.client_urls);
    return made;
}

} // namespace

std::string encode_number(std::string_view name, std::uint64_t number) {
    std::string text = "{";
    number_field(text, name, number);
    text += '}';
    return text;
}

std::string encode_new_member(std::string_view peer_url, bool learner) {
    std::string text = R"({"peerURLs":[")";
    text += peer_url;
    text += "\"]";
    if (learner) flag_field(text, "isLearner");
    text += '}';
    return text;
}

refusal decode_refusal(simdjson::dom::parser& parser, const std::string& body) {
    object fields;
    refusal made;
    if (!root(parser, body, fields)) return made;
    object wrapped; // in a stream: {"error":{"grpc_code":..,"message":..}}
    if (fields["error"].get(wrapped) == simdjson::SUCCESS) fields = wrapped;
    element code;
    if (fields["code"].get(code) == simdjson::SUCCESS || fields["grpc_code"].get(code) == simdjson::SUCCESS) {
        made.grpc = static_cast<int>(number_of(code));
        made.message = text_in(fields, "message");
        if (made.message.empty()) made.message = text_in(fields, "error");
    }
    return made;
}

bool decode(simdjson::dom::parser& parser, const std::string& body, engine_status& to) {
    object fields;
    object header;
    if (!root(parser, body, fields) || fields["header"].get(header) != simdjson::SUCCESS) return false;
    to.cluster_id = number_in(header, "cluster_id");
    to.member_id = number_in(header, "member_id");
    to.revision = number_in(header, "revision");
    to.leader = number_in(fields, "leader");
    to.store_bytes = number_in(fields, "dbSize");
    to.store_bytes_in_use = number_in(fields, "dbSizeInUse");
    to.term = number_in(fields, "raftTerm");
    to.log_index = number_in(fields, "raftIndex");
    to.learner = flag_in(fields, "isLearner");
    to.version = text_in(fields, "version");
    simdjson::dom::array alarms;
    if (fields["errors"].get(alarms) == simdjson::SUCCESS) {
        for (const element one : alarms) {
            std::string_view text;
            if (one.get(text) == simdjson::SUCCESS) to.alarms.emplace_back(text);
        }
    }
    return true;
}

bool decode(simdjson::dom::parser& parser, const std::string& body, std::vector<engine_member>& to) {
    object fields;
    return root(parser, body, fields) && each_in(fields, "members", [&](const object& one) {
               to.push_back(member_of(one));
               return true;
           });
}

bool decode(simdjson::dom::parser& parser, const std::string& body, engine_member& to) {
    object fields;
    object member;
    if (!root(parser, body, fields) || fields["member"].get(member) != simdjson::SUCCESS) return false;
    to = member_of(member);
    return true;
}

bool decode(simdjson::dom::parser& parser, const std::string& body, lease_answer& to) {
    object fields;
    if (!unwrapped(parser, body, fields)) return false;
    to.id = static_cast<std::int64_t>(number_in(fields, "ID"));
    to.seconds = static_cast<std::uint32_t>(number_in(fields, "TTL"));
    return to.id != 0;
}

bool decode(simdjson::dom::parser& parser, const std::string& body, std::vector<alarm>& to) {
    object fields;
    return root(parser, body, fields) && each_in(fields, "alarms", [&](const object& one) {
               to.push_back({number_in(one, "memberID"), std::string(text_in(one, "alarm"))});
               return true;
           });
}

} // namespace mockfleet::replicated::etcd_json
