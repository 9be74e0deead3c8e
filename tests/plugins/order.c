/* A sound plugin with both tables that counts each lifecycle call under its name; not a bad one: it shows
 * their order. */
#include "sound.h"

#include <mockfleet/blob.h>

struct mf_blob {
    const mf_host* host;
};
static struct mf_blob blob_instance;

static void note(const mf_host* host, const char* what, size_t size) {
    const mf_slice metric = {what, size};
    host->count(host->ctx, metric, 1);
}
#define NOTE(host, what) note(host, what, sizeof what - 1)

static void state_start(mf_state* state, const mf_state_events* events, mf_state_done done) {
    (void)events;
    NOTE(state->host, "start state");
    sound_answer(done, MF_OK);
}
static void state_stop(mf_state* state, mf_state_done done) {
    NOTE(state->host, "stop state");
    sound_answer(done, MF_OK);
}
static void state_close(mf_state* state) {
    NOTE(state->host, "close state");
}

static void answer(mf_blob_done done) {
    mf_blob_reply reply = {0};
    reply.struct_size = (uint32_t)sizeof reply;
    done.call(done.ctx, &reply);
}
static mf_status blob_open(const mf_host* host, const mf_pair* config, size_t count, mf_blob** out) {
    (void)config;
    (void)count;
    blob_instance.host = host;
    *out = &blob_instance;
    return MF_OK;
}
static void blob_start(mf_blob* store, mf_blob_done done) {
    NOTE(store->host, "start blob");
    answer(done);
}
static void blob_stop(mf_blob* store, mf_blob_done done) {
    NOTE(store->host, "stop blob");
    answer(done);
}
static void blob_close(mf_blob* store) {
    NOTE(store->host, "close blob");
}
static void blob_get(mf_blob* store, const mf_call* call, mf_slice key, mf_blob_done done) {
    (void)store;
    (void)call;
    (void)key;
    answer(done);
}
static void blob_put(mf_blob* store, const mf_call* call, mf_slice key, mf_slice data,
                     const mf_pair* metadata, size_t count, mf_blob_condition when, mf_blob_done done) {
    (void)data;
    (void)metadata;
    (void)count;
    (void)when;
    blob_get(store, call, key, done);
}
static void blob_list(mf_blob* store, const mf_call* call, mf_slice prefix, mf_slice after, uint32_t limit,
                      mf_blob_done done) {
    (void)after;
    (void)limit;
    blob_get(store, call, prefix, done);
}
static void blob_remove(mf_blob* store, const mf_call* call, mf_slice key, mf_blob_condition when,
                        mf_blob_done done) {
    (void)when;
    blob_get(store, call, key, done);
}

static const mf_state_ops state = {sizeof(mf_state_ops),
                                   MF_CALLS_SERIAL,
                                   sound_open,
                                   state_start,
                                   state_stop,
                                   state_close,
                                   sound_get,
                                   sound_put,
                                   sound_remove,
                                   sound_scan,
                                   sound_clear,
                                   NULL,
                                   NULL,
                                   NULL,
                                   NULL};
static const mf_blob_ops blob = {sizeof(mf_blob_ops), MF_CALLS_PARALLEL, blob_open, blob_start, blob_stop,
                                 blob_close,          blob_get,          blob_put,  blob_list,  blob_remove};
MF_PLUGIN(.name = "state-order", .version = "1", .summary = "", .state = &state, .blob = &blob);
