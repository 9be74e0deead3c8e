// Cassettes (core.md 1.20): recorded traffic under a name, as expectations in a document of the blob store,
// and the list of those that were recorded or used.
#pragma once

#include "base/error.hpp"
#include "store/blob_client.hpp"
#include "store/state_client.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

struct cassette {
    std::string path; ///< its name; the document's key is `cassettes/` and this
    std::string filename;
    std::int64_t expectation_count = -1; ///< negative: not known
    std::string origin;         ///< "recorded", "loaded" or what a client said; "stored": of an earlier run
    std::int64_t last_used = 0; ///< ms since the epoch; 0: not by this fleet
};

/// The list is in the state backend, so that all nodes show it, and ends with a reset; documents stay until
/// they are removed. Any thread.
class cassettes {
public:
    /// Without a blob store nothing can be stored: error invalid.
    cassettes(state_client state, std::optional<blob_client> documents)
        : state_(state), documents_(documents) {}

    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    /// Puts it on the list, or changes it there; answers it with the present time.
    answer<cassette> note(cassette one) const;
    /// What was used last comes first; documents that are not on the list follow by name.
    answer<std::vector<cassette>> list() const;
    /// Takes it off the list and removes its document; false when there was neither.
    answer<bool> remove(std::string path) const;
    /// Empties the list.
    answer<void> clear() const;

    /// `content`: a JSON array of expectations. Replaces what was recorded under the name before.
    answer<void> store(std::string path, std::string content) const;
    /// Error not_found.
    answer<std::string> content(std::string path) const;

    /// The part behind the last slash.
    [[nodiscard]] static std::string filename_of(std::string_view path);

    static constexpr std::string_view space = "cassettes";

private:
    state_client state_;
    std::optional<blob_client> documents_;
};

} // namespace mockfleet::store
