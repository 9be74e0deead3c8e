// Writing goes item by item: a document of thousands is never in memory as values.
#include "store/expectation_document.hpp"

#include "model/codec.hpp"
#include "store/checksum.hpp"
#include "store/text_map.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace mockfleet::store {

namespace {

constexpr std::size_t digits_size = 16;
constexpr std::int64_t ns_per_ms = 1'000'000;

json::value kept_form(const live_expectation& stored) {
    auto definition = stored.current();
    if (!definition.time_to_live.unlimited)
        definition.time_to_live.end_date_ms = stored.expires_ns / ns_per_ms;
    return model::to_stored_json(definition);
}

bool is_whole(std::string_view line) {
    if (line.size() < digits_size + 1 || line[digits_size] != ' ') return false;
    std::uint64_t told = 0;
    const auto* const end = line.data() + digits_size;
    if (std::from_chars(line.data(), end, told, 16).ptr != end) return false;
    return told == checksum_of(line.substr(digits_size + 1));
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
    std::int64_t order = 0;
    if (const auto* given = told.find("order"); given != nullptr && given->to_int64(order))
        out.order = static_cast<std::uint64_t>(order);
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

struct placed_item {
    json::value content; ///< null: it is gone
    std::int64_t priority;
    std::optional<std::uint64_t> order; ///< nothing: the journal does not say
};

/// A document may hold already what the journal adds again behind it, so of those the order decides; those
/// that the journal does not know are older than all that it adds, and stand rightly to each other.
void put_in_order(std::vector<placed_item>& all) {
    std::stable_sort(all.begin(), all.end(), [](const placed_item& one, const placed_item& other) {
        return one.priority > other.priority;
    });
    for (auto begin = all.begin(); begin != all.end();) {
        const auto end = std::find_if(begin, all.end(), [first = begin->priority](const placed_item& one) {
            return one.priority != first;
        });
        auto told = end;
        while (told != begin && std::prev(told)->order)
            --told;
        std::stable_sort(told, end, [](const placed_item& one, const placed_item& other) {
            return *one.order < *other.order;
        });
        begin = end;
    }
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
    record.set("order", static_cast<std::int64_t>(stored.order));
    add(record);
}

void journal_batch::remove(std::string_view id) {
    json::value record;
    record.set("remove", id);
    add(record);
}

std::string journal_batch::line() const {
    const auto content = records_ + ']';
    auto text = checksum_digits(content);
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
            read.torn = !read_line(line.substr(digits_size + 1), read.records);
    }
    return read;
}

std::vector<json::value> replay(std::vector<json::value> items, std::vector<journal_record> records) {
    std::vector<placed_item> placed;
    placed.reserve(items.size());
    text_map<std::size_t> places;
    for (auto& item : items) {
        if (const auto* id = item.find("id"); id != nullptr && id->is_string())
            places.insert_or_assign(id->as_string(), placed.size());
        placed.push_back({std::move(item), 0, {}});
    }
    for (auto& record : records) {
        const auto known = places.find(record.id);
        if (record.content.is_null()) {
            if (known == places.end()) continue;
            placed[known->second].content = {};
            places.erase(known);
        } else if (known != places.end()) {
            placed[known->second].content = std::move(record.content);
            placed[known->second].order = record.order;
        } else {
            places.emplace(std::move(record.id), placed.size());
            placed.push_back({std::move(record.content), 0, record.order});
        }
    }
    std::erase_if(placed, [](const placed_item& one) { return one.content.is_null(); });
    for (auto& one : placed)
        one.priority = priority_of(one.content);
    put_in_order(placed);
    std::vector<json::value> left;
    left.reserve(placed.size());
    for (auto& one : placed)
        left.push_back(std::move(one.content));
    return left;
}

std::string write_items(const std::vector<json::value>& items) {
    document_writer out;
    for (const auto& one : items)
        out.add(one);
    return out.finish();
}

} // namespace mockfleet::store
