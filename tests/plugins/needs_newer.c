/* A plugin that needs a newer minor version of the host. */
#include "sound.h"
static const mf_state_ops ops = SOUND_OPS;
MF_PLUGIN(.min_host_minor = 4, .name = "state-needs-newer", .version = "1", .summary = "", .state = &ops);
