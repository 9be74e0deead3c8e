// Loads certificate, key and authority.
#include "net/tls_context.hpp"

#include <mockfleet/plugin.hpp>

#include <openssl/ssl.h>

namespace mockfleet::replicated {

namespace ssl = boost::asio::ssl;

namespace {

void check(const boost::system::error_code& problem, const char* setting, const std::string& file,
           const char* wanted) {
    if (!problem) return;
    throw plugin::failure(MF_INVALID, std::string(setting) + ": '" + file + "' cannot be used (" +
                                          problem.message() + "); it must be " + wanted);
}

} // namespace

std::shared_ptr<ssl::context> make_tls_context(const tls_files& files, tls_role role) {
    auto made = std::make_shared<ssl::context>(role == tls_role::client ? ssl::context::tls_client
                                                                        : ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_2_VERSION);
    made->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    boost::system::error_code problem;
    made->load_verify_file(files.ca, problem);
    check(problem, "clusterTlsCa", files.ca, "a readable PEM file with the authority's certificate");
    made->use_certificate_chain_file(files.cert, problem);
    check(problem, "clusterTlsCert", files.cert, "a readable PEM file with this node's certificate");
    made->use_private_key_file(files.key, ssl::context::pem, problem);
    check(problem, "clusterTlsKey", files.key,
          "a readable PEM file with the unencrypted key of clusterTlsCert");
    return made;
}

} // namespace mockfleet::replicated
