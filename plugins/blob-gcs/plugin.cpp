// The descriptor of blob-gcs.so.
#include "client.hpp"
#include "settings.hpp"

#include <mockfleet/blob.hpp>

namespace mockfleet::gcs {

class gcs_store : public client {
public:
    static constexpr const char* summary = "documents in Google Cloud Storage";
    static constexpr const auto& keys = config_key_table;
    static constexpr mf_calls calls = MF_CALLS_PARALLEL;

    explicit gcs_store(const plugin::config& given) : client(parse_settings(given)) {}

    void start() { probe(); }
    void stop() { client::stop(); }
};

} // namespace mockfleet::gcs

MF_BLOB_PLUGIN("gcs", "1.0", mockfleet::gcs::gcs_store);
