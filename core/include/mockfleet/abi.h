/* The ABI shared by all mockfleet plugins: slices, status, calls, host, plugin descriptor. C99.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Rules for both sides, written here once; mockfleet-plugin-check tests those that can be tested.
 *
 * versions     The major version is in the name of the exported symbol and of the install directory; the
 *              minor version counts appended fields. The host zeroes its own struct and copies min(sizeof
 *              its own, struct_size) bytes of a plugin's, so a missing tail reads as NULL: unsupported. A
 *              plugin looks at host->struct_size before it uses a host call that is newer than minor 0.
 * growth       A struct that begins with struct_size grows at its end only; no field is ever reused,
 *              moved, retyped or narrowed, and a replaced call keeps its slot as _old_x. A struct without
 *              struct_size never changes. A call may stand behind MF_UNSTABLE for one release before its
 *              slot is frozen.
 * inputs       What a call with a completion is given (slices, pairs, structs) is borrowed until that
 *              completion has been called; in any other call until it returns.
 * outputs      Everything a reply points to is borrowed until the completion returns: each side frees
 *              what is its own.
 * handles      Made by open, ended by close, never looked into by the host. close follows a stop that
 *              completed, or an open that was never started; it comes once no call is outstanding.
 * completion   Called exactly once, from any thread, possibly before the call returns, with no lock of
 *              the plugin held.
 * exceptions   None crosses, either way.
 * NULL calls   Optional: the host answers MF_UNSUPPORTED. Required (open, close, get, put, remove; scan
 *              and clear of a state, list of a blob store): the plugin is refused when it is loaded.
 * threads      What mf_calls declares holds for every call but open and close, which come one at a time
 *              from one thread.
 * start, stop  May be slow; the host waits with a deadline. After stop has completed no thread of the
 *              plugin runs the host's code and no call to the plugin is made but close.
 * blocking     Only MF_CALLS_NONBLOCKING plugins are called on a thread of the server (I/O or control);
 *              the host warns about calls above 10 ms.
 * strings      A slice is bytes with a length, not a C string; data may be NULL when size is 0. Text is
 *              UTF-8.
 * process      A plugin does not fork except to exec at once (posix_spawn, passing on no descriptors),
 *              does not exit, print, or change signal masks, locale or the working directory, and has no
 *              global constructors.
 */
#ifndef MOCKFLEET_ABI_H
#define MOCKFLEET_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MF_ABI_MAJOR 1
#define MF_ABI_MINOR 1

typedef struct mf_slice {
    const char* data;
    size_t size;
} mf_slice;

typedef struct mf_pair {
    mf_slice key;
    mf_slice value;
} mf_pair;

/* The outcome of a call: something to act on, not a cause. The cause is the reply's message. */
typedef int32_t mf_status; /* fixed width: the size of a C enum is the compiler's choice */
#define MF_OK 0
#define MF_NOT_FOUND 1   /* no such key */
#define MF_CONFLICT 2    /* the condition did not hold, or a bound would be passed; nothing was changed */
#define MF_INVALID 3     /* the arguments can never work */
#define MF_UNSUPPORTED 4 /* this plugin cannot do that */
#define MF_UNAVAILABLE 5 /* try again later; whether a write took place is unknown */
#define MF_TIMEOUT 6     /* the deadline passed; whether a write took place is unknown */
#define MF_CANCELLED 7   /* given up because host->cancelled said so */
#define MF_DENIED 8      /* credentials or permissions */
#define MF_EXHAUSTED 9   /* no room: memory, quota, disk */
#define MF_INTERNAL 10   /* a bug, of the plugin or of what it talks to */

/* Conditions of writes. */
#define MF_IF_ANY 0
#define MF_IF_ABSENT 1
#define MF_IF_VERSION 2 /* state.h */
#define MF_IF_TAG 3     /* blob.h */

/* How the host may call. */
typedef int32_t mf_calls;
#define MF_CALLS_SERIAL 0      /* may block; never two at once: the host supplies a thread and the queue */
#define MF_CALLS_PARALLEL 1    /* may block; thread-safe: the host supplies several threads */
#define MF_CALLS_NONBLOCKING 2 /* thread-safe; returns at once and completes now or later */

/* What a call knows about itself. */
typedef struct mf_call {
    uint32_t struct_size;
    uint32_t flags;       /* 0 in this version */
    uint64_t deadline_ns; /* CLOCK_MONOTONIC; 0 = none */
    mf_slice trace;       /* for the plugin's log lines and onward requests; may be empty */
} mf_call;

/* Answers a peer's call, see mf_host.on_peer: exactly once, any thread; payload is borrowed until it returns.
 */
typedef struct mf_peer_answer {
    void (*call)(void* ctx, mf_status status, mf_slice payload);
    void* ctx;
} mf_peer_answer;

#define MF_LOG_TRACE 0
#define MF_LOG_DEBUG 1
#define MF_LOG_INFO 2
#define MF_LOG_WARN 3
#define MF_LOG_ERROR 4

/* Given at open and valid until close has returned. Every call may be made from any thread; none blocks. */
typedef struct mf_host {
    uint32_t struct_size;
    uint32_t abi_minor;
    void* ctx; /* first argument of every call; knows the plugin's name, which log lines carry */

    /* Non-zero when a line of that level (MF_LOG_...) would be printed. */
    int32_t (*log_enabled)(void* ctx, int32_t level);

    /* One line of the operator's log. The last warning or error before a failed open or start is shown with
     * it. */
    void (*log)(void* ctx, int32_t level, mf_slice message, const mf_pair* fields, size_t count);

    /* Adds to a counter of the host's metrics. */
    void (*count)(void* ctx, mf_slice metric, int64_t add);

    /* Runs fn(arg) once on a thread of the host after ns; never after stop has completed (then fn is
     * dropped). */
    void (*run_after)(void* ctx, uint64_t ns, void (*fn)(void* arg), void* arg);

    /* Non-zero once nobody waits for the answer of that call; the completion has still to be called. */
    int32_t (*cancelled)(void* ctx, const mf_call* call);

    /* The instance is beyond repair: the host turns unready, then ends. */
    void (*lost)(void* ctx, mf_slice reason);

    /* Another node's peers() call arrived: the host answers through `answer`, now or later. Inputs are
     * borrowed until then. Between the completion of start and the completion of stop only. */
    void (*on_peer)(void* ctx, mf_slice topic, mf_slice payload, mf_peer_answer answer);
} mf_host;

/* A configuration key that the plugin understands: the host checks, defaults, redacts and documents it, and
 * refuses every other key. open receives each declared key that has a value as flat text, in the form given
 * below. */
typedef struct mf_config_key {
    const char* name;
    const char* type; /* "string"; "int": decimal; "bool": true or false; "duration": nanoseconds, decimal;
                         "size": bytes, decimal; "list": one pair name.0, name.1, ... per item; "secret": a
                         string that is never printed */
    const char* fallback; /* the text used when nothing is given; "" = none; NULL = the key is required */
    const char* help;     /* one sentence */
} mf_config_key;

struct mf_state_ops; /* state.h */
struct mf_blob_ops;  /* blob.h */

typedef struct mf_plugin {
    uint32_t struct_size;    /* filled by MF_PLUGIN */
    uint32_t abi_minor;      /* filled by MF_PLUGIN: the headers it was built with */
    uint32_t min_host_minor; /* refuse to load in a host that is older than this; usually 0 */
    uint32_t reserved;
    const char* name;    /* the file name without directory and ".so": "state-redis" for state-redis.so */
    const char* version; /* the plugin's own */
    const char* summary; /* one sentence */
    const mf_config_key* keys;
    size_t key_count;
    const struct mf_state_ops*
        state; /* typed pointers, so that tools can see through them; either may be NULL */
    const struct mf_blob_ops* blob;
} mf_plugin;

#if defined(__GNUC__)
#define MF_EXPORT __attribute__((visibility("default")))
#else
#define MF_EXPORT
#endif

/* The one symbol a plugin exports. It is complete before any code of the plugin runs. */
extern MF_EXPORT const mf_plugin mf_plugin_v1;

/* Defines it, in C: MF_PLUGIN(.name = "state-mine", .version = "1.0", .summary = "...", .state = &my_ops); */
#define MF_PLUGIN(...)                                                                                       \
    MF_EXPORT const mf_plugin mf_plugin_v1 = {                                                               \
        .struct_size = (uint32_t)sizeof(mf_plugin), .abi_minor = MF_ABI_MINOR, __VA_ARGS__}

#ifdef __cplusplus
}
#endif

#endif
