/* A plugin whose delayed function never returns. */
#define _POSIX_C_SOURCE 200809L
#include "sound.h"

#include <time.h>

static void hang(void* arg) {
    const struct timespec day = {86400, 0};
    const mf_state* state = arg;
    const mf_slice entered = {"entered", 7};
    state->host->count(state->host->ctx, entered, 1);
    for (;;)
        nanosleep(&day, NULL);
}
static void get(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_state_done done) {
    state->host->run_after(state->host->ctx, 0, hang, state);
    sound_get(state, call, space, key, done);
}
static const mf_state_ops ops = {
    sizeof(mf_state_ops), MF_CALLS_NONBLOCKING, sound_open,  NULL, NULL, sound_close, get, sound_put,
    sound_remove,         sound_scan,           sound_clear, NULL, NULL, NULL,        NULL};
MF_PLUGIN(.name = "state-timer-hangs", .version = "1", .summary = "", .state = &ops);
