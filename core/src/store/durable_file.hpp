// Files that survive a crash: replaced whole, appended to with a sync, locked against a second process.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace mockfleet::store {

/// Closes what it owns. Movable; -1 is none.
class file_handle {
public:
    explicit file_handle(int number = -1) : number_(number) {}
    ~file_handle();
    file_handle(file_handle&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    file_handle& operator=(file_handle&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] bool is_open() const { return number_ >= 0; }

private:
    int number_;
};

/// All functions block, so none is for an I/O thread; errors name the file. Their codes: not_found, denied
/// (permissions, read-only), exhausted (no room), otherwise unavailable.

/// `what` failed with errno.
[[nodiscard]] base::error file_failure(const std::string& path, const char* what);

[[nodiscard]] base::result<std::string> read_whole_file(const std::string& path);

/// Where a link leads; otherwise the path itself.
[[nodiscard]] std::string target_of(const std::string& path);

/// Puts `bytes` in the place of the file: written beside it (see draft_of), synced, renamed, the directory
/// synced. Whoever reads, and a crash, finds the old or the new content. The permissions of an existing file
/// stay, and nothing half-written is left when it fails. One caller per path at a time. `stamp_ns`: the time
/// of change that it gets; 0 = now.
[[nodiscard]] base::result<void> replace_file(const std::string& path, std::string_view bytes,
                                              std::int64_t stamp_ns = 0);
/// The name that replace_file writes to first; what a crash left under it is removed by the next one.
[[nodiscard]] std::string draft_of(const std::string& path);

/// Creates the directories that `path` lacks, itself included, each permanently.
[[nodiscard]] base::result<void> make_directories(const std::string& path);

/// Makes what was created, renamed and removed in the file's directory permanent.
[[nodiscard]] base::result<void> sync_directory_of(const std::string& path);

/// Keeps what the file holds now under a second name too; what had that name before is lost (keepsake.hpp).
[[nodiscard]] base::result<void> keep_as(const std::string& path, const std::string& second_name);

/// A file that only grows, each piece on disk before append returns. Room for what is to come is written
/// beforehand, as zero bytes, so that a sync has nothing to bring to the disk but the piece: who reads the
/// file finds zero bytes behind the last piece. A crash may leave of the piece that was on its way any part,
/// and zero bytes for the rest. Where no room can be made, each piece makes the file longer.
class append_file {
public:
    append_file() = default;
    /// Creates it when it is missing.
    [[nodiscard]] static base::result<append_file> open(const std::string& path);
    /// When this fails, nothing may be appended any more.
    [[nodiscard]] base::result<void> append(std::string_view bytes);
    /// Of what was appended, without the room.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] bool is_open() const { return file_.is_open(); }

private:
    std::string path_;
    file_handle file_;
    void make_room(std::uint64_t wanted);

    std::uint64_t size_ = 0;
    std::uint64_t room_ = 0; ///< where the file ends
    bool ahead_ = true;      ///< room can be made
};

/// Held by one process at a time; the system gives it back when the process ends, however that happens.
class file_lock {
public:
    /// errc::conflict when another process has it; the message tells which.
    [[nodiscard]] static base::result<file_lock> take(const std::string& path);
    /// The lock of a file that a setting names, `path`.lock; the error says what to do.
    [[nodiscard]] static base::result<file_lock> take_for(std::string_view setting, const std::string& path);

private:
    file_handle file_;
};

} // namespace mockfleet::store
