// One kind of state that nodes share: what a node keeps of it, and how that follows the backend.
#pragma once

#include "base/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::plugin {
struct state_event;
}

namespace mockfleet::store {

/// A new kind is one class that implements this beside its codec, and one line in app's list of kinds. The
/// backend knows nothing of it: to a plugin it is bytes under keys of one more space.
///
/// load(), changed(), reread() and read_again() run on control threads, one at a time per kind. A kind's own
/// writes fetch entries too, at the same time and on whatever thread they run.
///
/// What a kind should have read and could not, because the backend was away, it notes as unread; that is
/// tried until it can be read. An entry that the backend has, but will not hand out, is passed over: it must
/// not keep the node from following all others.
class shared_kind {
public:
    /// The key space in the state backend; constant.
    [[nodiscard]] virtual std::string_view key_space() const = 0;
    /// Reads everything; once, before the node serves.
    [[nodiscard]] virtual boost::asio::awaitable<base::result<void>> load() = 0;
    /// Some node, perhaps this one, wrote (`version`) or removed (0) an entry.
    [[nodiscard]] virtual boost::asio::awaitable<void> changed(std::string key, std::uint64_t version) = 0;
    /// Told of such a change before it waits for its turn, on the thread that made it: true when changed()
    /// need not be called. Must not block, nor call the backend.
    [[nodiscard]] virtual bool is_own(std::string_view /*key*/, std::uint64_t /*version*/) { return false; }
    /// The space was cleared, or events were missed: what is kept may differ anywhere from what is stored.
    [[nodiscard]] virtual boost::asio::awaitable<void> reread() = 0;

    /// Tries again to read what is unread; false when something is left.
    [[nodiscard]] boost::asio::awaitable<bool> read_again();
    /// Something is unread because this node was cut off: what it keeps may be older than what the fleet has
    /// acknowledged. Any thread.
    [[nodiscard]] bool is_behind() const;
    [[nodiscard]] bool has_unread() const;
    /// How many entries were passed over since the start; each is named in the log, once.
    [[nodiscard]] std::size_t passed_over() const;
    /// `wake` is called when something becomes unread, from any thread.
    void on_unread(std::function<void()> wake) { wake_ = std::move(wake); }

protected:
    shared_kind() = default;
    ~shared_kind() = default;
    /// Reads one entry and keeps it, unless what is kept is newer.
    [[nodiscard]] virtual boost::asio::awaitable<void> fetch(std::string key) = 0;
    /// The entry, or every one for the empty key, could not be read: to be tried again, or passed over if the
    /// reason is one that stays. Tells so in the log, of many that wait for the backend the first.
    void unread(std::string key, const base::error& reason);
    /// The entries have to be read, and nobody waits for it.
    void read_later(std::vector<std::string> keys);

private:
    void pass_over(std::string key, const base::error& reason);

    mutable std::mutex unread_mutex_;
    std::set<std::string> unread_;
    std::set<std::string> passed_over_;
    bool behind_ = false;
    bool told_ = false;
    std::function<void()> wake_;
};

/// Hands events (plugin::event_queue::take) to the kinds they concern, in order, each done before the next.
/// Events of other spaces are passed over.
[[nodiscard]] boost::asio::awaitable<void> deliver(std::span<shared_kind* const> kinds,
                                                   std::vector<plugin::state_event> events);

} // namespace mockfleet::store
