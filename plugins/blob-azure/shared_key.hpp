// The SharedKey signature of Azure Storage, version 2009-09-19 and later.
#pragma once

#include "common/http_client.hpp"
#include "common/url.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace mockfleet::azure {

struct account_key {
    std::string account;
    std::string key; ///< decoded
};

struct signable {
    std::string method;
    std::string path; ///< encoded as it is sent
    common::query_pairs query;
    common::http_headers headers; ///< all that matter; x-ms-date and x-ms-version among them
    std::size_t body_size = 0;
};

[[nodiscard]] std::string string_to_sign(const signable& request, std::string_view account);

/// The value of the Authorization header.
[[nodiscard]] std::string authorization(const signable& request, const account_key& with);

} // namespace mockfleet::azure
