/* A plugin that declares a key of a type that does not exist. */
#include "sound.h"
static const mf_state_ops ops = SOUND_OPS;
static const mf_config_key keys[] = {{"address", "url", NULL, "where"}};
MF_PLUGIN(.name = "state-bad-key", .version = "1", .summary = "", .keys = keys, .key_count = 1,
          .state = &ops);
