// The directory of a supervised engine's data: where it is, whose it is, whether what is in it counts.
#pragma once

#include "settings/settings.hpp"

#include <memory>
#include <string>

namespace mockfleet::replicated {

/// Where it is:
///   clusterEngineDataDir when set; else
///   a new temporary directory, removed at the end, when the node is in no fleet; else
///   engine/<clusterName>/<member> below STATE_DIRECTORY (a service of systemd has one); else
///   mockfleet-<uid>/<clusterName>/<member> below the system's temporary directory, which outlives the
///   process but perhaps not the host.
/// Held by one process at a time. With clusterEngineFsync=false, data from before the host's last start
/// counts as lost, because it may have holes.
class data_dir {
public:
    /// Creates and locks it. Throws plugin::failure (MF_INVALID, MF_UNAVAILABLE) in the operator's words.
    data_dir(const settings& asked, const std::string& member);
    ~data_dir() = default;
    data_dir(const data_dir&) = delete;
    data_dir& operator=(const data_dir&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool has_data() const;
    /// Found at the start: data of another life of the host, now set aside.
    [[nodiscard]] bool was_lost() const { return lost_; }
    /// Puts the data aside as "member.old", replacing what was there; throws plugin::failure.
    void discard();

private:
    void lock();
    void check_owner(const settings& asked, const std::string& member);

    /// Given back even when the constructor throws.
    struct holding {
        int lock = -1;
        std::string temporary; ///< a directory to remove, or empty
        ~holding();
    };

    std::string path_;
    bool lost_ = false;
    holding held_;
};

} // namespace mockfleet::replicated
