// One document of a blob store that is written again and again, and never over what somebody else wrote.
#pragma once

#include "base/error.hpp"
#include "store/blob_client.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mockfleet::store {

/// Every write is conditional on the document that was read or written last. One whose outcome is unknown is
/// recognised when it is found. One caller at a time.
class blob_document {
public:
    blob_document(blob_client blobs, std::string key) : blobs_(blobs), key_(std::move(key)) {}

    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    [[nodiscard]] const std::string& key() const { return key_; }

    /// What is there; nullopt: there is no document.
    answer<std::optional<blob>> read() const;
    /// What read() found was taken over: the next write goes over it, and from then on only this owner
    /// writes.
    void take_over(const std::optional<blob>& found);
    [[nodiscard]] bool owned() const { return owned_; }
    /// What read() found, under another key.
    answer<void> keep_as(std::string key, std::string_view data, blob_condition when) const;
    /// The same beside the document, without giving up what was kept before; answers the key.
    answer<std::string> keep_previous(std::string_view data) const;

    /// An error: what was found must not be written over. `own`: this owner took it over, or wrote it or the
    /// like of it.
    using permission = std::function<base::result<void>(const blob& found, bool own)>;
    answer<void> write(std::string_view text, const blob_metadata& metadata, const permission& may_replace);
    /// When somebody else has changed it; `setting` names the document.
    [[nodiscard]] base::error foreign(std::string_view setting) const;

private:
    answer<void> learn_tag(const permission& may_replace);

    blob_client blobs_;
    std::string key_;
    std::optional<std::string> tag_; ///< of the document; empty text: there is none; nullopt: to be asked
    std::optional<std::string> last_tag_; ///< of what was taken over or written last, whatever failed since
    std::array<std::uint64_t, 8> attempted_{}; ///< checksums of what was last tried to be written
    std::size_t attempts_ = 0;
    bool owned_ = false;
};

} // namespace mockfleet::store
