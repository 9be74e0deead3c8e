/* A table that ends before a required call. */
#include "sound.h"
static const mf_state_ops ops = {offsetof(mf_state_ops, clear),
                                 MF_CALLS_NONBLOCKING,
                                 sound_open,
                                 NULL,
                                 NULL,
                                 sound_close,
                                 sound_get,
                                 sound_put,
                                 sound_remove,
                                 sound_scan,
                                 sound_clear,
                                 NULL,
                                 NULL,
                                 NULL,
                                 NULL};
MF_PLUGIN(.name = "state-short-table", .version = "1", .summary = "", .state = &ops);
