// The effective settings while the server runs: read by anyone, replaced whole by PUT
// /mockserver/configuration.
#pragma once

#include "base/error.hpp"
#include "config/config.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mockfleet::control {

/// Thread-safe. current() costs a lock and a reference count: not for every mocked request; those parts
/// listen.
class live_settings {
public:
    explicit live_settings(config::settings initial) : current_(std::move(initial)) {}

    [[nodiscard]] config::settings current() const {
        const std::lock_guard lock(mutex_);
        return current_;
    }

    /// Calls `apply` now and after each change, one at a time, on the thread that makes the change. For
    /// start-up wiring.
    void on_change(std::function<void(const config::settings&)> apply) {
        const std::lock_guard serial(changes_);
        apply(current());
        listeners_.push_back(std::move(apply));
    }

    /// What `with` names as wrong is refused; for start-up wiring.
    using check = std::function<std::optional<std::string>(const config::settings& before,
                                                           const config::settings& after)>;
    void check_changes(check with) {
        const std::lock_guard serial(changes_);
        check_ = std::move(with);
    }

    /// All of the changes or none (core.md 1.11).
    [[nodiscard]] base::result<config::change_report> change(std::span<const config::name_value> changes) {
        const std::lock_guard serial(changes_);
        const auto before = current();
        auto report = before.with_changes(changes);
        if (!report) return report.error();
        if (check_) {
            if (auto wrong = check_(before, report->values)) return base::invalid(std::move(*wrong));
        }
        {
            const std::lock_guard lock(mutex_);
            current_ = report->values;
        }
        for (const auto& apply : listeners_)
            apply(report->values);
        return report;
    }

private:
    mutable std::mutex mutex_;
    std::mutex changes_;
    config::settings current_;
    std::vector<std::function<void(const config::settings&)>> listeners_;
    check check_;
};

} // namespace mockfleet::control
