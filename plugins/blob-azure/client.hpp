// The documents of one container: the calls of blob.h as requests to Azure Blob Storage.
#pragma once

#include "identity.hpp"
#include "settings.hpp"

#include "common/conditional_write.hpp"
#include "common/http_client.hpp"
#include "common/list_cursors.hpp"
#include "common/object_name.hpp"
#include "common/retry.hpp"

#include <mockfleet/blob.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mockfleet::azure {

/// Any number of threads; calls block. Failures are thrown as plugin::failure with one line for people.
class client {
public:
    explicit client(settings used, common::retry_limits limits = {});

    /// The start-up probe: container, credentials, clock. Creates the container where that is asked for.
    void probe();
    /// Ends what runs.
    void stop();

    std::optional<plugin::document> get(std::string_view key);
    std::string put(std::string_view key, std::string_view data, std::span<const mf_pair> metadata,
                    mf_blob_condition when);
    plugin::key_page list(std::string_view prefix, std::string_view after, std::uint32_t limit);
    bool remove(std::string_view key, mf_blob_condition when);

private:
    struct call {
        std::string method;
        std::string blob; ///< encoded; empty = the container
        common::query_pairs query;
        common::http_headers headers;
        std::string_view body;
    };

    [[nodiscard]] common::http_request signed_request(const call& what);
    [[nodiscard]] common::repeated_call repeated(const call& what);
    [[nodiscard]] common::http_outcome perform(const call& what);
    [[nodiscard]] std::optional<common::seen_object> look(const std::string& blob);
    [[nodiscard]] common::http_outcome list_once(const std::string& prefix, const std::string& mark,
                                                 std::uint32_t limit);
    [[nodiscard]] std::string blob_of(std::string_view key) const;
    [[nodiscard]] plugin::failure failed(const common::http_outcome& outcome, const std::string& doing);
    std::string put_conditionally(call what, mf_blob_condition when, const std::string& doing);
    void create_container();

    settings used_;
    common::object_names names_;
    common::retry_limits limits_;
    common::http_client http_;
    common::stop_signal stop_;
    identity identity_;
    common::list_cursors cursors_;
};

} // namespace mockfleet::azure
