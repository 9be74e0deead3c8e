// Names and order are the original's where it has them.
#include "app/node_metrics.hpp"

#include "app/fleet.hpp"
#include "app/mock_dispatcher.hpp"
#include "base/clock.hpp"
#include "base/version.hpp"
#include "control/node_health.hpp"
#include "store/event_log.hpp"
#include "store/expectations.hpp"

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

namespace mockfleet::app {

namespace {

using kind = base::metrics::kind;

double resident_bytes() {
    long total = 0;
    long resident = 0;
    if (auto* file = std::fopen("/proc/self/statm", "re")) {
        if (std::fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
        std::fclose(file);
    }
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double processor_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double open_files() {
    std::error_code failure;
    double count = 0;
    for (auto one = std::filesystem::directory_iterator("/proc/self/fd", failure);
         !failure && one != std::filesystem::directory_iterator(); one.increment(failure))
        ++count;
    return count;
}

std::string build_labels() {
    const std::string version = base::version;
    const auto second_dot = version.find('.', version.find('.') + 1);
    return "artifact_id=\"mockfleet\",group_id=\"org.mockfleet\",major_minor_version=\"" +
           version.substr(0, second_dot) + "\",version=\"" + version + "\"";
}

template <class Wanted>
double actions_of(const store::expectations& expectations, Wanted&& wanted) {
    double count = 0;
    for (const auto& one : expectations.active())
        count += wanted(one->definition) ? 1 : 0;
    return count;
}

} // namespace

void add_node_metrics(base::metrics& to, const mock_dispatcher& dispatcher,
                      const store::expectations& expectations, const store::event_log& log, const fleet& self,
                      const control::node_health& health) {
    const auto received = [&dispatcher] { return static_cast<double>(dispatcher.counted().received); };
    const auto matched = [&dispatcher] {
        const auto counted = dispatcher.counted();
        return static_cast<double>(counted.matched - counted.forwarded);
    };
    const auto forwarded = [&dispatcher] { return static_cast<double>(dispatcher.counted().forwarded); };
    const auto unmatched = [&dispatcher] { return static_cast<double>(dispatcher.counted().unmatched); };
    to.add("requests_received_count", kind::tally, "Requests received since the last reset", received);
    to.add("expectations_not_matched_count", kind::tally, "Requests that no expectation matched", unmatched);
    to.add("response_expectations_matched_count", kind::tally, "Requests that an expectation answered",
           matched);
    to.add("forward_expectations_matched_count", kind::tally, "Requests that an expectation forwarded",
           forwarded);
    to.add("response_actions_count", kind::gauge, "Expectations that answer with a response",
           [&expectations] {
               return actions_of(expectations, [](const model::expectation& one) {
                   return !one.answers_with_error() && !one.forwards() &&
                          (one.response || !one.responses.empty());
               });
           });
    to.add("error_actions_count", kind::gauge, "Expectations that answer with an error", [&expectations] {
        return actions_of(expectations,
                          [](const model::expectation& one) { return one.answers_with_error(); });
    });

    to.add("forward_actions_count", kind::gauge, "Expectations that forward", [&expectations] {
        return actions_of(expectations, [](const model::expectation& one) { return one.forwards(); });
    });

    to.add("mock_server_forward_expectations_matched", kind::counter,
           "Requests that an expectation forwarded", forwarded);
    to.add("mock_server_forward_failures", kind::counter, "Forwarded requests that got no answer",
           [&dispatcher] { return static_cast<double>(dispatcher.forwarded().failed); });
    to.add("mock_server_requests_received", kind::counter, "Requests received", received);
    to.add("mock_server_expectations_not_matched", kind::counter, "Requests that no expectation matched",
           unmatched);
    to.add("mock_server_response_expectations_matched", kind::counter,
           "Requests that an expectation answered", matched);
    to.add(
        "mock_server_build_info", kind::gauge, "The version in the labels; always 1", [] { return 1.0; },
        build_labels());
    to.add("mock_server_event_log_retained_entries", kind::gauge, "Entries in the event log",
           [&log] { return static_cast<double>(log.entries()); });
    to.add("mock_server_event_log_retained_bytes", kind::gauge, "Memory of the event log",
           [&log] { return static_cast<double>(log.memory()); });
    to.add("mock_server_event_log_max_retained_entries", kind::gauge, "maxLogEntries",
           [&log] { return static_cast<double>(log.max_entries()); });
    to.add("mock_server_event_log_max_retained_bytes", kind::gauge, "maxEventLogSizeInBytes",
           [&log] { return static_cast<double>(log.max_bytes()); });
    to.add("mock_server_evicted_log_entries", kind::gauge,
           "Requests that the event log had to give up since it was "
           "last cleared",
           [&log] { return static_cast<double>(log.evicted()); });
    to.add("mock_server_expectations", kind::gauge, "Expectations stored",
           [&expectations] { return static_cast<double>(expectations.size()); });
    to.add("mock_server_cluster_members", kind::gauge, "Nodes of the fleet; 1 for a single node",
           [&self] { return static_cast<double>(self.peers().members()); });
    to.add("mock_server_cluster_lag", kind::gauge,
           "Changes of the shared state that the slowest node has still to apply",
           [&self] { return static_cast<double>(self.peers().lag()); });
    to.add("mock_server_cluster_unreadable_entries", kind::gauge,
           "Entries of the shared state that this node could not read and passed over since its start",
           [&self] { return static_cast<double>(self.passed_over()); });
    to.add("mock_server_ready", kind::gauge,
           "1 when the node answers, 0 while it joins, drains or is isolated",
           [&health] { return health.reasons().empty() ? 1.0 : 0.0; });

    to.add("process_resident_memory_bytes", kind::gauge, "Resident memory", resident_bytes);
    to.add("process_cpu_seconds", kind::counter, "Processor time used", processor_seconds);
    to.add("process_open_fds", kind::gauge, "Open file descriptors", open_files);
    const auto started = static_cast<double>(base::wall_ns()) / 1e9;
    to.add("process_start_time_seconds", kind::gauge, "When the program started, in seconds since the epoch",
           [started] { return started; });
}

} // namespace mockfleet::app
