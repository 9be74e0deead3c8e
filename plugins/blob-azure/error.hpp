// What Azure answers when it refuses, as a status and one line with the remedy.
#pragma once

#include "settings.hpp"

#include "common/http_client.hpp"

#include <mockfleet/plugin.hpp>

#include <string>

namespace mockfleet::azure {

/// ContainerNotFound and the like; empty when the answer names none.
[[nodiscard]] std::string code_of(const common::http_outcome& outcome);

/// `doing` is what was tried; `identity` where the token came from, when there is one.
[[nodiscard]] plugin::failure failure_of(const common::http_outcome& outcome, const std::string& doing,
                                         const settings& used, const std::string& identity);

} // namespace mockfleet::azure
