/* An empty store that never completes the call named by its key `where`: start, scan or put. */
#include "sound.h"

#include <string.h>

static char where[16];

static int hangs_in(const char* call) {
    return strcmp(where, call) == 0;
}
static void answer_nothing(mf_state_done done) {
    mf_state_reply reply = {0};
    reply.struct_size = (uint32_t)sizeof reply;
    reply.status = MF_OK;
    reply.number = 0;
    done.call(done.ctx, &reply);
}

static mf_status open(const mf_host* host, const mf_pair* config, size_t count, mf_state** out) {
    if (count == 1 && config[0].value.size < sizeof where)
        memcpy(where, config[0].value.data, config[0].value.size);
    return sound_open(host, config, count, out);
}
static void start(mf_state* state, const mf_state_events* events, mf_state_done done) {
    state->events = events;
    if (!hangs_in("start")) answer_nothing(done);
}
static void put(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_slice value,
                mf_condition when, mf_state_done done) {
    if (!hangs_in("put")) sound_put(state, call, space, key, value, when, done);
}
static void scan(mf_state* state, const mf_call* call, mf_slice space, mf_slice after, uint32_t limit,
                 mf_state_done done) {
    (void)state;
    (void)call;
    (void)space;
    (void)after;
    (void)limit;
    if (!hangs_in("scan")) answer_nothing(done);
}

static const mf_state_ops ops = {sizeof(mf_state_ops),
                                 MF_CALLS_NONBLOCKING,
                                 open,
                                 start,
                                 NULL,
                                 sound_close,
                                 sound_get,
                                 put,
                                 sound_remove,
                                 scan,
                                 sound_clear,
                                 NULL,
                                 NULL,
                                 NULL,
                                 NULL};
static const mf_config_key keys[] = {{"where", "string", "", "the call that hangs"}};
MF_PLUGIN(.name = "state-hangs", .version = "1", .summary = "", .keys = keys, .key_count = 1, .state = &ops);
