// Two looks at most.
#include "common/place_probe.hpp"

namespace mockfleet::common {

void probe_place(const place_probe& place) {
    for (bool created = false;; created = true) {
        const auto outcome = place.look();
        if (place.good(outcome)) return;
        const bool missing = place.missing(outcome);
        if (missing && place.create && !created) {
            place.create();
            continue;
        }
        const auto why = place.failed(outcome);
        if (missing) throw plugin::failure(MF_INVALID, why.what());
        throw why;
    }
}

} // namespace mockfleet::common
