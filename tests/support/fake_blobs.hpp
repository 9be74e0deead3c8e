// A blob store inside the test: the built-in one in memory, with faults on demand.
#pragma once

#include "plugin/backend.hpp"
#include "store/blob_memory.hpp"

#include <mockfleet/blob.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace mockfleet::tests {

/// Answers at once, on the caller's thread.
class fake_blobs {
public:
    /// Asked before each call; it may throw what the call is to fail with.
    std::function<void(std::string_view operation)> before;
    /// Called after each put; what it throws is answered although the put was made.
    std::function<void()> after_put;
    int puts = 0;

    fake_blobs() : backend_("blob-fake", plugin::detail::blob_table<fake_blobs>, handle(), nullptr) {}

    [[nodiscard]] plugin::blob_backend& backend() { return backend_; }

    // What blob.hpp calls, and what another server would do.

    std::optional<plugin::document> get(std::string_view key) {
        if (before) before("get");
        return memory_.get(key);
    }
    std::string put(std::string_view key, std::string_view data, std::span<const mf_pair> metadata,
                    mf_blob_condition when) {
        if (before) before("put");
        ++puts;
        auto tag = memory_.put(key, data, metadata, when);
        if (after_put) after_put();
        return tag;
    }
    plugin::key_page list(std::string_view prefix, std::string_view after, std::uint32_t limit) {
        if (before) before("list");
        return memory_.list(prefix, after, limit);
    }
    bool remove(std::string_view key, mf_blob_condition when) {
        if (before) before("remove");
        return memory_.remove(key, when);
    }

    void write(std::string_view key, std::string_view data) {
        static_cast<void>(memory_.put(key, data, {}, mf_blob_condition{MF_IF_ANY, 0, {nullptr, 0}}));
    }
    [[nodiscard]] std::string read(std::string_view key) {
        const auto found = memory_.get(key);
        return found ? found->data : "";
    }
    [[nodiscard]] std::vector<std::string> keys() { return memory_.list("", "", 0).keys; }

private:
    mf_blob* handle() { return reinterpret_cast<mf_blob*>(this); }

    store::blob_memory memory_;
    plugin::blob_backend backend_;
};

} // namespace mockfleet::tests
