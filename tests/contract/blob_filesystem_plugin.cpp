// The built-in store as a plugin, so that the contract is run on it as on any other.
#include "store/blob_filesystem.hpp"

MF_BLOB_PLUGIN("filesystem", "1", mockfleet::store::blob_filesystem);
