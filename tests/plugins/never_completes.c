/* A plugin that never completes a get. */
#include "sound.h"
static void get(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_state_done done) {
    (void)state;
    (void)call;
    (void)space;
    (void)key;
    (void)done;
}
static const mf_state_ops ops = {
    sizeof(mf_state_ops), MF_CALLS_NONBLOCKING, sound_open,  NULL, NULL, sound_close, get, sound_put,
    sound_remove,         sound_scan,           sound_clear, NULL, NULL, NULL,        NULL};
MF_PLUGIN(.name = "state-never-completes", .version = "1", .summary = "", .state = &ops);
