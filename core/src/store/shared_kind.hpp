// One kind of state that nodes share: what a node keeps of it, and how that follows the backend.
#pragma once

#include "base/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::plugin {
struct state_event;
}

namespace mockfleet::store {

/// A new kind is one class that implements this beside its codec, and one line in app's list of kinds. The
/// backend knows nothing of it: to a plugin it is bytes under keys of one more space.
///
/// The coroutines run on control threads, one at a time per kind.
class shared_kind {
public:
    /// The key space in the state backend; constant.
    [[nodiscard]] virtual std::string_view key_space() const = 0;
    /// Reads everything; once, before the node serves.
    [[nodiscard]] virtual boost::asio::awaitable<base::result<void>> load() = 0;
    /// Some node, perhaps this one, wrote (`version`) or removed (0) an entry.
    [[nodiscard]] virtual boost::asio::awaitable<void> changed(std::string key, std::uint64_t version) = 0;
    /// The space was cleared, or events were missed: what is kept may differ anywhere from what is stored.
    [[nodiscard]] virtual boost::asio::awaitable<void> reread() = 0;

protected:
    ~shared_kind() = default;
};

/// Hands events (plugin::event_queue::take) to the kinds they concern, in order, each done before the next.
/// Events of other spaces are passed over.
[[nodiscard]] boost::asio::awaitable<void> deliver(std::span<shared_kind* const> kinds,
                                                   std::vector<plugin::state_event> events);

} // namespace mockfleet::store
