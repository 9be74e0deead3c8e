// The properties blobStoreKeyPrefix, -CaFile, -Probe and -CreateIfMissing.
#include "common/store_settings.hpp"

#include "common/surroundings.hpp"

namespace mockfleet::common {

void refuse(const std::string& what) {
    throw plugin::failure(MF_INVALID, what);
}

void read_store_settings(store_settings& made, const plugin::config& given) {
    made.key_prefix = given.text("blobStoreKeyPrefix");
    made.ca_file = given.text("blobStoreCaFile");
    made.probe = given.flag("blobStoreProbe");
    made.create_if_missing = given.flag("blobStoreCreateIfMissing");
    if (!made.ca_file.empty() && !read_file(made.ca_file))
        refuse("blobStoreCaFile is '" + made.ca_file + "', which cannot be read");
}

} // namespace mockfleet::common
