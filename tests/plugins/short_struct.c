/* A descriptor that ends before its tables. */
#include "sound.h"
static const mf_state_ops ops = SOUND_OPS;
const mf_plugin mf_plugin_v1 = {
    offsetof(mf_plugin, state), MF_ABI_MINOR, 0, 0, "state-short-struct", "1", "", NULL, 0, &ops, NULL};
