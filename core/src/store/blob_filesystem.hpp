// A blob store in a directory, part of core (contract fleet 1.9.3): a key is a path below it.
#pragma once

#include <mockfleet/blob.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::store {

/// Files are replaced whole and synced with their directories, so that a crash leaves the old or the new blob
/// with its own metadata. Those stand in FILE.meta as Java properties, readable by the original; comments in
/// it tell to which content they belong, and those of the content before. Writers of all processes take
/// turns by a lock file.
///
/// Keys that could lead out of the directory or to a file of the store's own are MF_INVALID: those with an
/// empty, `.` or `..` part, a link that leads elsewhere, names that end in `.meta`.
class blob_filesystem {
public:
    static constexpr const char* summary = "documents as files of a directory";
    static constexpr mf_calls calls = MF_CALLS_PARALLEL;
    static constexpr mf_config_key keys[] = {
        {"directory", "string", ".", "The directory; only it must be writable."}};

    explicit blob_filesystem(const plugin::config& settings);

    void start();

    [[nodiscard]] std::optional<plugin::document> get(std::string_view key);
    std::string put(std::string_view key, std::string_view data, std::span<const mf_pair> metadata,
                    mf_blob_condition when);
    [[nodiscard]] plugin::key_page list(std::string_view prefix, std::string_view after, std::uint32_t limit);
    bool remove(std::string_view key, mf_blob_condition when);

private:
    using pairs = std::vector<std::pair<std::string, std::string>>;
    [[nodiscard]] std::string path_of(std::string_view key) const;

    std::string base_; ///< canonical once started
};

} // namespace mockfleet::store
