// The documents of one bucket: the calls of blob.h as requests to the JSON API of Google Cloud Storage.
#pragma once

#include "settings.hpp"
#include "token.hpp"

#include "common/conditional_write.hpp"
#include "common/http_client.hpp"
#include "common/json_text.hpp"
#include "common/object_name.hpp"
#include "common/retry.hpp"

#include <mockfleet/blob.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::gcs {

/// Any number of threads; calls block. Failures are thrown as plugin::failure with one line for people.
class client {
public:
    explicit client(settings used, common::retry_limits limits = {});

    /// The start-up probe: bucket, credentials. Creates the bucket where that is asked for.
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
        std::string path; ///< encoded, from the origin on
        common::query_pairs query;
        std::string content_type;
        std::vector<std::string_view> body;
    };
    /// What the service knows of an object.
    struct object_state {
        std::string generation;
        std::string write_id;
        std::vector<std::pair<std::string, std::string>> metadata;
    };

    [[nodiscard]] common::http_request authorised(const call& what);
    [[nodiscard]] common::repeated_call repeated(const call& what);
    [[nodiscard]] common::http_outcome perform(const call& what);
    [[nodiscard]] std::optional<object_state> state_of(const std::string& object);
    [[nodiscard]] std::optional<common::seen_object> look(const std::string& object);
    [[nodiscard]] static std::optional<object_state> read_state(const common::http_outcome& outcome);
    [[nodiscard]] common::http_outcome list_once(const std::string& prefix, const std::string& from,
                                                 const std::string& mark, std::uint32_t limit);
    [[nodiscard]] std::string object_of(std::string_view key) const;
    [[nodiscard]] std::string path_of(const std::string& object) const;
    [[nodiscard]] plugin::failure failed(const common::http_outcome& outcome, const std::string& doing);
    void create_bucket();

    settings used_;
    common::object_names names_;
    common::retry_limits limits_;
    common::http_client http_;
    common::stop_signal stop_;
    token_source tokens_;
};

} // namespace mockfleet::gcs
