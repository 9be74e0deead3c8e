/* A plugin whose name is not that of its file. */
#include "sound.h"
static const mf_state_ops ops = SOUND_OPS;
MF_PLUGIN(.name = "state-right", .version = "1", .summary = "", .state = &ops);
