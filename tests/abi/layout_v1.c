/* The layout of ABI 1, one assertion per offset: lines are only ever added. For platforms with 64-bit
 * pointers. */
#include <mockfleet/blob.h>
#include <mockfleet/state.h>

#include <stddef.h>

#define OFFSET(type, member, at) _Static_assert(offsetof(type, member) == (at), #type "." #member " moved")
/* A struct that may grow has at least this size, and exactly this in minor version 0; the others have it for
 * ever. */
#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " changed its size")
#define NUMBER(name, value) _Static_assert((name) == (value), #name " changed its value")

_Static_assert(sizeof(void*) == 8 && sizeof(size_t) == 8, "these are the offsets of 64-bit platforms");
NUMBER(MF_ABI_MAJOR, 1);

NUMBER(MF_OK, 0);
NUMBER(MF_NOT_FOUND, 1);
NUMBER(MF_CONFLICT, 2);
NUMBER(MF_INVALID, 3);
NUMBER(MF_UNSUPPORTED, 4);
NUMBER(MF_UNAVAILABLE, 5);
NUMBER(MF_TIMEOUT, 6);
NUMBER(MF_CANCELLED, 7);
NUMBER(MF_DENIED, 8);
NUMBER(MF_EXHAUSTED, 9);
NUMBER(MF_INTERNAL, 10);
NUMBER(MF_CALLS_SERIAL, 0);
NUMBER(MF_CALLS_PARALLEL, 1);
NUMBER(MF_CALLS_NONBLOCKING, 2);
NUMBER(MF_IF_ANY, 0);
NUMBER(MF_IF_ABSENT, 1);
NUMBER(MF_IF_VERSION, 2);
NUMBER(MF_IF_TAG, 3);
NUMBER(MF_BATCH_PUT, 0);
NUMBER(MF_BATCH_REMOVE, 1);
NUMBER(MF_BATCH_CLEAR, 2);
NUMBER(MF_LOG_TRACE, 0);
NUMBER(MF_LOG_DEBUG, 1);
NUMBER(MF_LOG_INFO, 2);
NUMBER(MF_LOG_WARN, 3);
NUMBER(MF_LOG_ERROR, 4);

OFFSET(mf_slice, data, 0);
OFFSET(mf_slice, size, 8);
SIZE(mf_slice, 16);

OFFSET(mf_pair, key, 0);
OFFSET(mf_pair, value, 16);
SIZE(mf_pair, 32);

OFFSET(mf_call, struct_size, 0);
OFFSET(mf_call, flags, 4);
OFFSET(mf_call, deadline_ns, 8);
OFFSET(mf_call, trace, 16);
SIZE(mf_call, 32);

OFFSET(mf_peer_answer, call, 0);
OFFSET(mf_peer_answer, ctx, 8);
SIZE(mf_peer_answer, 16);

OFFSET(mf_host, struct_size, 0);
OFFSET(mf_host, abi_minor, 4);
OFFSET(mf_host, ctx, 8);
OFFSET(mf_host, log_enabled, 16);
OFFSET(mf_host, log, 24);
OFFSET(mf_host, count, 32);
OFFSET(mf_host, run_after, 40);
OFFSET(mf_host, cancelled, 48);
OFFSET(mf_host, lost, 56);
OFFSET(mf_host, on_peer, 64);
SIZE(mf_host, 72);

OFFSET(mf_config_key, name, 0);
OFFSET(mf_config_key, type, 8);
OFFSET(mf_config_key, fallback, 16);
OFFSET(mf_config_key, help, 24);
SIZE(mf_config_key, 32);

OFFSET(mf_plugin, struct_size, 0);
OFFSET(mf_plugin, abi_minor, 4);
OFFSET(mf_plugin, min_host_minor, 8);
OFFSET(mf_plugin, reserved, 12);
OFFSET(mf_plugin, name, 16);
OFFSET(mf_plugin, version, 24);
OFFSET(mf_plugin, summary, 32);
OFFSET(mf_plugin, keys, 40);
OFFSET(mf_plugin, key_count, 48);
OFFSET(mf_plugin, state, 56);
OFFSET(mf_plugin, blob, 64);
SIZE(mf_plugin, 72);

OFFSET(mf_entry, key, 0);
OFFSET(mf_entry, value, 16);
OFFSET(mf_entry, version, 32);
SIZE(mf_entry, 40);

OFFSET(mf_state_reply, struct_size, 0);
OFFSET(mf_state_reply, status, 4);
OFFSET(mf_state_reply, message, 8);
OFFSET(mf_state_reply, entries, 24);
OFFSET(mf_state_reply, entry_count, 32);
OFFSET(mf_state_reply, count, 40);
OFFSET(mf_state_reply, number, 48);
OFFSET(mf_state_reply, more, 56);
OFFSET(mf_state_reply, reserved, 60);
SIZE(mf_state_reply, 64);

OFFSET(mf_state_done, call, 0);
OFFSET(mf_state_done, ctx, 8);
SIZE(mf_state_done, 16);

OFFSET(mf_condition, kind, 0);
OFFSET(mf_condition, reserved, 4);
OFFSET(mf_condition, version, 8);
SIZE(mf_condition, 16);

OFFSET(mf_batch_op, kind, 0);
OFFSET(mf_batch_op, reserved, 4);
OFFSET(mf_batch_op, space, 8);
OFFSET(mf_batch_op, key, 24);
OFFSET(mf_batch_op, value, 40);
OFFSET(mf_batch_op, condition, 56);
SIZE(mf_batch_op, 72);

OFFSET(mf_state_events, struct_size, 0);
OFFSET(mf_state_events, reserved, 4);
OFFSET(mf_state_events, ctx, 8);
OFFSET(mf_state_events, changed, 16);
OFFSET(mf_state_events, cleared, 24);
OFFSET(mf_state_events, resync, 32);
SIZE(mf_state_events, 40);

OFFSET(mf_member, id, 0);
OFFSET(mf_member, address, 16);
OFFSET(mf_member, version, 32);
OFFSET(mf_member, lag, 48);
OFFSET(mf_member, coordinator, 56);
OFFSET(mf_member, local, 60);
SIZE(mf_member, 64);

OFFSET(mf_state_info, struct_size, 0);
OFFSET(mf_state_info, clustered, 4);
OFFSET(mf_state_info, node_id, 8);
OFFSET(mf_state_info, cluster_name, 24);
OFFSET(mf_state_info, coordinator, 40);
OFFSET(mf_state_info, members, 56);
OFFSET(mf_state_info, member_count, 64);
OFFSET(mf_state_info, revision, 72);
OFFSET(mf_state_info, max_value_size, 80);
OFFSET(mf_state_info, max_batch, 88);
OFFSET(mf_state_info, visible_everywhere, 92);
SIZE(mf_state_info, 96);

OFFSET(mf_state_info_done, call, 0);
OFFSET(mf_state_info_done, ctx, 8);
SIZE(mf_state_info_done, 16);

OFFSET(mf_peer_reply, struct_size, 0);
OFFSET(mf_peer_reply, status, 4);
OFFSET(mf_peer_reply, node, 8);
OFFSET(mf_peer_reply, payload, 24);
SIZE(mf_peer_reply, 40);

OFFSET(mf_peer_sink, call, 0);
OFFSET(mf_peer_sink, ctx, 8);
SIZE(mf_peer_sink, 16);

OFFSET(mf_state_ops, struct_size, 0);
OFFSET(mf_state_ops, calls, 4);
OFFSET(mf_state_ops, open, 8);
OFFSET(mf_state_ops, start, 16);
OFFSET(mf_state_ops, stop, 24);
OFFSET(mf_state_ops, close, 32);
OFFSET(mf_state_ops, get, 40);
OFFSET(mf_state_ops, put, 48);
OFFSET(mf_state_ops, remove, 56);
OFFSET(mf_state_ops, scan, 64);
OFFSET(mf_state_ops, clear, 72);
OFFSET(mf_state_ops, batch, 80);
OFFSET(mf_state_ops, add, 88);
OFFSET(mf_state_ops, peers, 96);
OFFSET(mf_state_ops, describe, 104);
OFFSET(mf_state_ops, settled, 112);
OFFSET(mf_state_ops, contact, 120);
SIZE(mf_state_ops, 128);

OFFSET(mf_blob_reply, struct_size, 0);
OFFSET(mf_blob_reply, status, 4);
OFFSET(mf_blob_reply, message, 8);
OFFSET(mf_blob_reply, data, 24);
OFFSET(mf_blob_reply, tag, 40);
OFFSET(mf_blob_reply, metadata, 56);
OFFSET(mf_blob_reply, metadata_count, 64);
OFFSET(mf_blob_reply, keys, 72);
OFFSET(mf_blob_reply, key_count, 80);
OFFSET(mf_blob_reply, more, 88);
OFFSET(mf_blob_reply, reserved, 92);
SIZE(mf_blob_reply, 96);

OFFSET(mf_blob_done, call, 0);
OFFSET(mf_blob_done, ctx, 8);
SIZE(mf_blob_done, 16);

OFFSET(mf_blob_condition, kind, 0);
OFFSET(mf_blob_condition, reserved, 4);
OFFSET(mf_blob_condition, tag, 8);
SIZE(mf_blob_condition, 24);

OFFSET(mf_blob_ops, struct_size, 0);
OFFSET(mf_blob_ops, calls, 4);
OFFSET(mf_blob_ops, open, 8);
OFFSET(mf_blob_ops, start, 16);
OFFSET(mf_blob_ops, stop, 24);
OFFSET(mf_blob_ops, close, 32);
OFFSET(mf_blob_ops, get, 40);
OFFSET(mf_blob_ops, put, 48);
OFFSET(mf_blob_ops, list, 56);
OFFSET(mf_blob_ops, remove, 64);
SIZE(mf_blob_ops, 72);

int main(void) {
    return 0;
}
