// Before anything changes: the lock, what an earlier run left, and what is kept of it under other names.
#include "store/file_persistence.hpp"

#include "base/log.hpp"
#include "store/journal_recovery.hpp"

#include <array>
#include <utility>

#include <unistd.h>

namespace mockfleet::store {

namespace {

/// The time may pass when this can be written; whatever else it is, somebody has to do something.
bool may_pass(const base::error& why) {
    return why.code == base::errc::exhausted || why.code == base::errc::unavailable;
}

} // namespace

base::result<std::unique_ptr<file_persistence>> file_persistence::open(options wanted) {
    const auto path = target_of(wanted.path);
    auto lock = file_lock::take_for("persistedExpectationsPath", path);
    if (!lock) return lock.error();
    auto made = std::unique_ptr<file_persistence>(new file_persistence(std::move(wanted), std::move(*lock)));
    if (const auto done = made->recover(); !done) {
        auto why = done.error();
        why.message = "persistedExpectationsPath: " + why.message;
        return why;
    }
    return made;
}

base::result<std::string> file_persistence::content() const {
    return unwritten_ ? *unwritten_ : read_whole_file(path_);
}

base::result<std::string> file_persistence::keep_broken() {
    const auto now = content();
    return now ? set_aside(keepsake_of_broken(path_, *now)) : now;
}

base::result<std::string> file_persistence::keep_previous() {
    const auto now = content();
    return now ? set_aside(keepsake_of_previous(path_, *now)) : now;
}

base::result<std::string> file_persistence::set_aside(keepsake wanted) {
    wanted.content = unwritten_;
    auto name = wanted.name;
    const std::lock_guard lock(folding_mutex_);
    to_keep_.push_back(std::move(wanted));
    if (const auto kept = keep_all(); !kept) {
        if (const auto later = postpone(kept.error()); !later) return later.error();
    }
    return name;
}

/// Before begin(): what could not be done is done with the next document, as soon as that can be written.
base::result<void> file_persistence::postpone(const base::error& why) {
    if (!may_pass(why)) return why;
    due_ = true;
    failed(why);
    return {};
}

base::result<void> file_persistence::recover() {
    ::unlink(draft_of(path_).c_str()); // half of what a crash interrupted
    auto text = read_whole_file(path_);
    if (!text && text.error().code == base::errc::not_found) {
        if (auto made = replace("[]"); !made) return made;
        text = std::string("[]");
    }
    if (!text) return text.error();
    auto left = recover_journals(path_, *text, std::array{folding_path_, journal_path_});
    if (!left) return left.error();
    if (left->document) {
        to_keep_ = std::move(left->aside);
        kept_aside_ = std::move(left->document_aside);
        auto written = keep_all();
        if (written) written = replace(*left->document);
        if (!written) {
            // The journals are still needed, so nothing else can be appended to them.
            journal_failed_ = true;
            unwritten_ = std::move(left->document);
            remember(*text);
            return postpone(written.error());
        }
        base::log::info("persistence-recovered",
                        "changes of the last run were taken from the journal into the file",
                        {{"file", path_}, {"changes", std::to_string(left->changes)}});
    }
    drop_journals();
    if (const auto opened = open_journal(); !opened) {
        journal_failed_ = true;
        return postpone(opened.error());
    }
    return {};
}

} // namespace mockfleet::store
