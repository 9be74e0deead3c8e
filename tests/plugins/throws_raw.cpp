// A plugin without the wrapper that lets exceptions out of get, put, open and start.
#include "sound.h"

#include <stdexcept>
#include <string_view>

namespace {

mf_status open(const mf_host* host, const mf_pair* config, size_t count, mf_state** out) {
    if (count != 0 && std::string_view(config[0].value.data, config[0].value.size) == "open")
        throw std::runtime_error("open");
    sound_instance.events = count == 0 ? nullptr : reinterpret_cast<const mf_state_events*>(&sound_instance);
    return sound_open(host, config, count, out);
}

void start(mf_state* state, const mf_state_events*, mf_state_done done) {
    if (state->events != nullptr) throw 1;
    sound_answer(done, MF_OK);
}

void get(mf_state*, const mf_call*, mf_slice, mf_slice, mf_state_done) {
    throw std::runtime_error("a bug in get");
}

void put(mf_state*, const mf_call*, mf_slice, mf_slice, mf_slice, mf_condition, mf_state_done done) {
    sound_answer(done, MF_OK);
    throw 2;
}

constexpr mf_config_key keys[] = {{"where", "string", "", "open or start"}};
constexpr mf_state_ops ops{
    sizeof(mf_state_ops), MF_CALLS_NONBLOCKING, open,        start,   nullptr, sound_close, get,    put,
    sound_remove,         sound_scan,           sound_clear, nullptr, nullptr, nullptr,     nullptr};

} // namespace

extern "C" constinit const mf_plugin mf_plugin_v1 = {
    sizeof(mf_plugin), MF_ABI_MINOR, 0, 0, "state-throws-raw", "1", "", keys, 1, &ops, nullptr};
