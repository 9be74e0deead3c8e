// A file's own entries are remembered as they were stored, which tells later whether anybody else touched
// them.
#include "store/initialisation.hpp"

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "store/checksum.hpp"
#include "store/durable_file.hpp"
#include "store/file_names.hpp"

#include <cstdio>
#include <filesystem>
#include <system_error>
#include <unordered_set>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

initialisation::initialisation(expectations& target, std::string pattern, own_content is_own)
    : target_(target), pattern_(std::move(pattern)), is_own_(std::move(is_own)) {}

std::string initialisation::made_id(std::string_view path, std::string_view text, std::size_t number) {
    const auto place = checksum_of(std::to_string(number), checksum_of(path));
    const auto high = checksum_of(text, place);
    const auto low = checksum_of(path, checksum_of(text, ~place));
    char id[37];
    std::snprintf(id, sizeof(id), "%08x-%04x-8%03x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                  static_cast<unsigned>(high >> 16 & 0xffff), static_cast<unsigned>(high & 0xfff),
                  static_cast<unsigned>(low >> 48 & 0x3fff) | 0x8000U,
                  static_cast<unsigned long long>(low & 0xffffffffffff));
    return id;
}

bool initialisation::covers(const std::string& path) const {
    if (pattern_.empty()) return false;
    std::error_code failure;
    const auto wanted = std::filesystem::weakly_canonical(path, failure);
    if (failure) return false;
    for (const auto& one : files_of(pattern_)) {
        std::error_code unreadable;
        if (std::filesystem::weakly_canonical(one, unreadable) == wanted && !unreadable) return true;
    }
    return false;
}

void initialisation::tell(const std::string& path, const model::file_problem& problem, outcome& to) {
    const auto place = model::place_of(problem);
    base::log::error("initialization-entry", "an expectation of a file cannot be loaded",
                     {{"file", path}, {"place", place}, {"id", problem.id}, {"error", problem.what}});
    if (to.faulty.empty() || to.faulty.back() != path) to.faulty.push_back(path);
    if (to.first_problem.empty()) to.first_problem = path + ": " + place + ": " + problem.what;
}

std::vector<model::file_entry> initialisation::named(const std::string& path,
                                                     std::vector<model::file_entry> entries) {
    std::unordered_set<std::string> seen;
    std::vector<model::file_entry> kept;
    kept.reserve(entries.size());
    for (auto& one : entries) {
        if (one.content.id.empty()) one.content.id = made_id(path, one.text, one.number);
        if (seen.insert(one.content.id).second) kept.push_back(std::move(one));
    }
    return kept;
}

asio::awaitable<base::result<void>> initialisation::store_entries(file* into,
                                                                  std::vector<model::file_entry> entries) {
    if (entries.empty()) co_return base::result<void>();
    std::vector<model::expectation> posted;
    posted.reserve(entries.size());
    for (auto& one : entries)
        posted.push_back(std::move(one.content));
    const auto stored = co_await target_.upsert(std::move(posted));
    if (!stored) co_return stored.error();
    for (std::size_t i = 0; i < entries.size(); ++i)
        into->entries.insert_or_assign((*stored)[i]->definition.id,
                                       owned{std::move(entries[i].text), (*stored)[i]});
    co_return base::result<void>();
}

asio::awaitable<initialisation::outcome>
initialisation::load(own_files which, std::function<bool(const std::string& path)> is_own, reading read) {
    outcome told;
    const auto paths = files_of(pattern_);
    if (paths.empty()) {
        base::log::warn("initialization-none", "no file matches initializationJsonPath",
                        {{"pattern", pattern_}});
    }
    for (const auto& path : paths) {
        ++told.files;
        const auto text = read ? read(path) : read_whole_file(path);
        if (!text) {
            tell(path, {0, 0, {}, text.error().message}, told);
            continue;
        }
        auto& known = files_[path];
        known.checksum = checksum_of(*text);
        if (which == own_files::skip && is_own(path)) continue;
        auto parsed = model::read_expectation_file(*text);
        for (const auto& problem : parsed.problems)
            tell(path, problem, told);
        auto entries = named(path, std::move(parsed.entries));
        const auto count = entries.size();
        const auto stored = co_await store_entries(&known, std::move(entries));
        if (!stored) {
            tell(path, {0, 0, {}, stored.error().message}, told);
            continue;
        }
        told.stored += count;
        base::log::info("initialization-loaded", "expectations were loaded from a file",
                        {{"file", path}, {"expectations", std::to_string(count)}});
    }
    co_return told;
}

void initialisation::say_what_is_away() {
    for (auto& [path, known] : files_) {
        std::error_code failure;
        const bool away = !std::filesystem::exists(path, failure) && !known.entries.empty();
        if (away && !known.away)
            base::log::warn("initialization-gone",
                            "a watched file is gone: what it held stays until it is back; a file that "
                            "holds [] takes it out",
                            {{"file", path}});
        known.away = away;
    }
}

asio::awaitable<void> initialisation::look_again() {
    say_what_is_away();
    for (const auto& path : files_of(pattern_)) {
        auto text = read_whole_file(path);
        auto& known = files_[path];
        // One that is away, unreadable or empty for a moment, as while it is saved, keeps what it had.
        if (!text || base::is_blank(*text)) continue;
        const auto checksum = checksum_of(*text);
        if (checksum == known.checksum) continue;
        known.checksum = checksum;
        if (is_own_ && is_own_(path, *text)) continue;
        co_await take_over(path, std::move(*text));
    }
}

asio::awaitable<void> initialisation::take_over(std::string path, std::string text) {
    auto& known = files_[path];
    auto parsed = model::read_expectation_file(text);
    if (!parsed.problems.empty()) {
        outcome told;
        for (const auto& problem : parsed.problems)
            tell(path, problem, told);
        base::log::warn("initialization-kept", "a changed file is not wholly good: what it held before stays",
                        {{"file", path}});
        co_return;
    }
    auto entries = named(path, std::move(parsed.entries));
    std::unordered_set<std::string> wanted;
    std::vector<model::file_entry> fresh;
    for (auto& one : entries) {
        wanted.insert(one.content.id);
        const auto mine = known.entries.find(one.content.id);
        // Storing an unchanged one again would start its times and its time to live anew.
        if (mine != known.entries.end() && mine->second.text == one.text && target_.find(one.content.id))
            continue;
        fresh.push_back(std::move(one));
    }
    live_list gone;
    for (auto at = known.entries.begin(); at != known.entries.end();) {
        if (wanted.contains(at->first)) {
            ++at;
            continue;
        }
        const auto stored = target_.find(at->first);
        if (stored && stored->version == at->second.stored->version) gone.push_back(stored);
        at = known.entries.erase(at);
    }
    const auto fresh_count = fresh.size();
    const auto gone_count = gone.size();
    const auto stored = co_await store_entries(&known, std::move(fresh));
    base::result<std::size_t> removed = std::size_t{0};
    if (stored) removed = co_await target_.clear_unchanged(std::move(gone));
    if (!stored || !removed) {
        base::log::error("initialization-failed",
                         "a changed file could not be taken over; its next change "
                         "tries again",
                         {{"file", path}, {"error", (stored ? removed.error() : stored.error()).message}});
        co_return;
    }
    base::log::info(
        "initialization-changed", "a file has changed",
        {{"file", path}, {"stored", std::to_string(fresh_count)}, {"removed", std::to_string(gone_count)}});
}

} // namespace mockfleet::store
