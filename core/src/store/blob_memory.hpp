// A blob store in memory, part of core: for tests, and for runs that keep nothing.
#pragma once

#include <mockfleet/blob.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mockfleet::store {

/// As blob.h says; gone with the process.
class blob_memory {
public:
    static constexpr const char* summary = "documents in memory, gone with the process";
    static constexpr mf_calls calls = MF_CALLS_PARALLEL;

    [[nodiscard]] std::optional<plugin::document> get(std::string_view key);
    std::string put(std::string_view key, std::string_view data, std::span<const mf_pair> metadata,
                    mf_blob_condition when);
    [[nodiscard]] plugin::key_page list(std::string_view prefix, std::string_view after, std::uint32_t limit);
    bool remove(std::string_view key, mf_blob_condition when);

private:
    std::mutex mutex_;
    std::map<std::string, plugin::document, std::less<>> documents_;
    std::uint64_t tags_ = 0;
};

} // namespace mockfleet::store
