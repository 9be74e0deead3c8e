// POSIX calls, their errors in words.
#include "store/durable_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mockfleet::store {

namespace {

base::errc code_of(int number) {
    switch (number) {
    case ENOENT:
        return base::errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
        return base::errc::denied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return base::errc::exhausted;
    default:
        return base::errc::unavailable;
    }
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

int open_retrying(const std::string& path, int flags, mode_t mode = 0666) {
    int number = -1;
    do
        number = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    while (number < 0 && errno == EINTR);
    return number;
}

bool write_all(int number, std::string_view bytes, std::uint64_t at = 0) {
    while (!bytes.empty()) {
        const auto written = ::pwrite(number, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (written < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
        at += static_cast<std::uint64_t>(written);
    }
    return true;
}

/// Room is made in steps of so many bytes: some hundred changes.
constexpr std::size_t room_step = 256 * 1024;
constexpr std::array<char, 64 * 1024> zeros{};

constexpr std::int64_t second_ns = 1'000'000'000;

/// The draft with the bytes and the permissions of `path`, synced.
base::result<void> write_draft(const std::string& draft, const std::string& path, std::string_view bytes,
                               std::int64_t stamp_ns) {
    // Always a new file: what stands there may be a crash's, or a link that leads elsewhere.
    static_cast<void>(::unlink(draft.c_str()));
    const file_handle file(open_retrying(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW));
    if (!file.is_open()) return file_failure(draft, "cannot be created");
    struct stat known{};
    if (::stat(path.c_str(), &known) == 0 && ::fchmod(file.number(), known.st_mode & 07777) != 0)
        return file_failure(draft, "cannot be given the permissions of the file that it replaces");
    if (!write_all(file.number(), bytes)) return file_failure(draft, "cannot be written");
    if (stamp_ns != 0) {
        const timespec stamp{stamp_ns / second_ns, stamp_ns % second_ns};
        const timespec times[2] = {stamp, stamp};
        if (::futimens(file.number(), times) != 0) return file_failure(draft, "cannot be dated");
    }
    if (::fsync(file.number()) != 0) return file_failure(draft, "cannot be synced");
    return {};
}

} // namespace

file_handle::~file_handle() {
    if (number_ >= 0) ::close(number_);
}

base::error file_failure(const std::string& path, const char* what) {
    const int number = errno;
    return {code_of(number), path + ": " + what + ": " + std::generic_category().message(number)};
}

base::result<std::string> read_whole_file(const std::string& path) {
    const file_handle file(open_retrying(path, O_RDONLY));
    if (!file.is_open()) return file_failure(path, "cannot be opened");
    struct stat about{};
    if (::fstat(file.number(), &about) != 0) return file_failure(path, "cannot be read");
    std::string bytes;
    constexpr std::size_t step = 65536;
    auto wanted = static_cast<std::size_t>(about.st_size) + 1; // one more read finds the end
    for (std::size_t have = 0;;) {
        bytes.resize(have + wanted);
        const auto got = ::read(file.number(), bytes.data() + have, wanted);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_failure(path, "cannot be read");
        have += static_cast<std::size_t>(got);
        if (got == 0) {
            bytes.resize(have);
            return bytes;
        }
        wanted = step;
    }
}

std::string target_of(const std::string& path) {
    std::error_code failure;
    if (!std::filesystem::is_symlink(path, failure)) return path;
    auto target = std::filesystem::weakly_canonical(path, failure);
    return failure ? path : target.string();
}

std::string draft_of(const std::string& path) {
    const auto name = path.rfind('/') + 1; // npos + 1 = 0
    return path.substr(0, name) + "." + path.substr(name) + ".draft";
}

base::result<void> replace_file(const std::string& path, std::string_view bytes, std::int64_t stamp_ns) {
    const auto draft = draft_of(path);
    auto done = write_draft(draft, path, bytes, stamp_ns);
    if (done && ::rename(draft.c_str(), path.c_str()) != 0) done = file_failure(path, "cannot be replaced");
    if (!done) {
        // On a full disk it would take the room that the journal still needs.
        static_cast<void>(::unlink(draft.c_str()));
        return done;
    }
    return sync_directory_of(path);
}

base::result<void> make_directories(const std::string& path) {
    const auto is_there = [&path] {
        struct stat about{};
        return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
    };
    if (is_there()) return {};
    const auto parent = directory_of(path);
    if (parent != path) {
        if (auto made = make_directories(parent); !made) return made;
    }
    if (::mkdir(path.c_str(), 0777) != 0) {
        const auto failure = file_failure(path, "cannot be created");
        if (!is_there()) return failure; // otherwise another was faster
    }
    return sync_directory_of(path);
}

base::result<void> sync_directory_of(const std::string& path) {
    const auto directory = directory_of(path);
    const file_handle file(open_retrying(directory, O_RDONLY | O_DIRECTORY));
    if (!file.is_open()) return file_failure(directory, "cannot be opened");
    // A file system that cannot sync directories says EINVAL; there is nothing better to do there.
    if (::fsync(file.number()) != 0 && errno != EINVAL) return file_failure(directory, "cannot be synced");
    return {};
}

base::result<void> keep_as(const std::string& path, const std::string& second_name) {
    const auto draft = draft_of(second_name);
    if (::unlink(draft.c_str()) != 0 && errno != ENOENT) return file_failure(draft, "cannot be removed");
    if (::link(path.c_str(), draft.c_str()) != 0) {
        // Not every file system has second names.
        const auto bytes = read_whole_file(path);
        if (!bytes) return bytes.error();
        return replace_file(second_name, *bytes);
    }
    base::result<void> done;
    if (::rename(draft.c_str(), second_name.c_str()) != 0)
        done = file_failure(second_name, "cannot be replaced");
    // Renaming one name of a file to another of it does nothing, and leaves the first.
    ::unlink(draft.c_str());
    if (!done) return done;
    return sync_directory_of(second_name);
}

base::result<append_file> append_file::open(const std::string& path) {
    append_file made;
    made.path_ = path;
    made.file_ = file_handle(open_retrying(path, O_WRONLY | O_CREAT));
    if (!made.file_.is_open()) return file_failure(path, "cannot be created");
    struct stat about{};
    if (::fstat(made.file_.number(), &about) != 0) return file_failure(path, "cannot be read");
    made.size_ = made.room_ = static_cast<std::uint64_t>(about.st_size);
    if (const auto synced = sync_directory_of(path); !synced) return synced.error();
    return made;
}

void append_file::make_room(std::uint64_t wanted) {
    const auto target = wanted + room_step;
    while (room_ < target) {
        if (!write_all(file_.number(), {zeros.data(), zeros.size()}, room_)) {
            // What there is shall be for the pieces; should it not be given back, they still go over it.
            ahead_ = false;
            static_cast<void>(::ftruncate(file_.number(), static_cast<off_t>(size_)) == 0);
            return;
        }
        room_ += zeros.size();
    }
}

base::result<void> append_file::append(std::string_view bytes) {
    if (ahead_ && size_ + bytes.size() > room_) make_room(size_ + bytes.size());
    if (!write_all(file_.number(), bytes, size_)) return file_failure(path_, "cannot be written");
    if (::fdatasync(file_.number()) != 0) return file_failure(path_, "cannot be synced");
    size_ += bytes.size();
    return {};
}

base::result<file_lock> file_lock::take(const std::string& path) {
    file_lock made;
    made.file_ = file_handle(open_retrying(path, O_RDWR | O_CREAT));
    if (!made.file_.is_open()) return file_failure(path, "cannot be created");
    const int number = made.file_.number();
    if (::flock(number, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return file_failure(path, "cannot be locked");
        char holder[32] = {};
        const auto got = ::pread(number, holder, sizeof(holder) - 1, 0);
        return base::error{base::errc::conflict,
                           got > 0 ? "process " + std::string(holder) : std::string("another process")};
    }
    // Who has it, for the message above; failing to write that is no reason not to go on.
    char self[32];
    const int size = std::snprintf(self, sizeof(self), "%d", static_cast<int>(::getpid()));
    if (::ftruncate(number, 0) == 0)
        static_cast<void>(::pwrite(number, self, static_cast<std::size_t>(size), 0));
    return made;
}

base::result<file_lock> file_lock::take_for(std::string_view setting, const std::string& path) {
    auto taken = take(path + ".lock");
    if (taken) return taken;
    auto why = taken.error();
    if (why.code == base::errc::conflict)
        why.message = path + " is in use by " + why.message +
                      "; give each server a file of its own, or stop the other one";
    else
        why.message += "; name a file in a directory that the server may write to";
    why.message = std::string(setting) + ": " + why.message;
    return why;
}

} // namespace mockfleet::store
