// Named numbers for operators: counters that anyone adds to, values that are read when somebody looks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::base {

/// Thread-safe. Not for the path of a mocked request: what happens there is counted in place and read here.
class metrics {
public:
    enum class kind : std::uint8_t {
        counter, ///< only grows; shown with the ending `_total`
        gauge,   ///< goes up and down
        tally,   ///< a gauge that counts since the last reset()
    };
    using reader = std::function<double()>;

    /// `labels` as Prometheus shows them, without braces; empty = none. For start-up.
    void add(std::string name, kind what, std::string help, reader read, std::string labels = {});
    /// A counter that comes into being with its first use.
    void count(std::string_view name, std::int64_t by);

    /// Sets the tallies back to 0 (contract fleet 9.3).
    void reset();

    /// The text format of Prometheus, version 0.0.4.
    [[nodiscard]] std::string text() const;
    /// The tallies and the gauges whose name ends in `_count`, in the order in which they were added.
    [[nodiscard]] std::vector<std::pair<std::string, double>> values() const;

private:
    struct metric {
        std::string name;
        kind what;
        std::string help;
        reader read;
        std::string labels;
        double base = 0;
        [[nodiscard]] double value() const { return read() - base; }
    };

    mutable std::mutex mutex_;
    std::vector<metric> read_;
    std::map<std::string, std::int64_t, std::less<>> counted_;
};

} // namespace mockfleet::base
