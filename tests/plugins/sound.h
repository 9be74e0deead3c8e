/* A state table without faults and without memory; each file beside it spoils one thing. */
#ifndef SOUND_H
#define SOUND_H

#include <mockfleet/state.h>

#include <stddef.h>

struct mf_state {
    const mf_host* host;
    const mf_state_events* events;
};

static struct mf_state sound_instance;

static inline void sound_answer(mf_state_done done, mf_status status) {
    const mf_entry entry = {{"key", 3}, {"value", 5}, 1};
    mf_state_reply reply = {0};
    reply.struct_size = (uint32_t)sizeof reply;
    reply.status = status;
    reply.entries = &entry;
    reply.entry_count = status == MF_OK ? 1 : 0;
    done.call(done.ctx, &reply);
}

static inline mf_status sound_open(const mf_host* host, const mf_pair* config, size_t count, mf_state** out) {
    (void)config;
    (void)count;
    sound_instance.host = host;
    *out = &sound_instance;
    return MF_OK;
}
static inline void sound_close(mf_state* state) {
    state->host = NULL;
}
static inline void sound_get(mf_state* state, const mf_call* call, mf_slice space, mf_slice key,
                             mf_state_done done) {
    (void)state;
    (void)call;
    (void)space;
    (void)key;
    sound_answer(done, MF_OK);
}
static inline void sound_put(mf_state* state, const mf_call* call, mf_slice space, mf_slice key,
                             mf_slice value, mf_condition when, mf_state_done done) {
    (void)state;
    (void)call;
    (void)space;
    (void)key;
    (void)value;
    (void)when;
    sound_answer(done, MF_OK);
}
static inline void sound_remove(mf_state* state, const mf_call* call, mf_slice space, mf_slice key,
                                mf_condition when, mf_state_done done) {
    (void)when;
    sound_get(state, call, space, key, done);
}
static inline void sound_scan(mf_state* state, const mf_call* call, mf_slice space, mf_slice after,
                              uint32_t limit, mf_state_done done) {
    (void)limit;
    sound_get(state, call, space, after, done);
}
static inline void sound_clear(mf_state* state, const mf_call* call, mf_slice space, mf_state_done done) {
    sound_get(state, call, space, space, done);
}

/* The members of a sound table; a later .member = ... in C replaces one, so spoilers set theirs after copying
 * it. */
#define SOUND_OPS                                                                                            \
    {sizeof(mf_state_ops), MF_CALLS_NONBLOCKING, sound_open,  NULL, NULL, sound_close, sound_get, sound_put, \
     sound_remove,         sound_scan,           sound_clear, NULL, NULL, NULL,        NULL}

#endif
