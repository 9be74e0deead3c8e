// The start of a store: is its bucket or container there, and do the credentials open it?
#pragma once

#include "common/http_client.hpp"

#include <mockfleet/plugin.hpp>

#include <functional>

namespace mockfleet::common {

struct place_probe {
    std::function<http_outcome()> look; ///< a request about the place alone
    std::function<bool(const http_outcome&)> good;
    std::function<bool(const http_outcome&)> missing; ///< there is no such place
    std::function<void()> create;                     ///< empty: it must not be created
    std::function<plugin::failure(const http_outcome&)> failed;
};

/// Looks, and once more after creating what is missing. Throws failed(), with MF_INVALID when the place is
/// missing: that is a wrong setting.
void probe_place(const place_probe& place);

} // namespace mockfleet::common
