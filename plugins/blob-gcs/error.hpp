// What Google Cloud Storage answers when it refuses, as a status and one line with the remedy.
#pragma once

#include "settings.hpp"

#include "common/http_client.hpp"

#include <mockfleet/plugin.hpp>

#include <string>

namespace mockfleet::gcs {

/// A 404 that is about the bucket, not about an object.
[[nodiscard]] bool is_missing_bucket(const common::http_outcome& outcome);

[[nodiscard]] std::string missing_bucket_remedy(const settings& used);

/// `doing` is what was tried; `credentials` where the token came from.
[[nodiscard]] plugin::failure failure_of(const common::http_outcome& outcome, const std::string& doing,
                                         const settings& used, const std::string& credentials);

} // namespace mockfleet::gcs
