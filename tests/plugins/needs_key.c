/* A plugin with a required key, a secret one and one with a default: wrong settings are refused before it is
 * opened. */
#include "sound.h"
static const mf_state_ops ops = SOUND_OPS;
static const mf_config_key keys[] = {{"address", "string", NULL, "where the engine listens"},
                                     {"password", "secret", "", "for the engine"},
                                     {"timeout", "duration", "5s", "for one call"}};
MF_PLUGIN(.name = "state-needs-key", .version = "1", .summary = "", .keys = keys, .key_count = 3,
          .state = &ops);
