/* The table of a blob store: whole documents with metadata under a key. C99.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The rules of abi.h hold. Further:
 *
 * keys         UTF-8 text, at least one byte; an empty one is MF_INVALID. How a key becomes the name of
 *              an object is the plugin's matter, but list answers the keys that were put.
 * metadata     Pairs of text; keys are compared bytewise and occur once. What a store cannot hold without
 *              changing it is MF_INVALID and nothing is stored; silent alteration is forbidden.
 * tags         Opaque bytes that change with every put of a key; at least one byte.
 * conditions   Checked and applied as one step. MF_IF_ANY always holds. MF_IF_ABSENT: else MF_CONFLICT.
 *              MF_IF_TAG: an absent key is MF_NOT_FOUND, another tag MF_CONFLICT. MF_CONFLICT carries the
 *              tag that won, or an empty one when the store does not tell. MF_IF_ABSENT of a removal and
 *              any other kind are MF_INVALID.
 * consistency  A completed write is seen by every later call, list included.
 */
#ifndef MOCKFLEET_BLOB_H
#define MOCKFLEET_BLOB_H

#include <mockfleet/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mf_blob mf_blob; /* the plugin's own type: a store, not a document */

typedef struct mf_blob_reply {
    uint32_t struct_size;
    mf_status status;
    mf_slice message;        /* for people, when status is not MF_OK */
    mf_slice data;           /* get */
    mf_slice tag;            /* get, put; on MF_CONFLICT the one that won */
    const mf_pair* metadata; /* get */
    size_t metadata_count;
    const mf_slice* keys; /* list */
    size_t key_count;
    int32_t more; /* list: non-zero = call again after the last key */
    uint32_t reserved;
} mf_blob_reply;

typedef struct mf_blob_done {
    void (*call)(void* ctx, const mf_blob_reply* reply);
    void* ctx;
} mf_blob_done;

typedef struct mf_blob_condition {
    int32_t kind; /* MF_IF_ANY, MF_IF_ABSENT, MF_IF_TAG */
    uint32_t reserved;
    mf_slice tag; /* MF_IF_TAG */
} mf_blob_condition;

typedef struct mf_blob_ops {
    uint32_t struct_size;
    mf_calls calls;

    /* The lifecycle is that of state.h. open and close are required. */
    mf_status (*open)(const mf_host* host, const mf_pair* config, size_t count, mf_blob** out);
    void (*start)(mf_blob* store, mf_blob_done done);
    void (*stop)(mf_blob* store, mf_blob_done done);
    void (*close)(mf_blob* store);

    /* Data, metadata and tag. MF_NOT_FOUND. Required. */
    void (*get)(mf_blob* store, const mf_call* call, mf_slice key, mf_blob_done done);

    /* Creates or replaces data and metadata together; answers the new tag. Required. */
    void (*put)(mf_blob* store, const mf_call* call, mf_slice key, mf_slice data, const mf_pair* metadata,
                size_t count, mf_blob_condition condition, mf_blob_done done);

    /* Keys that begin with prefix (no delimiter logic) and are greater than `after` (empty = from the first),
     * in bytewise order, at most `limit` (0 = as the plugin likes); fewer, but at least one, when more is
     * set. Required. */
    void (*list)(mf_blob* store, const mf_call* call, mf_slice prefix, mf_slice after, uint32_t limit,
                 mf_blob_done done);

    /* MF_NOT_FOUND when there is no such key. Required. */
    void (*remove)(mf_blob* store, const mf_call* call, mf_slice key, mf_blob_condition condition,
                   mf_blob_done done);
} mf_blob_ops;

#ifdef __cplusplus
}
#endif

#endif
