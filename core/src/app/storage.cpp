// The persisted file is loaded by naming it as an initialisation file too, as with the original.
#include "app/storage.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/version.hpp"
#include "plugin/registry.hpp"
#include "store/blob_filesystem.hpp"
#include "store/blob_memory.hpp"
#include "store/checksum.hpp"
#include "store/durable_file.hpp"
#include "store/expectation_document.hpp"
#include "store/expectations.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>
#include <utility>

namespace mockfleet::app {

namespace asio = boost::asio;

namespace {

constexpr mf_plugin memory_plugin = plugin::describe_blob<store::blob_memory>("blob-memory", base::version);
constexpr mf_plugin filesystem_plugin =
    plugin::describe_blob<store::blob_filesystem>("blob-filesystem", base::version);

std::string key_from(const std::string& path) {
    return std::filesystem::path(path).filename().string();
}

base::result<void> check_key(const char* setting, const std::string& path) {
    if (!key_from(path).empty()) return {};
    return base::invalid(std::string(setting) + ": " + path +
                         " has no file name, which is the key of the document");
}

} // namespace

storage::storage(asio::any_io_executor executor, const config::settings& settings,
                 store::expectations& expectations, const store::event_log& log, store::state_client state)
    : settings_(settings), expectations_(expectations), log_(log), state_(state),
      watching_(asio::make_strand(executor)), timer_(watching_) {}

base::result<void> storage::open_blobs(plugin::registry& plugins) {
    const auto& type = settings_.text("blobStoreType");
    const plugin::setting directory{"directory", settings_.text("blobStoreDirectory")};
    if (type == "filesystem" && directory.second.empty()) return {};
    const auto opened = settings_.has_blob_plugin() ? plugins.open_blob(type, settings_.blob_store(type))
                        : type == "memory"          ? plugins.open_blob(memory_plugin, {})
                                                    : plugins.open_blob(filesystem_plugin, {&directory, 1});
    if (!opened) return opened.error();
    documents_.emplace(**opened);
    open_files();
    // On the filesystem they have a file of their own, with a journal.
    if (!settings_.flag("persistExpectations") || type == "filesystem") return {};
    store::blob_persistence::options wanted;
    const auto& path = settings_.text("persistedExpectationsPath");
    if (auto good = check_key("persistedExpectationsPath", path); !good) return good;
    wanted.key = key_from(path);
    wanted.restore_timeout = std::chrono::seconds(settings_.integer("blobStoreRestoreTimeoutSeconds"));
    wanted.clustered = settings_.flag("clusterEnabled");
    blobs_ = std::make_unique<store::blob_persistence>(*documents_, state_, expectations_, std::move(wanted));
    return {};
}

void storage::open_files() {
    store::kept_files::options wanted;
    // The clouds' limit, which is that of a path on the disk within reason too.
    constexpr std::size_t longest_object = 1024;
    const auto prefix = settings_.text("blobStoreKeyPrefix").size() + 1;
    wanted.longest_key = longest_object - std::min(prefix, longest_object);
    wanted.restore = settings_.integer("blobStoreRestoreTimeoutSeconds") > 0;
    wanted.clustered = settings_.flag("clusterEnabled");
    files_ = std::make_unique<store::kept_files>(*documents_, state_, wanted);
}

base::result<void> storage::open_recorded() {
    if (!settings_.flag("persistRecordedExpectations")) return {};
    const auto& path = settings_.text("persistedRecordedExpectationsPath");
    std::unique_ptr<store::recorded_persistence::place> place;
    if (settings_.text("blobStoreType") == "filesystem") {
        auto opened = store::recorded_persistence::in_file(path);
        if (!opened) return opened.error();
        place = std::move(*opened);
    } else {
        if (auto good = check_key("persistedRecordedExpectationsPath", path); !good) return good;
        const auto key = key_from(path);
        if (blobs_ && key == key_from(settings_.text("persistedExpectationsPath")))
            return base::invalid(
                "persistedRecordedExpectationsPath: " + key +
                " is the key of persistedExpectationsPath too; give each a file name of its own");
        place = store::recorded_persistence::in_blobs(*documents_, key);
    }
    recorded_ = std::make_unique<store::recorded_persistence>(log_, std::move(place));
    return {};
}

asio::awaitable<base::result<void>> storage::begin_recorded() {
    std::string node;
    if (settings_.flag("clusterEnabled")) {
        const auto info = co_await state_.describe();
        if (!info) co_return info.error();
        for (const auto& one : info->members) {
            if (one.local) node = one.address.empty() ? one.id : one.address;
        }
    }
    recorded_->begin(node);
    co_return base::result<void>();
}

base::result<void> storage::open(plugin::registry& plugins) {
    if (auto done = open_blobs(plugins); !done) return done;
    if (settings_.text("blobStoreType") == "filesystem" && settings_.flag("persistExpectations")) {
        auto opened = store::file_persistence::open(
            {settings_.text("persistedExpectationsPath"), settings_.text("persistDurability") != "behind"});
        if (!opened) return opened.error();
        file_ = std::move(*opened);
    }
    if (const auto& pattern = settings_.text("initializationJsonPath"); !pattern.empty()) {
        initial_.emplace(expectations_, pattern, [this](const std::string& path, std::string_view text) {
            return is_recorded_file(path) || (is_own_file(path) && file_->wrote(store::checksum_of(text)));
        });
    }
    return open_recorded();
}

bool storage::is_recorded_file(const std::string& path) const {
    std::error_code failure;
    return recorded_ && std::filesystem::equivalent(path, recorded_->document(), failure) && !failure;
}

bool storage::is_own_file(const std::string& path) const {
    std::error_code failure;
    return file_ && std::filesystem::equivalent(path, file_->path(), failure) && !failure;
}

asio::awaitable<base::result<void>> storage::load(bool clustered) {
    const auto patience = std::chrono::seconds(settings_.integer("blobStoreRestoreTimeoutSeconds"));
    const auto end = base::monotonic_ns() + std::chrono::nanoseconds(patience).count();
    if (files_) files_->begin(); // reads while the others are
    if (blobs_) {
        expectations_.observe(*blobs_); // first, so that no change is missed while the document is read
        co_await blobs_->restore();
    }
    const bool covered = initial_ && file_ && initial_->covers(file_->path());
    // Of a fleet that lives the shared state is right, and what this node knew when it left is not.
    const bool outdated = covered && clustered && expectations_.size() != 0;
    if (outdated) {
        base::log::info("initialization-outdated",
                        "the persisted expectations of this node are not loaded: the fleet has newer ones",
                        {{"file", file_->path()}});
    }
    if (initial_) {
        // Named, because GCC 12 destroys some temporaries twice.
        const std::function<bool(const std::string&)> is_own = [this](const std::string& path) {
            return is_own_file(path);
        };
        const store::initialisation::reading read = [this](const std::string& path) {
            return is_own_file(path) ? file_->content() : store::read_whole_file(path);
        };
        const auto told = co_await initial_->load(outdated ? store::initialisation::own_files::skip
                                                           : store::initialisation::own_files::load,
                                                  is_own, read);
        if (auto done = care_for_faulty(told.faulty); !done) co_return done;
        if (!told.complete() && settings_.flag("failOnInitializationError"))
            co_return base::invalid("failOnInitializationError: " + told.first_problem);
        // The life of some may have ended while the server was down.
        static_cast<void>(co_await expectations_.sweep());
    }
    if (file_) {
        if (covered && !outdated)
            file_->content_is_from_file();
        else if (auto done = care_for_unread_file(); !done)
            co_return done;
        expectations_.observe(*file_);
    }
    if (recorded_) {
        if (auto begun = co_await begin_recorded(); !begun) co_return begun;
    }
    if (files_) {
        const std::chrono::nanoseconds left(std::max<std::int64_t>(end - base::monotonic_ns(), 0));
        co_await files_->loaded_within(left);
    }
    if (initial_ && settings_.flag("watchInitializationJson"))
        asio::co_spawn(watching_, watch(), asio::detached);
    co_return base::result<void>();
}

base::result<void> storage::care_for_faulty(const std::vector<std::string>& faulty) {
    for (const auto& one : faulty) {
        if (!is_own_file(one)) continue;
        const auto aside = file_->keep_broken();
        if (!aside) return aside.error();
        base::log::warn("persistence-kept-aside",
                        "the file of persisted expectations is not wholly good; the original was kept",
                        {{"file", one}, {"kept-as", *aside}});
    }
    return {};
}

base::result<void> storage::care_for_unread_file() {
    const auto content = file_->content();
    if (!content) return content.error();
    if (store::holds_nothing(*content)) return {};
    const auto previous = file_->keep_previous();
    if (!previous) return previous.error();
    base::log::warn("persistence-not-loaded",
                    "the persisted expectations are not loaded, because initializationJsonPath does not name "
                    "their file; the next change replaces them",
                    {{"file", file_->path()}, {"kept-as", *previous}});
    return {};
}

asio::awaitable<void> storage::watch() {
    while (!stopped_) {
        timer_.expires_after(settings_.duration("watchInitializationJsonPollPeriodMillis"));
        boost::system::error_code ignored;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        if (stopped_) co_return;
        co_await initial_->look_again();
    }
}

void storage::stop() {
    asio::post(watching_, [this] {
        stopped_ = true;
        timer_.cancel();
    });
}

void storage::close() {
    const auto end =
        base::monotonic_ns() + std::chrono::nanoseconds(settings_.duration("stopDrainMillis")).count();
    const auto left = [end] {
        const auto rest = std::chrono::nanoseconds(std::max<std::int64_t>(end - base::monotonic_ns(), 0));
        return std::chrono::duration_cast<std::chrono::milliseconds>(rest);
    };
    const auto tell = [](const char* what, std::uint64_t lost, const numbers& now) {
        if (lost == 0) return;
        base::log::error("persistence-incomplete",
                         std::string("the server ends and could not write the ") + what,
                         {{"error", now.last_failure}, {"changes-lost", std::to_string(lost)}});
    };
    if (blobs_) tell("persisted expectations", blobs_->stop(left()), blobs_->counted());
    if (recorded_) tell("recorded expectations", recorded_->stop(left()), recorded_->counted());
    if (files_) {
        const auto lost = files_->stop(left());
        const auto why = files_->counted().last_failure;
        if (lost != 0)
            base::log::error("persistence-incomplete", "the server ends and could not write stored files",
                             {{"error", why.empty() ? "the blob store took too long" : why},
                              {"files", files_->waiting()}});
    }
    if (!file_) return;
    if (const auto done = file_->stop(); !done) {
        const auto missing = file_->counted();
        base::log::error("persistence-incomplete",
                         "the server ends and could not write the file of persisted expectations",
                         {{"error", done.error().message},
                          {"changes-lost", std::to_string(missing.unsafe)},
                          {"changes-in-journal", std::to_string(missing.pending - missing.unsafe)}});
    }
}

storage::numbers storage::counted() const {
    if (blobs_) return blobs_->counted();
    if (!file_) return {};
    auto now = file_->counted();
    return {now.pending, now.failures, std::move(now.last_failure)};
}

std::vector<std::string> storage::details() const {
    std::vector<std::string> told;
    const auto tell = [&told](const char* what, const numbers& now) {
        if (now.last_failure.empty()) return;
        told.push_back(std::string(what) + ": " + std::to_string(now.pending) +
                       " changes wait to be written: " + now.last_failure);
    };
    tell("persistence", counted());
    if (recorded_) tell("recorded expectations", recorded_->counted());
    if (files_) tell("files", files_->counted());
    return told;
}

void storage::add_metrics(base::metrics& to) const {
    using kind = base::metrics::kind;
    if (file_ || blobs_) {
        to.add("mock_server_persistence_pending_changes", kind::gauge,
               "Changes of expectations that are not in the persisted document yet",
               [this] { return static_cast<double>(counted().pending); });
        to.add("mock_server_persistence_failures", kind::counter, "Failures to keep persisted expectations",
               [this] { return static_cast<double>(counted().failures); });
    }
    if (files_) {
        to.add("mock_server_file_persistence_pending_changes", kind::gauge,
               "Changes of stored files that are not in the blob store yet",
               [this] { return static_cast<double>(files_->counted().pending); });
        to.add("mock_server_file_persistence_failures", kind::counter, "Failures to keep stored files",
               [this] { return static_cast<double>(files_->counted().failures); });
    }
    if (!recorded_) return;
    to.add("mock_server_recorded_persistence_pending_changes", kind::gauge,
           "Changes of recorded expectations that are not in their document yet",
           [this] { return static_cast<double>(recorded_->counted().pending); });
    to.add("mock_server_recorded_persistence_failures", kind::counter,
           "Failures to keep recorded expectations",
           [this] { return static_cast<double>(recorded_->counted().failures); });
}

} // namespace mockfleet::app
