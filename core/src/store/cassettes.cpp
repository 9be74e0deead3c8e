// One entry of the state backend and one blob for each cassette.
#include "store/cassettes.hpp"

#include "base/clock.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_set>
#include <utility>

namespace mockfleet::store {

namespace {

constexpr std::string_view folder = "cassettes/";
/// Named, because GCC 12 destroys a default argument of an awaited call twice.
const blob_metadata no_metadata;
const blob_condition always;
constexpr std::int64_t nanoseconds_per_millisecond = 1'000'000;

std::string key_of(std::string_view path) {
    return "/" + std::string(path);
}

/// Keys do not begin with a slash, paths may.
std::string document_of(std::string_view path) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    return std::string(folder) + std::string(path);
}

/// The document of a cassette that a caller names. One rule for all stores: what only some of them take, or
/// what leads out of the folder in some, is refused everywhere.
base::result<std::string> place_of(const std::string& path) {
    constexpr std::size_t longest = 200;
    auto document = document_of(path);
    const auto name = std::string_view(document).substr(folder.size());
    const auto refused = [](std::string_view why) {
        return base::invalid("the path of a cassette " + std::string(why));
    };
    if (name.size() > longest) return refused("must not be longer than 200 bytes");
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
    if (std::any_of(name.begin(), name.end(), is_control)) return refused("must not have control characters");
    auto parts = "/" + std::string(name) + "/";
    std::replace(parts.begin(), parts.end(), '\\', '/');
    if (parts.find("//") != std::string::npos) return refused("must not have empty parts");
    if (parts.find("/../") != std::string::npos || parts.find("/./") != std::string::npos)
        return refused("must not have '.' or '..' among its parts");
    return document;
}

base::error no_place() {
    return base::invalid(
        "cassettes have no place to be kept in: set blobStoreDirectory, or blobStoreType to memory, s3, "
        "gcs or azure");
}

std::string encode(const cassette& one) {
    return json::compact(json::object{{"filename", one.filename},
                                      {"expectationCount", one.expectation_count},
                                      {"origin", one.origin},
                                      {"lastUsed", one.last_used}});
}

std::int64_t number_of(const json::value& document, std::string_view name) {
    const auto* found = document.find(name);
    std::int64_t number = 0;
    if (found == nullptr || !found->is_number()) return number;
    const auto& text = found->number_text();
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string text_of(const json::value& document, std::string_view name) {
    const auto* found = document.find(name);
    return found != nullptr && found->is_string() ? found->as_string() : std::string();
}

cassette decode(const entry& stored) {
    cassette made;
    made.path = stored.key.substr(1);
    const auto document = json::read_tolerant(stored.value);
    if (!document) return made;
    made.filename = text_of(*document, "filename");
    made.expectation_count = number_of(*document, "expectationCount");
    made.origin = text_of(*document, "origin");
    made.last_used = number_of(*document, "lastUsed");
    return made;
}

} // namespace

std::string cassettes::filename_of(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

cassettes::answer<cassette> cassettes::note(cassette one) const {
    one.last_used = base::wall_ns() / nanoseconds_per_millisecond;
    const auto key = key_of(one.path);
    const auto value = encode(one);
    const auto stored = co_await state_.put(space, key, value);
    if (!stored) co_return stored.error();
    co_return one;
}

cassettes::answer<std::vector<cassette>> cassettes::list() const {
    const auto noted = co_await state_.scan_all(space);
    if (!noted) co_return noted.error();
    std::vector<cassette> all;
    std::unordered_set<std::string> known;
    for (const auto& one : *noted) {
        all.push_back(decode(one));
        known.insert(document_of(all.back().path));
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const cassette& a, const cassette& b) { return a.last_used > b.last_used; });
    if (!documents_) co_return all;
    const auto stored = co_await documents_->list_all(folder);
    if (!stored) co_return stored.error();
    for (const auto& key : *stored) {
        if (known.contains(key)) continue;
        cassette one;
        one.path = key.substr(folder.size());
        one.filename = filename_of(one.path);
        one.origin = "stored";
        all.push_back(std::move(one));
    }
    co_return all;
}

cassettes::answer<bool> cassettes::remove(std::string path) const {
    bool stored = false;
    if (documents_) {
        const auto document = place_of(path);
        if (!document) co_return document.error();
        const auto gone = co_await documents_->remove(*document, always);
        if (!gone && gone.error().code != base::errc::not_found) co_return gone.error();
        stored = gone.has_value();
    }
    const auto key = key_of(path);
    const auto removed = co_await state_.remove(space, key);
    if (!removed && removed.error().code != base::errc::not_found) co_return removed.error();
    co_return stored || removed.has_value();
}

cassettes::answer<void> cassettes::clear() const {
    const auto cleared = co_await state_.clear(space);
    if (!cleared) co_return cleared.error();
    co_return base::result<void>();
}

cassettes::answer<void> cassettes::store(std::string path, std::string content) const {
    if (!documents_) co_return no_place();
    const auto key = place_of(path);
    if (!key) co_return key.error();
    const auto stored = co_await documents_->put(*key, content, no_metadata, always);
    if (!stored) co_return stored.error();
    co_return base::result<void>();
}

cassettes::answer<std::string> cassettes::content(std::string path) const {
    if (!documents_) co_return no_place();
    const auto key = place_of(path);
    if (!key) co_return key.error();
    auto found = co_await documents_->get(*key);
    if (!found) co_return found.error();
    co_return std::move(found->data);
}

} // namespace mockfleet::store
