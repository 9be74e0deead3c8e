// Rules of the data directory.
#include "life/data_dir.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mockfleet::replicated {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw plugin::failure(MF_INVALID, what);
}

std::string temporary_root() {
    std::error_code problem;
    const auto root = fs::temp_directory_path(problem);
    return problem ? "/tmp" : root.string();
}

/// A directory in a place that everybody may write to: only this user's own is trusted.
void make_private(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0) return;
    struct stat found{};
    const bool own = errno == EEXIST && ::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
                     found.st_uid == ::geteuid();
    if (!own)
        refuse("'" + path + "' is not a directory of this user; remove it, or set clusterEngineDataDir");
}

void make_all(const std::string& path) {
    std::error_code problem;
    fs::create_directories(path, problem);
    if (problem) {
        refuse("the engine's data directory '" + path + "' cannot be made (" + problem.message() +
               "); set clusterEngineDataDir to one that can");
    }
    fs::permissions(path, fs::perms::owner_all, problem);
}

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

/// The lines name=value of the note about whose the data are.
std::map<std::string, std::string> read_note(const std::string& path) {
    std::map<std::string, std::string> note;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const auto equals = line.find('=');
        if (equals != std::string::npos) note[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return note;
}

} // namespace

data_dir::data_dir(const settings& asked, const std::string& member) {
    const auto below = asked.cluster_name + "/" + member;
    const char* state = std::getenv("STATE_DIRECTORY");
    if (!asked.engine_data_dir.empty()) {
        path_ = asked.engine_data_dir;
        make_all(path_);
    } else if (!asked.clustered) {
        path_ = temporary_root() + "/mockfleet-XXXXXX";
        if (::mkdtemp(path_.data()) == nullptr)
            refuse("no temporary directory '" + path_ + "' can be made: " + std::strerror(errno));
        held_.temporary = path_;
    } else if (state != nullptr && *state != '\0') {
        const std::string all = state;
        path_ = all.substr(0, all.find(':')) + "/engine/" + below;
        make_all(path_);
    } else {
        const auto root = temporary_root() + "/mockfleet-" + std::to_string(::geteuid());
        make_private(root);
        path_ = root + "/" + below;
        make_all(path_);
    }
    lock();
    check_owner(asked, member);
}

data_dir::holding::~holding() {
    if (lock >= 0) ::close(lock);
    std::error_code ignored;
    if (!temporary.empty()) fs::remove_all(temporary, ignored);
}

void data_dir::lock() {
    const auto file = path_ + "/lock";
    held_.lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (held_.lock < 0)
        refuse("the engine's data directory '" + path_ + "' cannot be written: " + std::strerror(errno));
    if (::flock(held_.lock, LOCK_EX | LOCK_NB) == 0) return;
    throw plugin::failure(MF_UNAVAILABLE, "the engine's data directory '" + path_ +
                                              "' is used by another process; two nodes on one host need "
                                              "different clusterPeerPort or clusterEngineDataDir");
}

void data_dir::check_owner(const settings& asked, const std::string& member) {
    const auto file = path_ + "/owner";
    const auto note = read_note(file);
    const auto now = boot_id();
    if (has_data() && !note.empty()) {
        const auto value = [&](const char* name) {
            const auto found = note.find(name);
            return found == note.end() ? std::string() : found->second;
        };
        if (value("cluster") != asked.cluster_name || value("member") != member) {
            refuse("the engine's data directory '" + path_ + "' belongs to '" + value("member") + "' of '" +
                   value("cluster") + "', this is '" + member + "' of '" + asked.cluster_name +
                   "'; set another clusterEngineDataDir, or remove it if its data are not wanted");
        }
        if (value("fsync") == "false" && value("boot") != now) {
            lost_ = true;
            discard();
        }
    }
    std::ofstream written(file, std::ios::trunc);
    written << "cluster=" << asked.cluster_name << "\nmember=" << member << "\nboot=" << now
            << "\nfsync=" << (asked.engine_fsync ? "true" : "false") << '\n';
    if (!written.flush()) refuse("the engine's data directory '" + path_ + "' cannot be written");
}

bool data_dir::has_data() const {
    std::error_code problem;
    for (const auto& one : fs::directory_iterator(path_ + "/member/wal", problem)) {
        if (one.path().extension() == ".wal") return true;
    }
    return false;
}

void data_dir::discard() {
    std::error_code problem;
    fs::remove_all(path_ + "/member.old", problem);
    if (fs::exists(path_ + "/member", problem)) fs::rename(path_ + "/member", path_ + "/member.old", problem);
    if (problem) {
        throw plugin::failure(MF_UNAVAILABLE, "the outdated data in '" + path_ +
                                                  "' cannot be put aside: " + problem.message());
    }
}

} // namespace mockfleet::replicated
