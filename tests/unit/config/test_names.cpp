// Spellings of properties in flags and environment, and nearest names.
#include "base/ascii.hpp"
#include "config/names.hpp"

#include "config/table.hpp"
#include "config/value.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace mockfleet::config {

namespace {

std::string variable_of(std::string_view name) {
    return environment_name(table[find(name)]);
}

} // namespace

TEST_CASE("environment names follow the words of the property") {
    CHECK(variable_of("serverPort") == "MOCKSERVER_SERVER_PORT");
    CHECK(variable_of("localBoundIP") == "MOCKSERVER_LOCAL_BOUND_IP");
    CHECK(variable_of("enableCORSForAPI") == "MOCKSERVER_ENABLE_CORS_FOR_API");
    CHECK(variable_of("enableCORSForAllResponses") == "MOCKSERVER_ENABLE_CORS_FOR_ALL_RESPONSES");
    CHECK(variable_of("http2Enabled") == "MOCKSERVER_HTTP2_ENABLED");
    CHECK(variable_of("forwardProxyTLSCustomTrustX509Certificates") ==
          "MOCKSERVER_FORWARD_PROXY_TLS_CUSTOM_TRUST_X509_CERTIFICATES");
    CHECK(variable_of("controlPlaneJWTAuthenticationJWKSource") ==
          "MOCKSERVER_CONTROL_PLANE_JWT_AUTHENTICATION_JWK_SOURCE");
    CHECK(variable_of("sslSubjectAlternativeNameIps") == "MOCKSERVER_SSL_SUBJECT_ALTERNATIVE_NAME_IPS");
}

TEST_CASE("the irregular environment names are the original's") {
    CHECK(variable_of("maximumNumberOfRequestToReturnInVerificationFailure") ==
          "MOCKSERVER_MAXIMUM_NUMBER_OF_REQUESTS_TO_RETURN_IN_VERIFICATION_FAILURE");
    CHECK(variable_of("proxyAuthenticationRealm") == "MOCKSERVER_PROXY_SERVER_REALM");
    CHECK(variable_of("forwardProxyPrivateKey") == "MOCKSERVER_FORWARD_PROXY_TLS_PRIVATE_KEY");
    CHECK(variable_of("forwardProxyCertificateChain") ==
          "MOCKSERVER_FORWARD_PROXY_TLS_X509_CERTIFICATE_CHAIN");
    CHECK(variable_of("forwardProxyTLSX509CertificatesTrustManagerType") ==
          "MOCKSERVER_FORWARD_PROXY_TLS_X509_CERTIFICATES_TRUST_MANAGER_TYPE");
    CHECK(variable_of("directoryToSaveDynamicSSLCertificate") ==
          "MOCKSERVER_CERTIFICATE_DIRECTORY_TO_SAVE_DYNAMIC_SSL_CERTIFICATE");
    CHECK(variable_of("certificateAuthorityCertificate") ==
          "MOCKSERVER_CERTIFICATE_AUTHORITY_X509_CERTIFICATE");
    CHECK(variable_of("privateKeyPath") == "MOCKSERVER_TLS_PRIVATE_KEY_PATH");
    CHECK(variable_of("x509CertificatePath") == "MOCKSERVER_TLS_X509_CERTIFICATE_PATH");
    CHECK(variable_of("controlPlaneTLSMutualAuthenticationCAChain") ==
          "MOCKSERVER_CONTROL_PLANE_TLS_MUTUAL_AUTHENTICATION_CERTIFICATE_CHAIN");
    CHECK(variable_of("controlPlanePrivateKeyPath") == "MOCKSERVER_CONTROL_PLANE_TLS_PRIVATE_KEY_PATH");
    CHECK(variable_of("controlPlaneX509CertificatePath") ==
          "MOCKSERVER_CONTROL_PLANE_TLS_X509_CERTIFICATE_PATH");
    CHECK(variable_of("initializationOpenAPIPath") == "MOCKSERVER_INITIALIZATION_OPENAPI_PATH");
    CHECK(variable_of("openAPIContextPathPrefix") == "MOCKSERVER_OPENAPI_CONTEXT_PATH_PREFIX");
    CHECK(variable_of("openAPIResponseValidation") == "MOCKSERVER_OPENAPI_RESPONSE_VALIDATION");
    CHECK(variable_of("validateProxyOpenAPISpec") == "MOCKSERVER_VALIDATE_PROXY_OPENAPI_SPEC");
    CHECK(variable_of("validateRequestsAgainstOpenApiSpec") ==
          "MOCKSERVER_VALIDATE_REQUESTS_AGAINST_OPENAPI_SPEC");
}

TEST_CASE("no two properties share a name, an environment variable or a flag") {
    std::set<std::string> names;
    std::set<std::string> variables;
    for (const auto& row : table) {
        CAPTURE(row.name);
        CHECK(names.insert(base::to_lower(row.name)).second);
        if (!row.json.empty()) CHECK(names.insert(base::to_lower(row.json)).second);
        if (!row.alias.empty()) CHECK(names.insert(base::to_lower(row.alias)).second);
        CHECK(variables.insert(environment_name(row)).second);
        CHECK(folded(flag_name(row)) == base::to_lower(row.name));
        CHECK(std::string_view(row.help).ends_with('.'));
    }
    std::size_t rows = 0;
    for (const auto& g : groups)
        rows += g.count;
    CHECK(rows == table.size());
}

TEST_CASE("distance counts a swap of neighbours once") {
    CHECK(distance("", "") == 0);
    CHECK(distance("abc", "") == 3);
    CHECK(distance("abc", "abc") == 0);
    CHECK(distance("abc", "acb") == 1);
    CHECK(distance("abc", "abd") == 1);
    CHECK(distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest name is found whatever its case") {
    const std::vector<std::string> known{"maxExpectations", "maxLogEntries", "logLevel"};
    CHECK(nearest("maxExpectation", known) == "maxExpectations");
    CHECK(nearest("LOGLEVLE", known) == "logLevel");
    CHECK(nearest("x", {}).empty());
}

TEST_CASE("a name that is no misspelling of any has no nearest one") {
    const std::vector<std::string> known{"maxExpectations", "maxLogEntries", "logLevel", "port"};
    CHECK(nearest(std::string(100'000, 'x'), known).empty());
    CHECK(nearest("wibble", known).empty());
    CHECK(nearest("foo", known).empty());
    CHECK(nearest("prot", known) == "port");
    CHECK(nearest("maximumLogEntries", known) == "maxLogEntries");
}

} // namespace mockfleet::config
