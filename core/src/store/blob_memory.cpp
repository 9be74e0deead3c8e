// One map under one lock.
#include "store/blob_memory.hpp"

#include "store/blob_conditions.hpp"

#include <utility>

namespace mockfleet::store {

std::optional<plugin::document> blob_memory::get(std::string_view key) {
    check_blob_key(key);
    const std::lock_guard lock(mutex_);
    const auto found = documents_.find(key);
    if (found == documents_.end()) return std::nullopt;
    return found->second;
}

std::string blob_memory::put(std::string_view key, std::string_view data, std::span<const mf_pair> metadata,
                             mf_blob_condition when) {
    check_blob_key(key);
    plugin::document fresh;
    fresh.data = data;
    for (const auto& pair : metadata)
        fresh.metadata.emplace_back(plugin::view(pair.key), plugin::view(pair.value));
    const std::lock_guard lock(mutex_);
    const auto found = documents_.find(key);
    check_put(when, found == documents_.end() ? nullptr : &found->second.tag);
    fresh.tag = std::to_string(++tags_);
    auto tag = fresh.tag;
    if (found == documents_.end())
        documents_.emplace(std::string(key), std::move(fresh));
    else
        found->second = std::move(fresh);
    return tag;
}

plugin::key_page blob_memory::list(std::string_view prefix, std::string_view after, std::uint32_t limit) {
    plugin::key_page page;
    const std::lock_guard lock(mutex_);
    auto at = after < prefix ? documents_.lower_bound(prefix) : documents_.upper_bound(after);
    for (; at != documents_.end() && at->first.starts_with(prefix); ++at) {
        if (limit != 0 && page.keys.size() == limit) {
            page.more = true;
            break;
        }
        page.keys.push_back(at->first);
    }
    return page;
}

bool blob_memory::remove(std::string_view key, mf_blob_condition when) {
    check_blob_key(key);
    const std::lock_guard lock(mutex_);
    const auto found = documents_.find(key);
    if (!check_remove(when, found == documents_.end() ? nullptr : &found->second.tag)) return false;
    documents_.erase(found);
    return true;
}

} // namespace mockfleet::store
