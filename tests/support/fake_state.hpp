// A state backend inside the test: a map, the conditions of state.h, and faults on demand.
#pragma once

#include "plugin/backend.hpp"
#include "plugin/calls.hpp"

#include <mockfleet/state.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace mockfleet::tests {

/// Answers at once, on the caller's thread, unless `elsewhere` is set: then from a thread of its own. The
/// hooks are called without the lock, so they may change the content as another node would.
class fake_state {
public:
    struct content {
        std::string value;
        std::uint64_t version = 0;
    };

    /// Asked before each call with its name and key; anything but MF_OK is answered in its place.
    std::function<mf_status(std::string_view operation, std::string_view key)> before;
    /// Called after each successful write.
    std::function<void(std::string_view operation, std::string_view key)> after;
    /// Called after each change, as a backend's events are; key empty = the space was cleared, version 0 =
    /// removed.
    std::vector<std::function<void(const std::string& space, const std::string& key, std::uint64_t version)>>
        watchers;
    bool elsewhere = false;
    bool clustered = false;
    /// What describe tells of the fleet, beside this node, "fake".
    std::vector<std::string> others;
    std::atomic<bool> coordinates{true};
    std::atomic<bool> describes{true}; ///< false: that fails
    std::atomic<std::uint64_t> revision{0};
    std::uint32_t max_batch = 0;
    std::atomic<int> batches{0};
    std::atomic<int> puts{0};
    std::atomic<int> adds{0};
    std::atomic<std::int32_t> contact{MF_CONTACT_HELD};
    std::atomic<std::uint64_t> settled{0}; ///< events

    explicit fake_state(bool with_batch = true)
        : backend_("state-fake", table(with_batch), handle(), nullptr) {}

    [[nodiscard]] plugin::state_backend& backend() { return backend_; }

    /// From `after`: the write is made, but answered like that.
    void answer_once(mf_status status) { instead_ = status; }

    // What another node, or somebody who looks, would do.

    std::uint64_t write(const std::string& space, const std::string& key, const std::string& value) {
        const std::lock_guard lock(mutex_);
        entries_[{space, key}] = {value, ++version_};
        return version_;
    }
    void erase(const std::string& space, const std::string& key) {
        const std::lock_guard lock(mutex_);
        entries_.erase({space, key});
    }
    [[nodiscard]] content read(const std::string& space, const std::string& key) {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find({space, key});
        return found == entries_.end() ? content{} : found->second;
    }
    [[nodiscard]] std::size_t size() {
        const std::lock_guard lock(mutex_);
        return entries_.size();
    }

private:
    using key_type = std::pair<std::string, std::string>;

    mf_state* handle() { return reinterpret_cast<mf_state*>(this); }
    static fake_state& self(mf_state* state) { return *reinterpret_cast<fake_state*>(state); }
    static std::string text(mf_slice slice) { return std::string(plugin::to_view(slice)); }

    static mf_state_ops table(bool with_batch) {
        mf_state_ops ops{};
        ops.struct_size = sizeof(ops);
        ops.calls = MF_CALLS_NONBLOCKING;
        ops.get = [](mf_state* state, const mf_call*, mf_slice space, mf_slice key, mf_state_done done) {
            self(state).answer("get", text(key), done,
                               [state, where = key_type{text(space), text(key)}](reply& out) {
                                   auto& found = self(state).entries_;
                                   const auto at = found.find(where);
                                   if (at == found.end()) return MF_NOT_FOUND;
                                   out.add(where.second, at->second);
                                   return MF_OK;
                               });
        };
        ops.put = [](mf_state* state, const mf_call*, mf_slice space, mf_slice key, mf_slice value,
                     mf_condition when, mf_state_done done) {
            ++self(state).puts;
            self(state).answer("put", text(key), done,
                               [state, where = key_type{text(space), text(key)}, what = text(value),
                                when](reply& out) { return self(state).put(where, what, when, out); });
        };
        ops.remove = [](mf_state* state, const mf_call*, mf_slice space, mf_slice key, mf_condition when,
                        mf_state_done done) {
            self(state).answer("remove", text(key), done,
                               [state, where = key_type{text(space), text(key)}, when](reply& out) {
                                   auto& all = self(state).entries_;
                                   const auto at = all.find(where);
                                   if (at == all.end()) return MF_NOT_FOUND;
                                   if (when.kind == MF_IF_VERSION && when.version != at->second.version) {
                                       out.add(where.second, at->second);
                                       return MF_CONFLICT;
                                   }
                                   all.erase(at);
                                   out.changes.push_back({where, 0});
                                   return MF_OK;
                               });
        };
        ops.scan = [](mf_state* state, const mf_call*, mf_slice space, mf_slice after_key, uint32_t,
                      mf_state_done done) {
            self(state).answer("scan", "", done,
                               [state, where = key_type{text(space), text(after_key)}](reply& out) {
                                   // Small pages, so that callers have to come back.
                                   auto& all = self(state).entries_;
                                   for (auto at = all.upper_bound(where);
                                        at != all.end() && at->first.first == where.first; ++at) {
                                       if (out.entries.size() == 3) {
                                           out.more = true;
                                           break;
                                       }
                                       out.add(at->first.second, at->second);
                                   }
                                   return MF_OK;
                               });
        };
        ops.clear = [](mf_state* state, const mf_call*, mf_slice space, mf_state_done done) {
            self(state).answer("clear", "", done, [state, where = text(space)](reply& out) {
                out.count = self(state).clear(where, out);
                return MF_OK;
            });
        };
        if (with_batch) ops.batch = batch;
        ops.add = [](mf_state* state, const mf_call*, mf_slice space, mf_slice key, int64_t delta,
                     int64_t min, int64_t max, mf_state_done done) {
            ++self(state).adds;
            self(state).answer("add", text(key), done,
                               [state, where = key_type{text(space), text(key)}, delta, min,
                                max](reply& out) { return self(state).add(where, delta, min, max, out); });
        };
        ops.contact = [](mf_state* state) { return self(state).contact.load(); };
        ops.settled = [](mf_state* state, uint64_t events) { self(state).settled.store(events); };
        ops.describe = [](mf_state* state, mf_state_info_done done) {
            mf_state_info info{};
            info.struct_size = self(state).describes ? sizeof(info) : 0;
            info.node_id = info.coordinator = plugin::to_slice("fake");
            info.max_batch = self(state).max_batch;
            info.clustered = self(state).clustered ? 1 : 0;
            info.revision = self(state).revision.load();
            std::vector<mf_member> members(1);
            members[0].id = info.node_id;
            members[0].local = 1;
            members[0].coordinator = self(state).coordinates.load() ? 1 : 0;
            for (const auto& one : self(state).others) {
                members.emplace_back();
                members.back().id = plugin::to_slice(one);
            }
            info.members = members.data();
            info.member_count = members.size();
            done.call(done.ctx, &info);
        };
        return ops;
    }

    struct change {
        key_type where;
        std::uint64_t version = 0;
    };
    struct reply {
        std::vector<std::pair<std::string, content>> entries;
        std::vector<change> changes;
        std::uint64_t count = 0;
        std::int64_t number = 0;
        bool more = false;
        void add(const std::string& key, const content& what) { entries.emplace_back(key, what); }
    };

    static void batch(mf_state* state, const mf_call*, const mf_batch_op* ops, size_t count,
                      mf_state_done done) {
        struct step {
            std::int32_t kind;
            key_type where;
            std::string value;
            mf_condition when;
        };
        std::vector<step> steps;
        for (size_t i = 0; i < count; ++i)
            steps.push_back(
                {ops[i].kind, {text(ops[i].space), text(ops[i].key)}, text(ops[i].value), ops[i].condition});
        ++self(state).batches;
        self(state).answer("batch", count == 0 ? "" : steps.front().where.second, done,
                           [state, steps](reply& out) {
                               auto& me = self(state);
                               const auto saved = me.entries_;
                               for (size_t i = 0; i < steps.size(); ++i) {
                                   const auto& one = steps[i];
                                   mf_status status = MF_OK;
                                   if (one.kind == MF_BATCH_REMOVE) {
                                       status = me.remove(one.where, one.when, out);
                                   } else if (one.kind == MF_BATCH_CLEAR) {
                                       me.clear(one.where.first, out);
                                       out.add("", {});
                                   } else {
                                       status = me.put(one.where, one.value, one.when, out);
                                   }
                                   if (status == MF_OK) continue;
                                   me.entries_ = saved;
                                   out.entries.erase(out.entries.begin(),
                                                     out.entries.begin() + static_cast<std::ptrdiff_t>(i));
                                   out.count = i;
                                   out.changes.clear();
                                   return status;
                               }
                               return MF_OK;
                           });
    }

    std::uint64_t clear(const std::string& space, reply& out) {
        out.changes.push_back({{space, ""}, 0});
        return std::erase_if(entries_, [&](const auto& one) { return one.first.first == space; });
    }

    /// Within a batch: an absent key is no failure unless it was to have a version.
    mf_status remove(const key_type& where, mf_condition when, reply& out) {
        const auto at = entries_.find(where);
        if (at == entries_.end() && when.kind == MF_IF_VERSION) return MF_NOT_FOUND;
        if (at != entries_.end() && when.kind == MF_IF_VERSION && when.version != at->second.version) {
            out.add(where.second, at->second);
            return MF_CONFLICT;
        }
        if (at != entries_.end()) {
            entries_.erase(at);
            out.changes.push_back({where, 0});
        }
        out.add("", {});
        return MF_OK;
    }

    mf_status add(const key_type& where, std::int64_t delta, std::int64_t min, std::int64_t max, reply& out) {
        const auto at = entries_.find(where);
        if (at == entries_.end()) return MF_NOT_FOUND;
        const auto number = std::stoll(at->second.value);
        const auto next = number + delta;
        const bool fits = next >= min && next <= max;
        if (fits) {
            at->second = {std::to_string(next), ++version_};
            out.changes.push_back({where, version_});
        }
        out.number = fits ? next : number;
        out.add(where.second, {"", at->second.version});
        return fits ? MF_OK : MF_CONFLICT;
    }

    mf_status put(const key_type& where, const std::string& value, mf_condition when, reply& out) {
        const auto at = entries_.find(where);
        const bool present = at != entries_.end();
        if (when.kind == MF_IF_VERSION && !present) return MF_NOT_FOUND;
        if (present && (when.kind == MF_IF_ABSENT ||
                        (when.kind == MF_IF_VERSION && when.version != at->second.version))) {
            out.add(where.second, at->second);
            return MF_CONFLICT;
        }
        const content stored{value, ++version_};
        entries_[where] = stored;
        out.changes.push_back({where, stored.version});
        out.add(where.second, {"", stored.version});
        return MF_OK;
    }

    template <class Work>
    void answer(std::string operation, std::string key, mf_state_done done, Work work) {
        auto whole = [this, operation = std::move(operation), key = std::move(key), done,
                      work = std::move(work)] {
            reply made;
            mf_status status = before ? before(operation, key) : MF_OK;
            if (status == MF_OK) {
                const std::lock_guard lock(mutex_);
                status = work(made);
            }
            for (const auto& one : made.changes) {
                for (const auto& watch : watchers)
                    watch(one.where.first, one.where.second, one.version);
            }
            if (status == MF_OK && after && operation != "get" && operation != "scan") after(operation, key);
            if (const auto told = instead_.exchange(MF_OK); told != MF_OK) status = told;
            std::vector<mf_entry> sent;
            for (const auto& [name, what] : made.entries)
                sent.push_back({plugin::to_slice(name), plugin::to_slice(what.value), what.version});
            mf_state_reply out{};
            out.struct_size = sizeof(out);
            out.status = status;
            out.message = plugin::to_slice(status == MF_OK ? "" : "as the test wished");
            out.entries = sent.data();
            out.entry_count = sent.size();
            out.count = made.count;
            out.number = made.number;
            out.more = made.more ? 1 : 0;
            done.call(done.ctx, &out);
        };
        if (elsewhere)
            std::thread(std::move(whole)).detach();
        else
            whole();
    }

    std::mutex mutex_;
    std::map<key_type, content> entries_;
    std::uint64_t version_ = 0;
    std::atomic<mf_status> instead_{MF_OK};
    plugin::state_backend backend_;
};

} // namespace mockfleet::tests
