/* A plugin whose open reports success without an instance. */
#include "sound.h"
static mf_status open_it(const mf_host* host, const mf_pair* config, size_t count, mf_state** out) {
    (void)host;
    (void)config;
    (void)count;
    (void)out;
    return MF_OK;
}
static const mf_state_ops ops = {
    sizeof(mf_state_ops), MF_CALLS_NONBLOCKING, open_it,     NULL, NULL, sound_close, sound_get, sound_put,
    sound_remove,         sound_scan,           sound_clear, NULL, NULL, NULL,        NULL};
MF_PLUGIN(.name = "state-open-lies", .version = "1", .summary = "", .state = &ops);
