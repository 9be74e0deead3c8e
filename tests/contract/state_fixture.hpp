// A state backend under test: the plugin loaded as the server loads it, calls that wait, and what its events
// said.
#pragma once

#include "cases.hpp"
#include "waiting_call.hpp"

#include "plugin/registry.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace mockfleet::contract {

struct state_entry {
    std::string key;
    std::string value;
    std::uint64_t version = 0;
    bool operator==(const state_entry&) const = default;
};

/// A reply, copied.
struct state_answer {
    mf_status status = MF_INTERNAL;
    std::string message;
    std::vector<state_entry> entries;
    std::uint64_t count = 0;
    std::int64_t number = 0;
    bool more = false;

    [[nodiscard]] bool ok() const { return status == MF_OK; }
    /// Fails the case unless the reply carries one entry.
    [[nodiscard]] const state_entry& entry() const;
    [[nodiscard]] std::uint64_t version() const { return entry().version; }
};

struct state_description {
    bool clustered = false;
    std::string node_id;
    std::string coordinator;
    std::vector<std::string> members;
    int local_members = 0;
    std::uint64_t revision = 0;
    std::uint64_t max_value_size = 0;
    std::uint32_t max_batch = 0;
};

struct batch_step {
    std::int32_t kind = MF_BATCH_PUT;
    std::string space;
    std::string key;
    std::string value;
    mf_condition condition{};
};

inline mf_condition if_any() {
    return {MF_IF_ANY, 0, 0};
}
inline mf_condition if_absent() {
    return {MF_IF_ABSENT, 0, 0};
}
inline mf_condition if_version(std::uint64_t version) {
    return {MF_IF_VERSION, 0, version};
}

/// Keeps every event; tells whether two came at once.
class event_recorder final : public plugin::state_listener {
public:
    struct event {
        enum class kind { changed, cleared, resync } what = kind::changed;
        std::string space;
        std::string key;
        std::uint64_t version = 0;
    };

    void changed(std::string_view space, std::string_view key, std::uint64_t version) override;
    void cleared(std::string_view space) override;
    void resync() override;

    /// Those of one space so far.
    [[nodiscard]] std::vector<event> of(const std::string& space) const;
    /// Waits until `enough` holds for the events of the space; false when patience ends.
    [[nodiscard]] bool wait_for(const std::string& space,
                                const std::function<bool(const std::vector<event>&)>& enough) const;
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool overlapped() const { return overlapped_; }

private:
    void add(event one);

    mutable std::mutex mutex_;
    mutable std::condition_variable wake_;
    std::vector<event> events_;
    std::atomic<int> inside_{0};
    std::atomic<bool> overlapped_{false};
};

class state_fixture {
public:
    state_fixture(std::string file, std::vector<plugin::setting> settings);

    /// Opens and starts; throws case_failed with the line of the refusal.
    void open();
    /// Stops and closes.
    void close();

    [[nodiscard]] const mf_state_ops& ops() const { return backend_->ops(); }
    [[nodiscard]] plugin::state_backend& backend() const { return *backend_; }
    event_recorder& events() { return *recorder_; }
    [[nodiscard]] bool has_events() const { return backend_->ops().start != nullptr; }

    /// A name that no other case uses.
    std::string fresh_space();

    using take_fn = std::function<void(const mf_state_reply&)>;
    using issue_fn = waiting_call<plugin::state_backend, mf_state_reply, mf_state_done>::issue_fn;
    /// Any call; `look` sees the reply inside of the completion.
    state_answer call(const char* operation, issue_fn issue, const take_fn& look = {}, bool cancelled = false,
                      std::uint64_t deadline_ns = 0);

    state_answer get(const std::string& space, const std::string& key);
    state_answer put(const std::string& space, const std::string& key, const std::string& value,
                     mf_condition when = if_any());
    state_answer remove(const std::string& space, const std::string& key, mf_condition when = if_any());
    state_answer scan(const std::string& space, const std::string& after = {}, std::uint32_t limit = 0);
    state_answer clear(const std::string& space);
    state_answer batch(const std::vector<batch_step>& steps);
    state_answer add(const std::string& space, const std::string& key, std::int64_t delta, std::int64_t min,
                     std::int64_t max);
    /// Replies by node, and the status of the whole.
    std::vector<std::string> peers(const std::string& topic, const std::string& payload, mf_status& status);
    state_description describe();

    /// All pages of `limit`; fails the case when a page breaks the rules of paging.
    std::vector<state_entry> scan_all(const std::string& space, std::uint32_t limit = 0);

    /// The version of a put that must succeed.
    std::uint64_t must_put(const std::string& space, const std::string& key, const std::string& value,
                           mf_condition when = if_any());
    /// The value, or nullopt; any other status fails the case.
    std::optional<state_entry> read(const std::string& space, const std::string& key);

private:
    std::string file_;
    std::vector<plugin::setting> settings_;
    std::unique_ptr<event_recorder> recorder_;
    std::unique_ptr<plugin::registry> registry_;
    plugin::state_backend* backend_ = nullptr;
    std::string run_id_;
    std::atomic<int> spaces_{0};
};

} // namespace mockfleet::contract
