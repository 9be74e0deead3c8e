// The built-in store as a plugin, so that the contract is run on it as on any other.
#include "store/blob_memory.hpp"

MF_BLOB_PLUGIN("memory", "1", mockfleet::store::blob_memory);
