// A plugin that completes start and get from a thread, and only once told to: after the host has given up.
#include "sound.h"

#include <atomic>
#include <thread>

namespace {

std::atomic<bool> may_complete{false};

void later(mf_state_done done) {
    std::thread([done] {
        while (!may_complete)
            std::this_thread::yield();
        sound_answer(done, MF_OK);
    }).detach();
}

void get(mf_state*, const mf_call*, mf_slice, mf_slice, mf_state_done done) noexcept {
    later(done);
}

// A put lets everything complete, what comes after it too.
void put(mf_state*, const mf_call*, mf_slice, mf_slice, mf_slice, mf_condition, mf_state_done done) noexcept {
    may_complete = true;
    sound_answer(done, MF_OK);
}

void start(mf_state*, const mf_state_events*, mf_state_done done) noexcept {
    later(done);
}

constexpr mf_state_ops ops{
    sizeof(mf_state_ops), MF_CALLS_NONBLOCKING, sound_open,  start,   nullptr, sound_close, get,    put,
    sound_remove,         sound_scan,           sound_clear, nullptr, nullptr, nullptr,     nullptr};

} // namespace

extern "C" constinit const mf_plugin mf_plugin_v1 = {
    sizeof(mf_plugin), MF_ABI_MINOR, 0, 0, "state-completes-late", "1", "", nullptr, 0, &ops, nullptr};
