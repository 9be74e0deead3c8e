/* A plugin whose open complains through the host and fails. */
#include "sound.h"
static mf_status open_it(const mf_host* host, const mf_pair* config, size_t count, mf_state** out) {
    static const mf_slice complaint = {"the data directory is not writable\nor is it", 43};
    (void)config;
    (void)count;
    (void)out;
    host->log(host->ctx, MF_LOG_ERROR, complaint, NULL, 0);
    return MF_DENIED;
}
static const mf_state_ops ops = {
    sizeof(mf_state_ops), MF_CALLS_NONBLOCKING, open_it,     NULL, NULL, sound_close, sound_get, sound_put,
    sound_remove,         sound_scan,           sound_clear, NULL, NULL, NULL,        NULL};
MF_PLUGIN(.name = "state-open-fails", .version = "1", .summary = "", .state = &ops);
