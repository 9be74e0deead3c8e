// The events that core receives from a plugin, and the words for a status.
#include "plugin/instance.hpp"

#include "base/log.hpp"

#include <utility>

namespace mockfleet::plugin {

template <class Tell>
void event_gate::tell(Tell tell) noexcept {
    if (listener_ == nullptr || !open_.load(std::memory_order_acquire)) return;
    try {
        tell(*listener_);
    } catch (const std::exception& thrown) {
        base::log::error("plugin-event-lost", "an event of a backend could not be taken",
                         {{"plugin", plugin_}, {"cause", thrown.what()}});
    }
}

event_gate::event_gate(std::string plugin, state_listener* listener)
    : plugin_(std::move(plugin)), listener_(listener),
      table_{sizeof(mf_state_events),
             0,
             this,
             [](void* ctx, mf_slice space, mf_slice key, uint64_t version) noexcept {
                 static_cast<event_gate*>(ctx)->tell(
                     [&](state_listener& to) { to.changed(to_view(space), to_view(key), version); });
             },
             [](void* ctx, mf_slice space) noexcept {
                 static_cast<event_gate*>(ctx)->tell([&](state_listener& to) { to.cleared(to_view(space)); });
             },
             [](void* ctx) noexcept {
                 static_cast<event_gate*>(ctx)->tell([](state_listener& to) { to.resync(); });
             }} {}

const char* words_of(base::errc status) {
    switch (status) {
    case base::errc::not_found:
        return "not found";
    case base::errc::conflict:
        return "conflict";
    case base::errc::invalid:
        return "invalid";
    case base::errc::unsupported:
        return "unsupported";
    case base::errc::unavailable:
        return "unavailable";
    case base::errc::timeout:
        return "timeout";
    case base::errc::cancelled:
        return "cancelled";
    case base::errc::denied:
        return "denied";
    case base::errc::exhausted:
        return "exhausted";
    case base::errc::internal:
        break;
    }
    return "internal error";
}

} // namespace mockfleet::plugin
