/* A plugin whose key has a default that is not of the key's type. */
#include "sound.h"
static const mf_state_ops ops = SOUND_OPS;
static const mf_config_key keys[] = {{"timeout", "duration", "soon", "how long"}};
MF_PLUGIN(.name = "state-bad-default", .version = "1", .summary = "", .keys = keys, .key_count = 1,
          .state = &ops);
