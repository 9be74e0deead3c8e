// A plugin that reports far more changes than anybody can take, and goes on after its stop has completed.
#include "sound.h"

#include <thread>

namespace {

constexpr mf_slice space{"storm", 5};

void start(mf_state* state, const mf_state_events* events, mf_state_done done) noexcept {
    state->events = events;
    std::thread([events] {
        constexpr std::uint64_t many = 100'000;
        for (std::uint64_t version = 1; version <= many; ++version)
            events->changed(events->ctx, space, {"key", 3}, version);
        events->changed(events->ctx, {"calm", 4}, {"key", 3}, many + 1);
        events->resync(events->ctx);
    }).join();
    sound_answer(done, MF_OK);
}

void stop(mf_state*, mf_state_done done) noexcept {
    sound_answer(done, MF_OK);
}

void close(mf_state* state) noexcept {
    state->events->changed(state->events->ctx, space, {"after stop", 10}, 1);
}

constexpr mf_state_ops ops{
    sizeof(mf_state_ops), MF_CALLS_PARALLEL, sound_open,  start,   stop,    close,   sound_get, sound_put,
    sound_remove,         sound_scan,        sound_clear, nullptr, nullptr, nullptr, nullptr};

} // namespace

extern "C" constinit const mf_plugin mf_plugin_v1 = {
    sizeof(mf_plugin), MF_ABI_MINOR, 0, 0, "state-event-storm", "1", "", nullptr, 0, &ops, nullptr};
