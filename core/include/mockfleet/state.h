/* The table of a state backend: versioned bytes under (space, key), bounded counters, events, peers. C99.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The rules of abi.h hold. Further:
 *
 * names        A space and a key are any bytes, at least one; an empty one is MF_INVALID. Keys of 32 KiB
 *              and values of any size up to max_value_size are accepted; a larger value is MF_INVALID.
 *              Spaces need no creation.
 * versions     Of an entry: non-zero, growing with every write of the space, never reused after a
 *              removal.
 * consistency  The calls on one key are linearizable. A completed write is seen by every later call on
 *              this node; mf_state_info.visible_everywhere tells whether on every node.
 * conditions   Checked and applied as one step. MF_IF_ANY always holds. MF_IF_ABSENT: else MF_CONFLICT.
 *              MF_IF_VERSION: an absent key is MF_NOT_FOUND (whatever the version, 0 included), another
 *              version MF_CONFLICT. Any other kind is MF_INVALID, MF_IF_ABSENT of a removal too.
 *              MF_CONFLICT carries the entry that won.
 * counters     A counter is an entry whose value is a decimal integer ("-12"); put creates and resets it.
 * events       From the completion of start to the completion of stop; one at a time per instance; in
 *              commit order per space; one per change, own changes included, though a backend may merge
 *              changes of one key; one `cleared` per clear, of an empty space too. A call that changed
 *              nothing reports nothing. An event and the completion of its write come in either order.
 *              The listener only enqueues and never calls back, so it may be called with locks held. A
 *              plugin without start reports nothing.
 */
#ifndef MOCKFLEET_STATE_H
#define MOCKFLEET_STATE_H

#include <mockfleet/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mf_state mf_state; /* the plugin's own type */

typedef struct mf_entry {
    mf_slice key;
    mf_slice value;
    uint64_t version; /* 0 = there is no entry */
} mf_entry;

typedef struct mf_state_reply {
    uint32_t struct_size;
    mf_status status;
    mf_slice message; /* for people, when status is not MF_OK */
    const mf_entry* entries;
    size_t entry_count;
    uint64_t count; /* clear: how many entries went; batch: the index of the operation that failed */
    int64_t number; /* add: the value of the counter */
    int32_t more;   /* scan: non-zero = call again after the last key */
    uint32_t reserved;
} mf_state_reply;

typedef struct mf_state_done {
    void (*call)(void* ctx, const mf_state_reply* reply);
    void* ctx;
} mf_state_done;

typedef struct mf_condition {
    int32_t kind; /* MF_IF_... */
    uint32_t reserved;
    uint64_t version; /* MF_IF_VERSION */
} mf_condition;

#define MF_CONTACT_LOST 0 /* cut off: the host refuses what it would answer from its copy */
#define MF_CONTACT_HELD 1 /* what the host was told is what the fleet has */
#define MF_CONTACT_STALE                                                                                     \
    2 /* cut off, and configured to answer nevertheless: the host says so in each answer */

#define MF_BATCH_PUT 0
#define MF_BATCH_REMOVE 1
#define MF_BATCH_CLEAR 2

typedef struct mf_batch_op {
    int32_t kind; /* MF_BATCH_... */
    uint32_t reserved;
    mf_slice space;
    mf_slice key;   /* put, remove */
    mf_slice value; /* put */
    mf_condition condition;
} mf_batch_op;

/* The host's listener. Valid until close has returned. */
typedef struct mf_state_events {
    uint32_t struct_size;
    uint32_t reserved;
    void* ctx;
    void (*changed)(void* ctx, mf_slice space, mf_slice key, uint64_t version); /* version 0 = removed */
    void (*cleared)(void* ctx, mf_slice space);
    void (*resync)(void* ctx); /* events were missed: read everything again */
} mf_state_events;

typedef struct mf_member {
    mf_slice id;
    mf_slice address;    /* may be empty */
    mf_slice version;    /* of the program, may be empty */
    uint64_t lag;        /* changes that this member has not applied yet, as far as known */
    int32_t coordinator; /* non-zero = yes */
    int32_t local;       /* non-zero = this node */
} mf_member;

typedef struct mf_state_info {
    uint32_t struct_size;
    int32_t clustered;        /* non-zero = the state is shared with other nodes */
    mf_slice node_id;         /* differs between nodes and between two opens */
    mf_slice cluster_name;    /* empty when not clustered */
    mf_slice coordinator;     /* a member's id; the own node_id when not clustered */
    const mf_member* members; /* at least this node */
    size_t member_count;
    uint64_t revision; /* the engine's counter of changes; never less than a version this node has seen */
    uint64_t max_value_size;    /* bytes; 0 = no limit but memory */
    uint32_t max_batch;         /* operations; 0 = no limit but memory */
    int32_t visible_everywhere; /* non-zero = a completed write is seen by every later call on every node */
} mf_state_info;

typedef struct mf_state_info_done {
    void (*call)(void* ctx, const mf_state_info* info);
    void* ctx;
} mf_state_info_done;

typedef struct mf_peer_reply {
    uint32_t struct_size;
    mf_status status; /* MF_OK, what the peer's host answered, or why there is no answer */
    mf_slice node;    /* the id of the member */
    mf_slice payload;
} mf_peer_reply;

typedef struct mf_peer_sink {
    void (*call)(void* ctx, const mf_peer_reply* reply);
    void* ctx;
} mf_peer_sink;

typedef struct mf_state_ops {
    uint32_t struct_size;
    mf_calls calls;

    /* Validates the configuration and allocates; no network, no threads. On failure it logs the reason
     * through the host, leaves *out alone and returns the status. Required. */
    mf_status (*open)(const mf_host* host, const mf_pair* config, size_t count, mf_state** out);

    /* Threads and network; completes when data calls may come. Optional: ready once opened, and no events. */
    void (*start)(mf_state* state, const mf_state_events* events, mf_state_done done);

    /* Completes when all threads are gone and the last event has been delivered. Optional. */
    void (*stop)(mf_state* state, mf_state_done done);

    /* Frees the instance. Required. */
    void (*close)(mf_state* state);

    /* One entry: value and version. MF_NOT_FOUND. Required. */
    void (*get)(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_state_done done);

    /* Stores and answers one entry with the new version (key and value may be left empty). Required. */
    void (*put)(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_slice value,
                mf_condition condition, mf_state_done done);

    /* MF_NOT_FOUND when there is no such key. Required. */
    void (*remove)(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_condition condition,
                   mf_state_done done);

    /* Entries whose key is greater than `after` (bytewise; empty = from the first), in order, at most `limit`
     * (0 = as the plugin likes); fewer, but at least one, when more is set. Each entry that existed
     * throughout a scan is seen once; no snapshot is promised. Required. */
    void (*scan)(mf_state* state, const mf_call* call, mf_slice space, mf_slice after, uint32_t limit,
                 mf_state_done done);

    /* Removes all entries of a space; count tells how many. Required. */
    void (*clear)(mf_state* state, const mf_call* call, mf_slice space, mf_state_done done);

    /* All operations or none. MF_OK: entry i carries the new version of operation i, 0 for removals and
     * clears. Else count is the index of the operation that failed, with the winning entry on MF_CONFLICT.
     * Removing an absent key with MF_IF_ANY is no failure. A key named twice, a key in a space that the batch
     * clears, or more than max_batch operations are MF_INVALID; no operation at all is MF_OK. Optional. */
    void (*batch)(mf_state* state, const mf_call* call, const mf_batch_op* ops, size_t count,
                  mf_state_done done);

    /* Adds delta to a counter unless the result would leave [min, max] or overflow: MF_OK with the new
     * number, or MF_CONFLICT with the current one. Both carry the entry's version. An absent key is
     * MF_NOT_FOUND; a value that is no decimal 64-bit integer, or min > max, MF_INVALID. Optional. */
    void (*add)(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, int64_t delta,
                int64_t min, int64_t max, mf_state_done done);

    /* Calls host->on_peer on every other live node. on_reply is called once per node, one at a time, all
     * before done. Alone or not clustered: done at once. Optional: the host takes it as a fleet of one. */
    void (*peers)(mf_state* state, const mf_call* call, mf_slice topic, mf_slice payload,
                  mf_peer_sink on_reply, mf_state_done done);

    /* What the instance is now; also before start. Optional: the host takes it as a single node without
     * limits. */
    void (*describe)(mf_state* state, mf_state_info_done done);

    /* The host acts on the first `events` events since start (each changed, cleared and resync counts as
     * one): every answer that it gives from now on follows them. A plugin of several nodes lets the
     * completion of a write wait until every node has settled the write's event, so that visible_everywhere
     * holds for the mocks too; a node need not be waited for before its first call, which says that the host
     * has read the state. Never waits; no two calls at once; numbers do not go back. Since minor 1
     * (host->abi_minor tells). Optional. */
    void (*settled)(mf_state* state, uint64_t events);

    /* MF_CONTACT_...: whether this node may answer from what it was told. Asked for every request, on any
     * thread, between the completion of start and stop, whatever `calls` says: no lock, no waiting, a few
     * nanoseconds. Since minor 1. Optional: the host takes it as MF_CONTACT_HELD. */
    int32_t (*contact)(mf_state* state);
} mf_state_ops;

#ifdef __cplusplus
}
#endif

#endif
