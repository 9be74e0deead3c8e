// Metrics: the text format, counters of plugins, what a reset sets back.
#include "base/metrics.hpp"

#include <doctest/doctest.h>

using mockfleet::base::metrics;

TEST_CASE("metrics are printed by name, with help and type") {
    metrics all;
    double seen = 3;
    all.add("b_count", metrics::kind::tally, "Seen since the last reset", [&] { return seen; });
    all.add("a_seen", metrics::kind::counter, "Seen", [&] { return seen; });
    all.add("a_info", metrics::kind::gauge, "About", [] { return 1.0; }, "version=\"1\"");
    all.count("c_plugin", 2);
    all.count("c_plugin", 3);
    CHECK(all.text() == "# HELP a_info About\n# TYPE a_info gauge\na_info{version=\"1\"} 1.0\n"
                        "# HELP a_seen_total Seen\n# TYPE a_seen_total counter\na_seen_total 3.0\n"
                        "# HELP b_count Seen since the last reset\n# TYPE b_count gauge\nb_count 3.0\n"
                        "# HELP c_plugin_total Counted by a plugin\n# TYPE c_plugin_total counter\n"
                        "c_plugin_total 5.0\n");
    all.reset();
    seen = 4.5;
    CHECK(all.text().find("a_seen_total 4.5\n") != std::string::npos);
    CHECK(all.text().find("b_count 1.5\n") != std::string::npos);
    CHECK(all.values() == std::vector<std::pair<std::string, double>>{{"b_count", 1.5}});
}
