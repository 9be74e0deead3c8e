/* A plugin whose start completes with a failure and a message. */
#include "sound.h"
static void start(mf_state* state, const mf_state_events* events, mf_state_done done) {
    static const char why[] = "no engine answers at 127.0.0.1:2379";
    mf_state_reply reply = {0};
    (void)state;
    (void)events;
    reply.struct_size = (uint32_t)sizeof reply;
    reply.status = MF_UNAVAILABLE;
    reply.message.data = why;
    reply.message.size = sizeof why - 1;
    done.call(done.ctx, &reply);
}
static const mf_state_ops ops = {
    sizeof(mf_state_ops), MF_CALLS_SERIAL, sound_open,  start, NULL, sound_close, sound_get, sound_put,
    sound_remove,         sound_scan,      sound_clear, NULL,  NULL, NULL,        NULL};
MF_PLUGIN(.name = "state-start-fails", .version = "1", .summary = "", .state = &ops);
