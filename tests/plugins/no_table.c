/* A descriptor without any table. */
#include "sound.h"
MF_PLUGIN(.name = "state-no-table", .version = "1", .summary = "");
