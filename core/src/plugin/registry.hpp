// The registry: finds plugins by name, opens, starts, stops and closes them in the order of architecture
// section 5.
#pragma once

#include "base/error.hpp"
#include "plugin/backend.hpp"
#include "plugin/host.hpp"
#include "plugin/settings.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mockfleet::plugin {

/// Receives the changes of the state backend: one call at a time, in commit order per space, on any thread,
/// possibly with locks of the plugin held. So it only enqueues, never calls a backend and never throws.
class state_listener {
public:
    virtual ~state_listener() = default;
    virtual void changed(std::string_view space, std::string_view key,
                         std::uint64_t version) = 0; ///< 0 = removed
    virtual void cleared(std::string_view space) = 0;
    virtual void resync() = 0; ///< events were missed: read everything again
};

struct registry_options {
    std::string plugin_dir;
    std::chrono::nanoseconds start_deadline = std::chrono::seconds(30);
    std::chrono::nanoseconds stop_deadline = std::chrono::seconds(10);
    std::chrono::nanoseconds stuck_after =
        std::chrono::seconds(10);     ///< a call older than this is named in the log, once
    std::size_t parallel_threads = 8; ///< for plugins that may block and are thread-safe
};

/// One per process and for its whole life: plugins are closed, never unloaded. All members are for one
/// thread, the one that starts and stops the program; the backends themselves are for any thread.
///
/// Every failure is one line: file, step, what was found, what was wanted, the remedy. The program prints it
/// and ends with exit code 78; there is no fallback.
class registry {
public:
    explicit registry(registry_options options, host_events events = {});
    ~registry(); ///< calls stop()
    registry(const registry&) = delete;
    registry& operator=(const registry&) = delete;

    /// Loads, checks and opens <plugin_dir>/state-<name>.so. At most one; the backend lives until the
    /// registry ends.
    base::result<state_backend*> open_state(std::string_view name, std::span<const setting> settings);
    /// The same for blob-<name>.so.
    base::result<blob_backend*> open_blob(std::string_view name, std::span<const setting> settings);

    /// The same for a store that is part of the program.
    base::result<blob_backend*> open_blob(const mf_plugin& built_in, std::span<const setting> settings);

    /// Like open_state and open_blob, but for the file at `path`, wherever it is.
    base::result<state_backend*> open_state_file(const std::string& path, std::span<const setting> settings);
    base::result<blob_backend*> open_blob_file(const std::string& path, std::span<const setting> settings);

    /// Starts what is open, blob before state; waits for each with the deadline. `listener` may be null and
    /// outlives the registry. Data calls may come once this succeeded.
    base::result<void> start(state_listener* listener);

    /// Stops state, then blob, waits until no call is outstanding, closes both. An error names what did not
    /// end in time; such an instance is left open and its late completions are ignored. Does nothing the
    /// second time.
    base::result<void> stop();

    [[nodiscard]] state_backend* state();
    [[nodiscard]] blob_backend* blob();

private:
    class implementation;
    std::unique_ptr<implementation> self_;
};

} // namespace mockfleet::plugin
