// The descriptor of state-memory.so.
#include "memory.hpp"

MF_STATE_PLUGIN("memory", "1.0", mockfleet::memory::memory_state);
