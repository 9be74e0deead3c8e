// Events to the kinds they concern.
#include "store/shared_kind.hpp"

#include "plugin/event_queue.hpp"

#include <utility>

namespace mockfleet::store {

boost::asio::awaitable<void> deliver(std::span<shared_kind* const> kinds,
                                     std::vector<plugin::state_event> events) {
    for (auto& event : events) {
        for (auto* kind : kinds) {
            // An empty space means all of them: a resync of the whole backend.
            if (!event.space.empty() && event.space != kind->key_space()) continue;
            if (event.what == plugin::state_event::kind::changed)
                co_await kind->changed(event.key, event.version);
            else
                co_await kind->reread();
        }
    }
}

} // namespace mockfleet::store
