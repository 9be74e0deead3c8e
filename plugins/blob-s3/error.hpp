// What S3 answers when it refuses, as a status and one line with the remedy.
#pragma once

#include "settings.hpp"

#include "common/http_client.hpp"

#include <mockfleet/plugin.hpp>

#include <string>
#include <string_view>

namespace mockfleet::s3 {

struct refusal {
    std::string code;    ///< NoSuchBucket; empty when the answer names none
    std::string message; ///< the service's own words
    std::string region;  ///< the bucket's, when the answer tells
};

[[nodiscard]] refusal read_refusal(const common::http_response& answer);

/// `doing` is what was tried ("put of 'a/b'"), `credentials` where they came from.
[[nodiscard]] plugin::failure failure_of(const common::http_outcome& outcome, const std::string& doing,
                                         const settings& used, const std::string& credentials);

} // namespace mockfleet::s3
