// The descriptor of blob-azure.so.
#include "client.hpp"
#include "settings.hpp"

#include <mockfleet/blob.hpp>

namespace mockfleet::azure {

class azure_store : public client {
public:
    static constexpr const char* summary = "documents in Azure Blob Storage";
    static constexpr const auto& keys = config_key_table;
    static constexpr mf_calls calls = MF_CALLS_PARALLEL;

    explicit azure_store(const plugin::config& given) : client(parse_settings(given)) {}

    void start() { probe(); }
    void stop() { client::stop(); }
};

} // namespace mockfleet::azure

MF_BLOB_PLUGIN("azure", "1.0", mockfleet::azure::azure_store);
