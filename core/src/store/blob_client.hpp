// The blob store for the rest of core: awaitable calls with owned results over whatever store is open.
#pragma once

#include "base/error.hpp"
#include "plugin/backend.hpp"
#include "store/pending.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::store {

using blob_metadata = std::vector<std::pair<std::string, std::string>>;

struct blob {
    std::string data;
    std::string tag;
    blob_metadata metadata;
};

/// The condition of a write (blob.h); the default always holds.
struct blob_condition {
    std::int32_t kind = MF_IF_ANY;
    std::string tag;

    static blob_condition absent() { return {MF_IF_ABSENT, {}}; }
    static blob_condition unchanged(std::string tag) { return {MF_IF_TAG, std::move(tag)}; }
};

/// Applied: `tag` is the new one (empty after a removal); else that of what is there, empty when the store
/// does not tell. An absent key that a condition wanted present is the error not_found.
struct blob_outcome {
    bool applied = false;
    std::string tag;
};

struct key_page {
    std::vector<std::string> keys;
    bool more = false; ///< list again after the last key
};

/// A value over an open store: copy it freely. As state_client: any thread may call, views stay valid until
/// the call is done.
class blob_client {
public:
    /// `timeout` becomes the deadline of each call, as advice to the store; zero = none. `backend` outlives
    /// the client.
    explicit blob_client(plugin::blob_backend& backend,
                         std::chrono::nanoseconds timeout = std::chrono::seconds(30))
        : backend_(&backend), timeout_(timeout) {}

    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    /// Error not_found when there is no such key.
    answer<blob> get(std::string_view key) const;
    answer<blob_outcome> put(std::string_view key, std::string_view data, const blob_metadata& metadata = {},
                             const blob_condition& when = {}) const;
    /// Error not_found when there is no such key.
    answer<blob_outcome> remove(std::string_view key, const blob_condition& when = {}) const;
    answer<key_page> list(std::string_view prefix, std::string_view after = {},
                          std::uint32_t limit = 0) const;
    /// All keys with the prefix, page by page.
    answer<std::vector<std::string>> list_all(std::string_view prefix) const;

    /// The same store with another deadline.
    [[nodiscard]] blob_client within(std::chrono::nanoseconds timeout) const {
        return blob_client(*backend_, timeout);
    }
    [[nodiscard]] const std::string& store_name() const { return backend_->name(); }

private:
    [[nodiscard]] call_limits limits() const;

    plugin::blob_backend* backend_;
    std::chrono::nanoseconds timeout_;
};

} // namespace mockfleet::store
