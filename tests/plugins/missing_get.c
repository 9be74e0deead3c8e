/* A table without the required call get. */
#include "sound.h"
static const mf_state_ops ops = {
    sizeof(mf_state_ops), MF_CALLS_NONBLOCKING, sound_open,  NULL, NULL, sound_close, NULL, sound_put,
    sound_remove,         sound_scan,           sound_clear, NULL, NULL, NULL,        NULL};
MF_PLUGIN(.name = "state-missing-get", .version = "1", .summary = "", .state = &ops);
