// The descriptor of blob-s3.so.
#include "client.hpp"
#include "settings.hpp"

#include <mockfleet/blob.hpp>

namespace mockfleet::s3 {

class s3_store : public client {
public:
    static constexpr const char* summary = "documents in Amazon S3 and what speaks its protocol";
    static constexpr const auto& keys = config_key_table;
    static constexpr mf_calls calls = MF_CALLS_PARALLEL;

    explicit s3_store(const plugin::config& given) : client(parse_settings(given)) {}

    void start() { probe(); }
    void stop() { client::stop(); }
};

} // namespace mockfleet::s3

MF_BLOB_PLUGIN("s3", "1.0", mockfleet::s3::s3_store);
