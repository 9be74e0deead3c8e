/* A table that wants to be called in a way that does not exist. */
#include "sound.h"
static const mf_state_ops ops = {sizeof(mf_state_ops), 7,         sound_open, NULL,         NULL,
                                 sound_close,          sound_get, sound_put,  sound_remove, sound_scan,
                                 sound_clear,          NULL,      NULL,       NULL,         NULL};
MF_PLUGIN(.name = "state-unknown-calls", .version = "1", .summary = "", .state = &ops);
