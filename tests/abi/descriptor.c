/* A plugin whose descriptor reaches every type of the ABI; the baseline is made from it. */
#include <mockfleet/blob.h>
#include <mockfleet/state.h>

static const mf_state_ops state = {.struct_size = sizeof state};
static const mf_blob_ops blob = {.struct_size = sizeof blob};
MF_PLUGIN(.name = "abi", .version = "1", .summary = "", .state = &state, .blob = &blob);
