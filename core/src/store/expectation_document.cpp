// Writing goes item by item: a document of thousands is never in memory as values.
#include "store/expectation_document.hpp"

#include "model/codec.hpp"
#include "store/checksum.hpp"
#include "store/text_map.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

namespace mockfleet::store {

namespace {

constexpr std::size_t checksum_digits = 16;
constexpr std::int64_t ns_per_ms = 1'000'000;

json::value kept_form(const live_expectation& stored) {
    auto definition = stored.current();
    if (!definition.time_to_live.unlimited)
        definition.time_to_live.end_date_ms = stored.expires_ns / ns_per_ms;
    return model::to_stored_json(definition);
}

bool is_whole(std::string_view line) {
    if (line.size() < checksum_digits + 1 || line[checksum_digits] != ' ') return false;
    std::uint64_t told = 0;
    const auto* const end = line.data() + checksum_digits;
    if (std::from_chars(line.data(), end, told, 16).ptr != end) return false;
    return told == checksum_of(line.substr(checksum_digits + 1));
}

/// False when the record says nothing that this version knows.
bool read_record(const json::value& told, journal_record& out) {
    if (const auto* removed = told.find("remove"); removed != nullptr && removed->is_string()) {
        out.id = removed->as_string();
        return true;
    }
    const auto* put = told.find("put");
    const auto* id = put != nullptr ? put->find("id") : nullptr;
    if (id == nullptr || !id->is_string()) return false;
    out.id = id->as_string();
    out.content = *put;
    return true;
}

/// False, and nothing taken, when a record of it says nothing that this version knows.
bool read_line(std::string_view content, std::vector<journal_record>& out) {
    const auto document = json::read_tolerant(content);
    if (!document) return false;
    const auto before = out.size();
    const auto take = [&out](const json::value& told) { return read_record(told, out.emplace_back()); };
    bool known = true;
    if (document->is_array()) {
        for (const auto& told : document->as_array())
            known = known && take(told);
    } else {
        known = take(*document);
    }
    if (!known) out.resize(before);
    return known;
}

bool is_room(std::string_view text) {
    return text.find_first_not_of('\0') == std::string_view::npos;
}

std::int64_t priority_of(const json::value& item) {
    std::int64_t priority = 0;
    if (const auto* given = item.find("priority")) static_cast<void>(given->to_int64(priority));
    return priority;
}

class document_writer {
public:
    void add(const json::value& item) {
        text_ += text_.empty() ? "[ " : ", ";
        json::pretty_to(text_, item);
    }
    [[nodiscard]] std::string finish() {
        text_ += text_.empty() ? "[]" : " ]";
        return std::move(text_);
    }

private:
    std::string text_;
};

} // namespace

std::string write_document(live_list all, std::int64_t now_ns) {
    std::erase_if(all, [now_ns](const live_pointer& one) { return !one->usable(now_ns); });
    std::sort(all.begin(), all.end(), [](const live_pointer& left, const live_pointer& right) {
        if (left->priority != right->priority) return left->priority > right->priority;
        if (left->order != right->order) return left->order < right->order;
        return left->definition.id < right->definition.id;
    });
    document_writer out;
    for (const auto& one : all)
        out.add(kept_form(*one));
    return out.finish();
}

bool holds_nothing(std::string_view document) {
    return document.find_first_not_of(" \t\r\n[]") == std::string_view::npos;
}

void journal_batch::add(const json::value& record) {
    records_ += records_.empty() ? '[' : ',';
    records_ += json::compact(record);
}

void journal_batch::put(const live_expectation& stored) {
    json::value record;
    record.set("put", kept_form(stored));
    add(record);
}

void journal_batch::remove(std::string_view id) {
    json::value record;
    record.set("remove", id);
    add(record);
}

std::string journal_batch::line() const {
    const auto content = records_ + ']';
    char digits[checksum_digits + 1];
    std::snprintf(digits, sizeof(digits), "%016llx", static_cast<unsigned long long>(checksum_of(content)));
    std::string text(digits, checksum_digits);
    text += ' ';
    text += content;
    text += '\n';
    return text;
}

journal_content read_journal(std::string_view text) {
    journal_content read;
    while (!text.empty()) {
        if (text.front() == '\0' && is_room(text)) break;
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (end == std::string_view::npos || !is_whole(line))
            read.torn = true;
        else if (read.torn)
            read.damaged = true;
        else
            read.torn = !read_line(line.substr(checksum_digits + 1), read.records);
    }
    return read;
}

std::vector<json::value> replay(std::vector<json::value> items, std::vector<journal_record> records) {
    text_map<std::size_t> places;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (const auto* id = items[i].find("id"); id != nullptr && id->is_string())
            places.insert_or_assign(id->as_string(), i);
    }
    std::vector<bool> gone(items.size(), false);
    for (auto& record : records) {
        const auto known = places.find(record.id);
        if (record.content.is_null()) {
            if (known == places.end()) continue;
            gone[known->second] = true;
            places.erase(known);
        } else if (known != places.end()) {
            items[known->second] = std::move(record.content);
        } else {
            places.emplace(std::move(record.id), items.size());
            items.push_back(std::move(record.content));
            gone.push_back(false);
        }
    }
    std::vector<json::value> left;
    left.reserve(places.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!gone[i]) left.push_back(std::move(items[i]));
    }
    std::stable_sort(left.begin(), left.end(), [](const json::value& one, const json::value& other) {
        return priority_of(one) > priority_of(other);
    });
    return left;
}

std::string write_items(const std::vector<json::value>& items) {
    document_writer out;
    for (const auto& one : items)
        out.add(one);
    return out.finish();
}

} // namespace mockfleet::store
