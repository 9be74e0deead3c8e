// Sorted by name when printed, as the original does.
#include "base/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace mockfleet::base {

namespace {

constexpr std::string_view total = "_total";

std::string number_text(double value) {
    char text[40];
    constexpr double exact = 9e15;
    if (std::floor(value) == value && std::abs(value) < exact)
        std::snprintf(text, sizeof(text), "%.1f", value);
    else
        std::snprintf(text, sizeof(text), "%.17g", value);
    return text;
}

} // namespace

void metrics::add(std::string name, kind what, std::string help, reader read, std::string labels) {
    const std::lock_guard lock(mutex_);
    read_.push_back({std::move(name), what, std::move(help), std::move(read), std::move(labels)});
}

void metrics::count(std::string_view name, std::int64_t by) {
    const std::lock_guard lock(mutex_);
    const auto known = counted_.find(name);
    if (known != counted_.end())
        known->second += by;
    else
        counted_.emplace(name, by);
}

void metrics::reset() {
    const std::lock_guard lock(mutex_);
    for (auto& one : read_) {
        if (one.what == kind::tally) one.base = one.read();
    }
}

std::string metrics::text() const {
    struct line {
        std::string name;
        std::string_view type;
        std::string_view help;
        std::string_view labels;
        double value;
    };
    std::vector<line> lines;
    const std::lock_guard lock(mutex_);
    for (const auto& one : read_) {
        const bool counter = one.what == kind::counter;
        lines.push_back({one.name + std::string(counter ? total : ""), counter ? "counter" : "gauge",
                         one.help, one.labels, one.value()});
    }
    for (const auto& [name, value] : counted_) {
        std::string shown = name;
        if (!shown.ends_with(total)) shown += total;
        lines.push_back({std::move(shown), "counter", "Counted by a plugin", {}, static_cast<double>(value)});
    }
    std::stable_sort(lines.begin(), lines.end(),
                     [](const line& left, const line& right) { return left.name < right.name; });
    std::string out;
    std::string_view last;
    for (const auto& one : lines) {
        if (one.name != last) {
            out += "# HELP " + one.name + " " + std::string(one.help) + "\n";
            out += "# TYPE " + one.name + " " + std::string(one.type) + "\n";
            last = one.name;
        }
        out += one.name;
        if (!one.labels.empty()) out += "{" + std::string(one.labels) + "}";
        out += " " + number_text(one.value) + "\n";
    }
    return out;
}

std::vector<std::pair<std::string, double>> metrics::values() const {
    std::vector<std::pair<std::string, double>> shown;
    const std::lock_guard lock(mutex_);
    for (const auto& one : read_) {
        if (one.what == kind::tally || (one.what == kind::gauge && one.name.ends_with("_count")))
            shown.emplace_back(one.name, one.value());
    }
    return shown;
}

} // namespace mockfleet::base
