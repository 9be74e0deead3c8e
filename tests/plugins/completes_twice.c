/* A plugin that completes each get twice. */
#include "sound.h"
static void get(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_state_done done) {
    sound_get(state, call, space, key, done);
    sound_get(state, call, space, key, done);
}
static const mf_state_ops ops = {
    sizeof(mf_state_ops), MF_CALLS_SERIAL, sound_open,  NULL, NULL, sound_close, get, sound_put,
    sound_remove,         sound_scan,      sound_clear, NULL, NULL, NULL,        NULL};
MF_PLUGIN(.name = "state-completes-twice", .version = "1", .summary = "", .state = &ops);
