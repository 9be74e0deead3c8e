/* state-slots.so: the smallest complete state backend in C: a sorted list, called one at a time
 * (MF_CALLS_SERIAL). */
#include <mockfleet/state.h>

#include <stdlib.h>
#include <string.h>

typedef struct node {
    struct node* next;
    mf_slice space;
    mf_entry entry;
} node;
struct mf_state {
    node* first;
    uint64_t version;
};

static int compare(mf_slice a, mf_slice b) {
    const size_t least = a.size < b.size ? a.size : b.size;
    const int by_bytes = least == 0 ? 0 : memcmp(a.data, b.data, least);
    return by_bytes != 0 ? by_bytes : (a.size > b.size) - (a.size < b.size);
}
static node** find(mf_state* state, mf_slice space, mf_slice key) { /* the first that is not less */
    node** at = &state->first;
    for (; *at != NULL; at = &(*at)->next) {
        const int by_space = compare((*at)->space, space);
        if (by_space > 0 || (by_space == 0 && compare((*at)->entry.key, key) >= 0)) break;
    }
    return at;
}
static int is(const node* at, mf_slice space, mf_slice key) {
    return at != NULL && compare(at->space, space) == 0 && compare(at->entry.key, key) == 0;
}
static mf_slice copy(mf_slice from) {
    char* data = malloc(from.size + 1);
    if (data == NULL) abort();
    if (from.size != 0) memcpy(data, from.data, from.size);
    return (mf_slice){data, from.size};
}
static void drop(node** at) {
    node* gone = *at;
    *at = gone->next;
    free((char*)gone->space.data), free((char*)gone->entry.key.data), free((char*)gone->entry.value.data),
        free(gone);
}
static void answer(mf_state_done done, mf_status status, const mf_entry* entries, size_t n, uint64_t count,
                   int32_t more) {
    const mf_state_reply reply = {.struct_size = sizeof reply,
                                  .status = status,
                                  .entries = entries,
                                  .entry_count = n,
                                  .count = count,
                                  .more = more};
    done.call(done.ctx, &reply);
}
static mf_status judge(const mf_entry* now, mf_slice space, mf_slice key, mf_condition when, int removing) {
    if (space.size == 0 || key.size == 0 || when.kind < MF_IF_ANY || when.kind > MF_IF_VERSION)
        return MF_INVALID;
    if (when.kind == MF_IF_ABSENT) return removing ? MF_INVALID : now != NULL ? MF_CONFLICT : MF_OK;
    if (now == NULL && (removing || when.kind == MF_IF_VERSION)) return MF_NOT_FOUND;
    return when.kind == MF_IF_VERSION && when.version != now->version ? MF_CONFLICT : MF_OK;
}

static mf_status open_slots(const mf_host* host, const mf_pair* config, size_t count, mf_state** out) {
    (void)host, (void)config, (void)count;
    *out = calloc(1, sizeof **out);
    return *out == NULL ? MF_EXHAUSTED : MF_OK;
}
static void close_slots(mf_state* state) {
    while (state->first != NULL)
        drop(&state->first);
    free(state);
}
static void get(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_state_done done) {
    const node* at = *find(state, space, key);
    (void)call;
    if (space.size == 0 || key.size == 0)
        answer(done, MF_INVALID, NULL, 0, 0, 0);
    else if (is(at, space, key))
        answer(done, MF_OK, &at->entry, 1, 0, 0);
    else
        answer(done, MF_NOT_FOUND, NULL, 0, 0, 0);
}
static void put(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_slice value,
                mf_condition when, mf_state_done done) {
    node** at = find(state, space, key);
    node* now = is(*at, space, key) ? *at : NULL;
    const mf_status verdict = judge(now ? &now->entry : NULL, space, key, when, 0);
    (void)call;
    if (verdict == MF_OK && now != NULL) drop(at);
    if (verdict == MF_OK) {
        now = calloc(1, sizeof *now);
        if (now == NULL) abort();
        *now = (node){*at, copy(space), {copy(key), copy(value), ++state->version}};
        *at = now;
    }
    answer(done, verdict, now ? &now->entry : NULL, now != NULL, 0, 0);
}
static void remove_key(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_condition when,
                       mf_state_done done) {
    node** at = find(state, space, key);
    const mf_entry* now = is(*at, space, key) ? &(*at)->entry : NULL;
    const mf_status verdict = judge(now, space, key, when, 1);
    (void)call;
    if (verdict == MF_OK) drop(at);
    answer(done, verdict, now, verdict == MF_CONFLICT, 0, 0);
}
static void scan(mf_state* state, const mf_call* call, mf_slice space, mf_slice after, uint32_t limit,
                 mf_state_done done) {
    mf_entry page[64];
    const size_t most = limit == 0 || limit > 64 ? 64 : limit;
    size_t n = 0;
    const node* at = *find(state, space, after);
    (void)call;
    if (is(at, space, after)) at = at->next;
    for (; at != NULL && n < most && compare(at->space, space) == 0; at = at->next)
        page[n++] = at->entry;
    answer(done, space.size == 0 ? MF_INVALID : MF_OK, page, n, 0,
           at != NULL && compare(at->space, space) == 0);
}
static void clear(mf_state* state, const mf_call* call, mf_slice space, mf_state_done done) {
    node** at = find(state, space, (mf_slice){NULL, 0});
    uint64_t count = 0;
    (void)call;
    for (; *at != NULL && compare((*at)->space, space) == 0; ++count)
        drop(at);
    answer(done, space.size == 0 ? MF_INVALID : MF_OK, NULL, 0, count, 0);
}

static const mf_state_ops ops = {.struct_size = sizeof ops,
                                 .calls = MF_CALLS_SERIAL,
                                 .open = open_slots,
                                 .close = close_slots,
                                 .get = get,
                                 .put = put,
                                 .remove = remove_key,
                                 .scan = scan,
                                 .clear = clear};
MF_PLUGIN(.name = "state-slots", .version = "1.0", .summary = "an example in C", .state = &ops);
