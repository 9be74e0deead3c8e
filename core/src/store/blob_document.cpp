// The tag decides; content is compared only when an attempt's outcome is not known.
#include "store/blob_document.hpp"

#include "store/checksum.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::store {

blob_document::answer<std::optional<blob>> blob_document::read() const {
    auto found = co_await blobs_.get(key_);
    if (found) co_return std::optional<blob>(std::move(*found));
    if (found.error().code == base::errc::not_found) co_return std::optional<blob>();
    co_return found.error();
}

void blob_document::take_over(const std::optional<blob>& found) {
    tag_ = last_tag_ = found ? found->tag : std::string();
    owned_ = true;
}

blob_document::answer<void> blob_document::keep_as(std::string key, std::string_view data,
                                                   blob_condition when) const {
    // Named, because GCC 12 destroys some temporaries of an awaited call twice.
    const blob_metadata none;
    const auto put = co_await blobs_.put(key, data, none, when);
    if (!put) co_return put.error();
    co_return base::result<void>();
}

blob_document::answer<std::string> blob_document::keep_previous(std::string_view data) const {
    const auto first = key_ + ".previous";
    const auto absent = blob_condition::absent(); // named, as above
    const blob_metadata none;
    const auto put = co_await blobs_.put(first, data, none, absent);
    if (!put) co_return put.error();
    if (put->applied) co_return first;
    const auto there = co_await blobs_.get(first);
    if (there && there->data == data) co_return first;
    if (!there && there.error().code != base::errc::not_found) co_return there.error();
    const auto further = first + "-" + checksum_digits(data); // the same content, the same name
    const auto done = co_await keep_as(further, data, absent);
    if (!done) co_return done.error();
    co_return further;
}

blob_document::answer<void> blob_document::write(std::string_view text, const blob_metadata& metadata,
                                                 const permission& may_replace) {
    constexpr int most_attempts = 3;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        if (!tag_) {
            const auto learnt = co_await learn_tag(may_replace);
            if (!learnt) co_return learnt.error();
        }
        attempted_[attempts_++ % attempted_.size()] = checksum_of(text);
        const auto when = tag_->empty() ? blob_condition::absent() : blob_condition::unchanged(*tag_);
        const auto put = co_await blobs_.put(key_, text, metadata, when);
        if (put && put->applied) {
            tag_ = last_tag_ = put->tag;
            owned_ = true;
            co_return base::result<void>();
        }
        // Absent: removed by hand, and made anew. Else somebody was faster, or an attempt whose outcome is
        // not known was made.
        tag_.reset();
        if (!put && put.error().code != base::errc::not_found) co_return put.error();
    }
    co_return base::error{base::errc::conflict,
                          "the document " + key_ + " is changed by others all the time"};
}

/// The tag to overwrite, if what it stands for may be overwritten.
blob_document::answer<void> blob_document::learn_tag(const permission& may_replace) {
    const auto found = co_await read();
    if (!found) co_return found.error();
    const auto& there = *found;
    if (!there) {
        tag_ = std::string();
        co_return base::result<void>();
    }
    // A write that failed for an outage has changed nothing: what is there is what was known.
    const bool own = there->tag == last_tag_ || std::find(attempted_.begin(), attempted_.end(),
                                                          checksum_of(there->data)) != attempted_.end();
    if (const auto allowed = may_replace(*there, own); !allowed) co_return allowed.error();
    tag_ = there->tag;
    co_return base::result<void>();
}

base::error blob_document::foreign(std::string_view setting) const {
    return {base::errc::conflict,
            "the document " + key_ +
                " was changed by another server and is not overwritten; give each server a " +
                std::string(setting) + " of its own, or remove the document"};
}

} // namespace mockfleet::store
