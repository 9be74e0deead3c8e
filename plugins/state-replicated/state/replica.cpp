// Applies what the watch brings, one revision at a time, and answers reads.
#include "state/replica.hpp"

#include <mockfleet/plugin.hpp>

#include <algorithm>
#include <set>

namespace mockfleet::replicated {

using plugin::slice;
using kind = keyspace::parsed::kind;

namespace {

std::uint64_t mixed(std::uint64_t x) {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

/// FNV-1a: the same on every node and in every program, which std::hash is not.
std::uint64_t bytes_hash(std::string_view bytes, std::uint64_t seed) {
    auto value = 0xcbf29ce484222325ULL ^ seed;
    for (const char c : bytes)
        value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return value;
}

/// Above this many differences the listener is told to read everything instead.
constexpr std::size_t most_differences = 4096;

} // namespace

std::uint64_t replica::hash_of(std::string_view space, std::string_view key, std::uint64_t version) {
    return mixed(bytes_hash(key, mixed(bytes_hash(space, version))));
}

replica_entry replica::entry_of(const item& found) {
    replica_entry one;
    one.bytes = found.bytes;
    one.payload = std::string_view(*found.bytes).substr(found.offset);
    one.version = found.version;
    one.revision = revision_of(found.version);
    one.in_parts = found.in_parts;
    one.foreign = found.foreign;
    one.parts_by = found.parts_by;
    return one;
}

replica_entry replica::find(std::string_view space, std::string_view key) const {
    const std::shared_lock lock(mutex_);
    const auto in = content_.spaces.find(space);
    if (in != content_.spaces.end()) {
        const auto at = in->second.find(key);
        if (at != in->second.end()) return entry_of(at->second);
    }
    replica_entry none;
    if (!removals_.empty()) {
        const auto cleared = cleared_.find(space);
        if (cleared != cleared_.end()) none.revision = cleared->second;
        const auto removed = removed_.find(keys_.entry(space, key));
        if (removed != removed_.end()) none.revision = std::max(none.revision, removed->second);
    }
    return none;
}

std::pair<std::vector<std::pair<std::string, replica_entry>>, bool>
replica::scan(std::string_view space, std::string_view after, std::size_t limit) const {
    std::pair<std::vector<std::pair<std::string, replica_entry>>, bool> page;
    const std::shared_lock lock(mutex_);
    const auto in = content_.spaces.find(space);
    if (in == content_.spaces.end()) return page;
    for (auto at = in->second.upper_bound(after); at != in->second.end(); ++at) {
        if (at->second.foreign) continue;
        if (page.first.size() == limit) {
            page.second = true;
            break;
        }
        page.first.emplace_back(at->first, entry_of(at->second));
    }
    return page;
}

void replica::add_part(content& in, const keyspace::parsed& where, std::string bytes) const {
    auto& loose = in.loose[where.write];
    if (loose.bytes.empty()) {
        loose.since = std::chrono::steady_clock::now();
        loose.prefix = keys_.parts(where.space, where.key, where.write);
    }
    loose.bytes[where.index] = std::move(bytes);
}

replica::item replica::item_of(content& in, engine_entry& entry, std::optional<write_id>& by) const {
    item made;
    const auto found = unseal(entry.value);
    if (!found) {
        made.foreign = true;
        made.version = version_of(entry.mod_revision, 0);
        made.bytes = std::make_shared<const std::string>(std::move(entry.value));
        return made;
    }
    by = found->by;
    made.version = version_of(entry.mod_revision, found->index);
    if (!found->in_parts) {
        const auto length = found->payload.size();
        made.offset = static_cast<std::uint32_t>(entry.value.size() - length);
        made.bytes = std::make_shared<const std::string>(std::move(entry.value));
        return made;
    }
    made.in_parts = true;
    made.parts_by = found->parts_by;
    std::string whole;
    const auto loose = in.loose.find(bytes_of(found->parts_by));
    if (loose != in.loose.end() && loose->second.bytes.size() == found->parts) {
        whole.reserve(found->size);
        for (const auto& [index, bytes] : loose->second.bytes)
            whole += bytes;
        in.loose.erase(loose);
    }
    // Parts are written before their entry and removed after it, so this is a damaged store; the entry stays,
    // and reading it tells.
    made.foreign = whole.size() != found->size;
    made.bytes = std::make_shared<const std::string>(std::move(whole));
    return made;
}

void replica::leave_parts(std::string_view space, std::string_view key, const item& gone) {
    if (!gone.in_parts) return;
    const auto write = bytes_of(gone.parts_by);
    content_.loose[write] = {std::chrono::steady_clock::now(), keys_.parts(space, key, write), {}};
}

std::uint64_t replica::generation(std::string_view space) const {
    const auto found = content_.generations.find(space);
    return found == content_.generations.end() ? 0 : found->second;
}

void replica::apply(std::vector<watch_event> events) {
    for (std::size_t from = 0; from < events.size();) {
        auto to = from;
        const auto revision = events[from].entry.mod_revision;
        while (to < events.size() && events[to].entry.mod_revision == revision)
            ++to;
        // A watch that began again may repeat what was applied.
        if (revision > applied()) apply_revision(events, from, to);
        from = to;
    }
    if (told_.applied) told_.applied(applied());
}

void replica::apply_revision(std::vector<watch_event>& events, std::size_t from, std::size_t to) {
    const auto revision = events[from].entry.mod_revision;
    std::vector<keyspace::parsed> where;
    where.reserve(to - from);
    std::set<std::string, std::less<>> cleared;
    for (auto i = from; i < to; ++i) {
        where.push_back(keys_.parse(events[i].entry.key));
        if (where.back().what == kind::generation && !events[i].removed) cleared.insert(where.back().space);
    }
    std::vector<change> changes;
    std::optional<write_id> by;
    seen_transaction seen;
    std::vector<space_items> gone; // freed after the lock
    {
        const std::unique_lock lock(mutex_);
        for (const auto& space : cleared) {
            changes.push_back({space, {}, 0, true});
            content_.generations[space] = revision;
            cleared_[space] = revision;
            removals_.emplace_back(revision, space);
            const auto in = content_.spaces.find(space);
            seen.cleared[space] = in == content_.spaces.end() ? 0 : in->second.size();
            if (in == content_.spaces.end()) continue;
            for (const auto& [key, one] : in->second) {
                hash_ -= hash_of(space, key, one.version);
                leave_parts(space, key, one);
            }
            gone.push_back(std::move(in->second));
            content_.spaces.erase(in);
        }
        for (auto i = from; i < to; ++i) {
            auto& event = events[i];
            auto& place = where[i - from];
            if (place.what == kind::part) {
                if (!event.removed) add_part(content_, place, std::move(event.entry.value));
                continue;
            }
            if (place.what == kind::mark || place.what == kind::generation) {
                if (event.removed) continue;
                if (const auto seal = unseal(event.entry.value)) by = seal->by;
                continue;
            }
            if (place.what != kind::entry) continue;
            if (event.removed) {
                const auto in = content_.spaces.find(place.space);
                if (in == content_.spaces.end()) continue;
                const auto at = in->second.find(place.key);
                if (at == in->second.end()) continue;
                hash_ -= hash_of(place.space, place.key, at->second.version);
                leave_parts(place.space, place.key, at->second);
                in->second.erase(at);
                if (in->second.empty()) content_.spaces.erase(in);
                removed_[event.entry.key] = revision;
                removals_.emplace_back(revision, event.entry.key);
                seen.removed.push_back(std::move(event.entry.key));
                changes.push_back({std::move(place.space), std::move(place.key), 0, false});
                continue;
            }
            auto made = item_of(content_, event.entry, by);
            auto& at = content_.spaces[place.space][place.key];
            if (at.version != 0) {
                hash_ -= hash_of(place.space, place.key, at.version);
                leave_parts(place.space, place.key, at);
            }
            hash_ += hash_of(place.space, place.key, made.version);
            const auto version = made.version;
            at = std::move(made);
            changes.push_back({std::move(place.space), std::move(place.key), version, false});
        }
        for (auto i = from; i < to; ++i) {
            const auto& place = where[i - from];
            if (place.what == kind::part && events[i].removed) content_.loose.erase(place.write);
        }
    }
    tell(changes);
    for (auto i = from; i < to; ++i) {
        const auto& place = where[i - from];
        if (place.what != kind::member || !told_.member) continue;
        auto& event = events[i];
        told_.member(place.key,
                     event.removed ? std::nullopt : std::optional<engine_entry>(std::move(event.entry)));
    }
    applied_.store(revision, std::memory_order_release);
    if (!by || !told_.written) return;
    seen.by = *by;
    seen.revision = revision;
    told_.written(seen);
}

void replica::tell(const std::vector<change>& changes) {
    if (listener_ == nullptr) return;
    told_events_ += changes.size();
    for (const auto& one : changes) {
        if (one.cleared)
            listener_->cleared(listener_->ctx, slice(one.space));
        else
            listener_->changed(listener_->ctx, slice(one.space), slice(one.key), one.version);
    }
}

void replica::forget_removals(std::uint64_t revision) {
    if (removals_.empty() || removals_.front().first > revision) return;
    const std::unique_lock lock(mutex_);
    while (!removals_.empty() && removals_.front().first <= revision) {
        const auto& [when, name] = removals_.front();
        const auto removed = removed_.find(name);
        if (removed != removed_.end() && removed->second <= revision) removed_.erase(removed);
        const auto cleared = cleared_.find(name);
        if (cleared != cleared_.end() && cleared->second <= revision) cleared_.erase(cleared);
        removals_.pop_front();
    }
}

void replica::begin_copy() {
    copy_ = std::make_unique<content>();
}

void replica::add_to_copy(std::vector<engine_entry> entries) {
    for (auto& entry : entries) {
        auto place = keys_.parse(entry.key);
        if (place.what == kind::member) {
            copy_->members[place.key] = std::move(entry);
        } else if (place.what == kind::generation) {
            copy_->generations[place.space] = entry.mod_revision;
        } else if (place.what == kind::part) {
            add_part(*copy_, place, std::move(entry.value));
        } else if (place.what == kind::entry) {
            std::optional<write_id> by;
            auto made = item_of(*copy_, entry, by);
            copy_->hash += hash_of(place.space, place.key, made.version);
            copy_->spaces[std::move(place.space)][std::move(place.key)] = std::move(made);
        }
    }
}

void replica::end_copy(std::uint64_t revision) {
    std::vector<change> changes;
    std::map<std::string, engine_entry> members;
    {
        const std::unique_lock lock(mutex_);
        const auto differs = [](const space_items* in, const std::string& key, std::uint64_t version) {
            if (in == nullptr) return true;
            const auto at = in->find(key);
            return at == in->end() || at->second.version != version;
        };
        const auto items_of = [](const content& in, const std::string& space) -> const space_items* {
            const auto at = in.spaces.find(space);
            return at == in.spaces.end() ? nullptr : &at->second;
        };
        for (const auto& [space, items] : content_.spaces) {
            const auto* now = items_of(*copy_, space);
            for (const auto& [key, one] : items) {
                if (now == nullptr || !now->contains(key)) changes.push_back({space, key, 0, false});
            }
        }
        const auto removals = changes.size();
        for (const auto& [space, items] : copy_->spaces) {
            const auto* before = items_of(content_, space);
            for (const auto& [key, one] : items) {
                if (differs(before, key, one.version)) changes.push_back({space, key, one.version, false});
            }
        }
        std::sort(changes.begin() + static_cast<std::ptrdiff_t>(removals), changes.end(),
                  [](const change& a, const change& b) { return a.version < b.version; });
        hash_ = copy_->hash;
        members = std::move(copy_->members);
        std::swap(content_, *copy_);
        removed_.clear();
        cleared_.clear();
        removals_.clear();
    }
    copy_.reset();
    if (listener_ != nullptr) {
        if (changes.size() > most_differences)
            ++told_events_, listener_->resync(listener_->ctx);
        else
            tell(changes);
    }
    if (told_.member) {
        // A member that is not in the copy is told as gone by the owner, who knows whom it knew.
        told_.member({}, std::nullopt);
        for (auto& [node, entry] : members)
            told_.member(node, std::move(entry));
    }
    applied_.store(revision, std::memory_order_release);
    if (told_.applied) told_.applied(revision);
}

std::size_t replica::size() const {
    const std::shared_lock lock(mutex_);
    std::size_t count = 0;
    for (const auto& [space, items] : content_.spaces)
        count += items.size();
    return count;
}

std::vector<std::string> replica::orphans(std::chrono::seconds age) const {
    const auto before = std::chrono::steady_clock::now() - age;
    std::vector<std::string> prefixes;
    for (const auto& [write, loose] : content_.loose) {
        if (loose.since < before) prefixes.push_back(loose.prefix);
    }
    return prefixes;
}

} // namespace mockfleet::replicated
