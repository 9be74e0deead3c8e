// The tag of a blob is the time of change that its file was given: unique, because writers take turns.
#include "store/blob_filesystem.hpp"

#include "base/clock.hpp"
#include "base/java_properties.hpp"
#include "store/blob_conditions.hpp"
#include "store/durable_file.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mockfleet::store {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view lock_name = ".mockfleet.lock";
constexpr std::string_view meta_ending = ".meta";
constexpr std::string_view draft_ending = ".draft";
/// Comments of a .meta file: to which content the properties belong; one property of the content before.
constexpr std::string_view owner_mark = "#mockfleet-content ";
constexpr std::string_view previous_mark = "#mockfleet-previous ";
constexpr std::string_view previous_line = "#mockfleet-property ";
constexpr int most_attempts = 20;

[[noreturn]] void fail(const base::error& why) {
    throw plugin::failure(static_cast<mf_status>(why.code), why.message);
}

template <class Value>
void need(const base::result<Value>& done) {
    if (!done) fail(done.error());
}

bool is_own_name(std::string_view name) {
    return name == lock_name || name.ends_with(meta_ending) ||
           (name.starts_with('.') && name.ends_with(draft_ending));
}

/// Writers of all threads and processes, one at a time.
class writers_turn {
public:
    explicit writers_turn(const std::string& base)
        : file_(::open((base + "/" + std::string(lock_name)).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
        if (!file_.is_open()) fail(file_failure(base, "cannot be written to"));
        int outcome = 0;
        do
            outcome = ::flock(file_.number(), LOCK_EX);
        while (outcome != 0 && errno == EINTR);
        if (outcome != 0) fail(file_failure(base, "cannot be locked"));
    }

private:
    file_handle file_;
};

std::int64_t stamp_of(const struct stat& about) {
    return about.st_mtim.tv_sec * 1'000'000'000LL + about.st_mtim.tv_nsec;
}

/// The stamp of a regular file; nullopt: there is none.
std::optional<std::int64_t> stamp_at(const std::string& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        fail(file_failure(path, "cannot be read"));
    }
    if (!S_ISREG(about.st_mode)) return std::nullopt;
    return stamp_of(about);
}

struct meta_file {
    std::string owner; ///< empty: written by another program, so it belongs to whatever is there
    std::string previous_owner;
    std::vector<std::pair<std::string, std::string>> current;
    std::vector<std::pair<std::string, std::string>> previous;
};

std::vector<std::pair<std::string, std::string>> properties_of(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> found;
    base::properties_reader lines(text);
    while (auto item = lines.next()) {
        if (item->valid) found.emplace_back(std::move(item->key), std::move(item->value));
    }
    return found;
}

/// Nullopt: there is none.
std::optional<meta_file> read_meta(const std::string& path) {
    const auto text = read_whole_file(path);
    if (!text) {
        if (text.error().code == base::errc::not_found) return std::nullopt;
        fail(text.error());
    }
    meta_file read;
    std::string earlier;
    for (std::string_view rest = *text; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (line.starts_with(owner_mark)) read.owner = line.substr(owner_mark.size());
        if (line.starts_with(previous_mark)) read.previous_owner = line.substr(previous_mark.size());
        if (line.starts_with(previous_line)) {
            earlier += line.substr(previous_line.size());
            earlier += '\n';
        }
    }
    read.current = properties_of(*text);
    read.previous = properties_of(earlier);
    return read;
}

/// The properties that belong to the content with this tag; nullptr: of another moment.
const std::vector<std::pair<std::string, std::string>>* belonging_to(const meta_file& meta,
                                                                     const std::string& tag) {
    if (meta.owner.empty() || meta.owner == tag) return &meta.current;
    return meta.previous_owner == tag ? &meta.previous : nullptr;
}

std::string meta_text(const std::string& owner, std::span<const mf_pair> current,
                      const std::string& previous_owner,
                      const std::vector<std::pair<std::string, std::string>>& previous) {
    std::string text;
    text.append(owner_mark).append(owner) += '\n';
    if (!previous_owner.empty()) text.append(previous_mark).append(previous_owner) += '\n';
    for (const auto& [key, value] : previous) {
        text += previous_line;
        base::append_property(text, key, value);
    }
    for (const auto& pair : current)
        base::append_property(text, plugin::view(pair.key), plugin::view(pair.value));
    return text;
}

void remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail(file_failure(path, "cannot be removed"));
}

} // namespace

blob_filesystem::blob_filesystem(const plugin::config& settings) : base_(settings.text("directory")) {}

void blob_filesystem::start() {
    if (const auto made = make_directories(base_); !made)
        throw plugin::failure(MF_INVALID, base_ + ": is no directory: " + made.error().message);
    std::error_code failure;
    const auto found = fs::canonical(base_, failure);
    if (failure) throw plugin::failure(MF_INVALID, base_ + ": is no directory: " + failure.message());
    base_ = found.string();
    const writers_turn tried(base_);
}

std::string blob_filesystem::path_of(std::string_view key) const {
    check_blob_key(key);
    const auto refuse = [key](const char* why) {
        throw plugin::failure(MF_INVALID, "the key '" + std::string(key) + "' " + why);
    };
    if (key.find('\0') != std::string_view::npos) refuse("has a zero byte");
    for (auto rest = key;;) {
        const auto end = rest.find('/');
        const auto part = rest.substr(0, end);
        if (part.empty() || part == "." || part == "..") refuse("has an empty, . or .. part");
        if (is_own_name(part)) refuse("has a name that the store keeps for itself");
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    auto path = base_ + "/" + std::string(key);
    // A link could lead anywhere.
    std::error_code failure;
    const auto real = fs::weakly_canonical(path, failure).string();
    if (failure || real != path) refuse("leads through a link or a file");
    return path;
}

std::optional<plugin::document> blob_filesystem::get(std::string_view key) {
    const auto path = path_of(key);
    // Content and metadata are two files: what does not belong together is of a writer at work.
    for (int attempt = 1;; ++attempt) {
        const auto before = stamp_at(path);
        if (!before) return std::nullopt;
        auto data = read_whole_file(path);
        if (!data && data.error().code != base::errc::not_found) fail(data.error());
        const auto meta = read_meta(path + std::string(meta_ending));
        if (!data || stamp_at(path) != before) continue; // replaced meanwhile
        plugin::document found;
        found.tag = std::to_string(*before);
        found.data = std::move(*data);
        if (!meta) return found;
        if (const auto* mine = belonging_to(*meta, found.tag)) {
            found.metadata = *mine;
            return found;
        }
        if (attempt == most_attempts) return found;
    }
}

std::string blob_filesystem::put(std::string_view key, std::string_view data,
                                 std::span<const mf_pair> metadata, mf_blob_condition when) {
    const auto path = path_of(key);
    const auto meta_path = path + std::string(meta_ending);
    const writers_turn turn(base_);
    const auto before = stamp_at(path);
    const auto old_tag = before ? std::to_string(*before) : std::string();
    check_put(when, before ? &old_tag : nullptr);
    if (const auto made = make_directories(fs::path(path).parent_path().string()); !made)
        throw plugin::failure(MF_INVALID, path + ": " + made.error().message);
    const auto stamp = std::max(base::wall_ns(), before.value_or(0) + 1);
    const auto tag = std::to_string(stamp);
    const auto old_meta = read_meta(meta_path);
    if (old_meta || !metadata.empty()) {
        const auto* const old = old_meta && before ? belonging_to(*old_meta, old_tag) : nullptr;
        need(replace_file(meta_path, meta_text(tag, metadata, old_tag, old ? *old : pairs())));
    }
    need(replace_file(path, data, stamp));
    if (old_meta && metadata.empty()) remove_file(meta_path);
    return tag;
}

plugin::key_page blob_filesystem::list(std::string_view prefix, std::string_view after, std::uint32_t limit) {
    const auto slash = prefix.rfind('/');
    const auto folder = slash == std::string_view::npos ? std::string_view() : prefix.substr(0, slash);
    const auto root = folder.empty() ? base_ : base_ + "/" + std::string(folder);
    std::error_code failure;
    plugin::key_page page;
    if (fs::weakly_canonical(root, failure).string() != root || failure) return page;
    for (fs::recursive_directory_iterator at(root, failure), end; !failure && at != end;
         at.increment(failure)) {
        std::error_code gone;
        if (!at->is_regular_file(gone) || at->is_symlink(gone) || is_own_name(at->path().filename().string()))
            continue;
        auto key = at->path().string().substr(base_.size() + 1);
        if (key.starts_with(prefix) && key > after) page.keys.push_back(std::move(key));
    }
    if (failure && failure != std::errc::no_such_file_or_directory && failure != std::errc::not_a_directory)
        throw plugin::failure(MF_UNAVAILABLE, root + ": cannot be listed: " + failure.message());
    std::sort(page.keys.begin(), page.keys.end());
    page.more = limit != 0 && page.keys.size() > limit;
    if (page.more) page.keys.resize(limit);
    return page;
}

bool blob_filesystem::remove(std::string_view key, mf_blob_condition when) {
    const auto path = path_of(key);
    const writers_turn turn(base_);
    const auto stamp = stamp_at(path);
    const auto tag = stamp ? std::to_string(*stamp) : std::string();
    if (!check_remove(when, stamp ? &tag : nullptr)) return false;
    remove_file(path);
    remove_file(path + std::string(meta_ending));
    need(sync_directory_of(path));
    return true;
}

} // namespace mockfleet::store
