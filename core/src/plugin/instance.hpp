// One opened plugin with everything that belongs to it.
#pragma once

#include "plugin/backend.hpp"
#include "plugin/host.hpp"
#include "plugin/registry.hpp"
#include "plugin/worker_pool.hpp"

#include <atomic>
#include <exception>
#include <memory>
#include <string>

namespace mockfleet::plugin {

/// Adapts a state_listener to mf_state_events; deaf once closed.
class event_gate {
public:
    event_gate(std::string plugin, state_listener* listener);
    event_gate(const event_gate&) = delete;
    event_gate& operator=(const event_gate&) = delete;

    [[nodiscard]] const mf_state_events* table() const { return &table_; }
    void close() { open_.store(false, std::memory_order_release); }

private:
    template <class Tell>
    void tell(Tell tell) noexcept;

    std::string plugin_;
    state_listener* listener_;
    std::atomic<bool> open_{true};
    mf_state_events table_;
};

/// Backend is state_backend or blob_backend.
template <class Backend>
struct instance {
    std::string file;
    std::unique_ptr<plugin_host> host;
    std::unique_ptr<worker_pool> workers;   ///< null for MF_CALLS_NONBLOCKING
    std::unique_ptr<worker_pool> lifecycle; ///< start and stop of a plugin without workers
    std::unique_ptr<event_gate> events;
    std::unique_ptr<Backend> backend;
    bool started = false;
    bool hangs = false; ///< start or stop did not complete
    bool ended = false;

    worker_pool& lifecycle_thread() {
        if (workers) return *workers;
        if (!lifecycle) lifecycle = std::make_unique<worker_pool>(backend->name(), 1);
        return *lifecycle;
    }

    /// For an instance that hangs: leaves its threads to themselves. It must then stay as it is as long as
    /// the process lives.
    void abandon() {
        ended = true;
        if (workers) workers->abandon();
        if (lifecycle) lifecycle->abandon();
    }
};

/// `status` as in abi.h, in words for people.
[[nodiscard]] const char* words_of(base::errc status);

} // namespace mockfleet::plugin
