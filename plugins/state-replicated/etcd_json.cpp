// Writes requests by hand, reads answers with simdjson.
#include "etcd_json.hpp"

#include "base64.hpp"

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

void bytes_field(std::string& to, std::string_view name, std::string_view bytes) {
    text_field(to, name, {});
    to.pop_back();
    append_base64(to, bytes);
    to += '"';
}

void flag_field(std::string& to, std::string_view name) {
    if (to.back() != '{') to += ',';
    to += '"';
    to += name;
    to += "\":true";
}

void comparison_object(std::string& to, const comparison& one) {
    to += '{';
    bytes_field(to, "key", one.key);
    const char* how = one.how == comparison::relation::equal  ? "EQUAL"
                      : one.how == comparison::relation::less ? "LESS"
                                                              : "GREATER";
    text_field(to, "result", how);
    if (one.what == comparison::target::mod_revision) {
        text_field(to, "target", "MOD");
        number_field(to, "mod_revision", one.than);
    } else if (one.what == comparison::target::create_revision) {
        text_field(to, "target", "CREATE");
        number_field(to, "create_revision", one.than);
    } else {
        text_field(to, "target", "VERSION");
        number_field(to, "version", one.than);
    }
    to += '}';
}

void operation_object(std::string& to, const operation& one) {
    switch (one.what) {
    case operation::kind::put:
        to += R"({"request_put":{)";
        bytes_field(to, "key", one.key);
        bytes_field(to, "value", one.value);
        if (one.lease != 0) number_field(to, "lease", static_cast<std::uint64_t>(one.lease));
        break;
    case operation::kind::remove:
        to += R"({"request_delete_range":{)";
        bytes_field(to, "key", one.key);
        if (!one.range_end.empty()) bytes_field(to, "range_end", one.range_end);
        break;
    case operation::kind::range:
        to += R"({"request_range":{)";
        bytes_field(to, "key", one.key);
        if (!one.range_end.empty()) bytes_field(to, "range_end", one.range_end);
        if (one.limit != 0) number_field(to, "limit", one.limit);
        if (one.keys_only) flag_field(to, "keys_only");
        break;
    }
    to += "}}";
}

template <class Items, class Write>
void array_field(std::string& to, std::string_view name, const Items& items, Write write) {
    if (items.empty()) return;
    if (to.back() != '{') to += ',';
    to += '"';
    to += name;
    to += "\":[";
    for (const auto& one : items) {
        if (to.back() != '[') to += ',';
        write(to, one);
    }
    to += ']';
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

bool bytes_in(const object& from, std::string_view name, std::string& to) {
    return decode_base64(text_in(from, name), to);
}

bool entry_of(const object& from, engine_entry& to) {
    to.mod_revision = number_in(from, "mod_revision");
    to.create_revision = number_in(from, "create_revision");
    to.writes = number_in(from, "version");
    to.lease = static_cast<std::int64_t>(number_in(from, "lease"));
    return bytes_in(from, "key", to.key) && bytes_in(from, "value", to.value);
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

bool entries_in(const object& from, std::vector<engine_entry>& to) {
    return each_in(from, "kvs", [&](const object& one) { return entry_of(one, to.emplace_back()); });
}

std::uint64_t revision_in(const object& from) {
    object header;
    return from["header"].get(header) == simdjson::SUCCESS ? number_in(header, "revision") : 0;
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

bool event_of(const object& from, watch_event& to) {
    to.removed = text_in(from, "type") == "DELETE";
    object entry;
    return from["kv"].get(entry) == simdjson::SUCCESS && entry_of(entry, to.entry);
}

} // namespace

std::string encode(const transaction& asked) {
    std::size_t size = 64;
    for (const auto& one : asked.then)
        size += 96 + (one.key.size() + one.value.size()) * 4 / 3;
    std::string text;
    text.reserve(size + asked.when.size() * 128);
    text += '{';
    array_field(text, "compare", asked.when, comparison_object);
    array_field(text, "success", asked.then, operation_object);
    array_field(text, "failure", asked.otherwise, operation_object);
    text += '}';
    return text;
}

std::string encode(const range_request& asked) {
    std::string text = "{";
    bytes_field(text, "key", asked.key);
    if (!asked.range_end.empty()) bytes_field(text, "range_end", asked.range_end);
    if (asked.limit != 0) number_field(text, "limit", asked.limit);
    if (asked.revision != 0) number_field(text, "revision", asked.revision);
    if (!asked.linearizable) flag_field(text, "serializable");
    if (asked.keys_only) flag_field(text, "keys_only");
    text += '}';
    return text;
}

std::string encode_watch(std::string_view prefix, std::uint64_t revision) {
    std::string text = R"({"create_request":{)";
    bytes_field(text, "key", prefix);
    bytes_field(text, "range_end", prefix_end(prefix));
    number_field(text, "start_revision", revision);
    flag_field(text, "fragment");
    text += "}}";
    return text;
}

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

bool decode(simdjson::dom::parser& parser, const std::string& body, transaction_result& to) {
    object fields;
    if (!root(parser, body, fields)) return false;
    to.succeeded = flag_in(fields, "succeeded");
    to.revision = revision_in(fields);
    return each_in(fields, "responses", [&](const object& one) {
        auto& result = to.results.emplace_back();
        object inner;
        if (one["response_range"].get(inner) == simdjson::SUCCESS) {
            result.count = number_in(inner, "count");
            result.more = flag_in(inner, "more");
            return entries_in(inner, result.entries);
        }
        if (one["response_delete_range"].get(inner) == simdjson::SUCCESS)
            result.count = number_in(inner, "deleted");
        return true;
    });
}

bool decode(simdjson::dom::parser& parser, const std::string& body, range_result& to) {
    object fields;
    if (!root(parser, body, fields)) return false;
    to.revision = revision_in(fields);
    to.count = number_in(fields, "count");
    to.more = flag_in(fields, "more");
    return entries_in(fields, to.entries);
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

bool decode(simdjson::dom::parser& parser, const std::string& body, watch_line& to) {
    object fields;
    if (!unwrapped(parser, body, fields)) return false;
    object problem;
    if (fields["error"].get(problem) == simdjson::SUCCESS) {
        to.cancelled = true;
        to.reason = text_in(problem, "message");
        return true;
    }
    to.created = flag_in(fields, "created");
    to.cancelled = flag_in(fields, "canceled");
    to.fragment = flag_in(fields, "fragment");
    to.compacted = number_in(fields, "compact_revision");
    to.reason = text_in(fields, "cancel_reason");
    return each_in(fields, "events",
                   [&](const object& one) { return event_of(one, to.events.emplace_back()); });
}

} // namespace mockfleet::replicated::etcd_json
