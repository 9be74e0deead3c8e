// The log counts its changes itself, and is asked: recording, on I/O threads, tells nobody.
#include "store/recorded_persistence.hpp"

#include "base/log.hpp"
#include "store/blob_document.hpp"
#include "store/durable_file.hpp"
#include "store/event_log.hpp"
#include "store/expectation_document.hpp"
#include "store/keepsake.hpp"
#include "store/retrieval.hpp"

#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

constexpr const char* setting = "persistedRecordedExpectationsPath";
constexpr const char* previous_ending = ".previous";

void tell_kept(const std::string& document, const std::string& aside) {
    base::log::info("recorded-kept-aside",
                    "recorded expectations of an earlier run are kept under another name",
                    {{"document", document}, {"kept-as", aside}});
}

/// recorded.json of node a:1 is recorded.a_1.json.
std::string key_of_node(const std::string& key, const std::string& node) {
    auto name = "." + node;
    for (auto& one : name) {
        const bool plain = (one >= '0' && one <= '9') || (one >= 'a' && one <= 'z') ||
                           (one >= 'A' && one <= 'Z') || one == '.' || one == '-';
        if (!plain) one = '_';
    }
    const auto dot = key.rfind('.');
    return dot == std::string::npos || dot == 0 ? key + name : key.substr(0, dot) + name + key.substr(dot);
}

class file_place final : public recorded_persistence::place {
public:
    file_place(std::string path, file_lock lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    const std::string& name() const override { return path_; }
    void share_as(const std::string&) override {} // the lock has made sure of it

    asio::awaitable<base::result<void>> keep_earlier() override {
        const auto content = read_whole_file(path_);
        if (!content && content.error().code != base::errc::not_found) co_return content.error();
        if (!content || holds_nothing(*content)) co_return base::result<void>();
        const auto aside = keepsake_of_previous(path_, *content);
        const auto kept = keep(aside);
        if (!kept) co_return kept.error();
        tell_kept(path_, aside.name);
        co_return base::result<void>();
    }

    asio::awaitable<base::result<void>> replace(const std::string& text) override {
        co_return replace_file(path_, text);
    }

private:
    std::string path_;
    file_lock lock_;
};

class blob_place final : public recorded_persistence::place {
public:
    blob_place(blob_client blobs, std::string key) : blobs_(blobs), document_(blobs, std::move(key)) {}

    const std::string& name() const override { return document_.key(); }
    void share_as(const std::string& node) override {
        document_ = blob_document(blobs_, key_of_node(document_.key(), node));
    }

    asio::awaitable<base::result<void>> keep_earlier() override {
        const auto found = co_await document_.read();
        if (!found) co_return found.error();
        const auto& there = *found;
        if (there && !holds_nothing(there->data)) {
            const auto aside = document_.key() + previous_ending;
            const blob_condition always; // named, because GCC 12 destroys some temporaries twice
            const auto kept = co_await document_.keep_as(aside, there->data, always);
            if (!kept) co_return kept.error();
            tell_kept(document_.key(), aside);
        }
        document_.take_over(there);
        co_return base::result<void>();
    }

    asio::awaitable<base::result<void>> replace(const std::string& text) override {
        const blob_metadata none;
        const blob_document::permission own_only = [this](const blob&, bool own) -> base::result<void> {
            if (own) return {};
            return document_.foreign(setting);
        };
        const auto done = co_await document_.write(text, none, own_only);
        if (!done) co_return done.error();
        co_return base::result<void>();
    }

private:
    blob_client blobs_;
    blob_document document_;
};

} // namespace

base::result<std::unique_ptr<recorded_persistence::place>>
recorded_persistence::in_file(const std::string& path) {
    const auto target = target_of(path);
    auto lock = file_lock::take_for(setting, target);
    if (!lock) return lock.error();
    // What is recorded may hold credentials; whoever replaces a file keeps its permissions.
    const file_handle made(::open(target.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    base::result<void> ready;
    if (!made.is_open())
        ready = file_failure(target, "cannot be written");
    else if (::lseek(made.number(), 0, SEEK_END) == 0)
        ready = replace_file(target, "[]"); // a document, for whoever reads it now
    if (!ready) {
        auto why = ready.error();
        why.message = std::string(setting) + ": " + why.message;
        return why;
    }
    return std::unique_ptr<place>(std::make_unique<file_place>(target, std::move(*lock)));
}

std::unique_ptr<recorded_persistence::place> recorded_persistence::in_blobs(blob_client blobs,
                                                                            std::string key) {
    return std::make_unique<blob_place>(blobs, std::move(key));
}

paced_writer::pace recorded_persistence::standard_pace() {
    paced_writer::pace pace;
    pace.gather = std::chrono::milliseconds(0);
    pace.idle = std::chrono::milliseconds(100);
    return pace;
}

recorded_persistence::recorded_persistence(const event_log& log, std::unique_ptr<place> where,
                                           paced_writer::pace pace)
    : log_(log), place_(std::move(where)),
      writer_(*this, pace, {place_->name(), "recorded expectations", "mf-recorded"}) {}

void recorded_persistence::begin(const std::string& node) {
    if (!node.empty()) {
        place_->share_as(node);
        writer_.name_document(place_->name());
    }
    note_changes();
    writer_.begin();
}

void recorded_persistence::note_changes() const {
    writer_.note_total(log_.forwarded_changes() +
                       1); // the document is to be there before anything is recorded
}

asio::awaitable<bool> recorded_persistence::look() {
    note_changes();
    co_return false;
}

asio::awaitable<base::result<void>> recorded_persistence::write() {
    if (!begun_) {
        const auto kept = co_await place_->keep_earlier();
        if (!kept) co_return kept.error();
        begun_ = true;
    }
    const auto text = recorded_document(log_.take());
    const auto done = co_await place_->replace(text);
    if (!done) co_return done.error();
    co_return base::result<void>();
}

std::uint64_t recorded_persistence::stop(std::chrono::milliseconds patience) {
    note_changes();
    return writer_.stop(patience);
}

paced_writer::numbers recorded_persistence::counted() const {
    note_changes();
    return writer_.counted();
}

} // namespace mockfleet::store
