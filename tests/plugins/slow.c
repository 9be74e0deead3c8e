/* A plugin that declares itself non-blocking and holds its caller for 20 ms in each get. */
#define _POSIX_C_SOURCE 200809L
#include "sound.h"

#include <time.h>

static void get(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_state_done done) {
    const struct timespec held = {0, 20000000};
    nanosleep(&held, NULL);
    sound_get(state, call, space, key, done);
}
static const mf_state_ops ops = {
    sizeof(mf_state_ops), MF_CALLS_NONBLOCKING, sound_open,  NULL, NULL, sound_close, get, sound_put,
    sound_remove,         sound_scan,           sound_clear, NULL, NULL, NULL,        NULL};
MF_PLUGIN(.name = "state-slow", .version = "1", .summary = "", .state = &ops);
