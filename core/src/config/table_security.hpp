// Properties of TLS and of authentication on the control plane and for mocked requests.
#pragma once

#include "config/property.hpp"

#include <array>

namespace mockfleet::config {

inline constexpr auto tls_properties = std::to_array<property>({
    text("tlsProtocols", "TLSv1.2,TLSv1.3", "TLS versions offered.").later(),
    boolean("tlsAllowInsecureProtocols", "false", "Allow TLS 1.0 and 1.1 among them.").later(),
    boolean("proactivelyInitialiseTLS", "false",
            "Make the certificate at start and not at the first TLS connection.")
        .later(),
    boolean("dynamicallyCreateCertificateAuthorityCertificate", "false",
            "Make an own certificate authority at the first use.")
        .later(),
    text("directoryToSaveDynamicSSLCertificate", ".", "Directory where that authority is kept.")
        .environment("MOCKSERVER_CERTIFICATE_DIRECTORY_TO_SAVE_DYNAMIC_SSL_CERTIFICATE")
        .later(),
    boolean("preventCertificateDynamicUpdate", "false",
            "Keep the first certificate whatever hosts are asked for.")
        .later(),
    text("sslCertificateDomainName", "localhost", "Common name of the certificate.").later(),
    list("sslSubjectAlternativeNameDomains", "localhost", "Host names in the certificate.").later(),
    list("sslSubjectAlternativeNameIps", "127.0.0.1,0.0.0.0", "Addresses in the certificate.").later(),
    integer("sslCertificateLeafValidityInDays", "397", "Days a certificate is valid.").later(),
    integer("maxSubjectAlternativeNames", "100", "Names in the certificate; the oldest is dropped.").later(),
    secret("certificateAuthorityPrivateKey", "PEM file of the authority's private key.").later(),
    text("certificateAuthorityCertificate", "", "PEM file of the authority's certificate.")
        .environment("MOCKSERVER_CERTIFICATE_AUTHORITY_X509_CERTIFICATE")
        .later(),
    secret("privateKeyPath", "PEM file of a fixed private key; needs x509CertificatePath.")
        .environment("MOCKSERVER_TLS_PRIVATE_KEY_PATH")
        .later(),
    text("x509CertificatePath", "", "PEM file of a fixed certificate; needs privateKeyPath.")
        .environment("MOCKSERVER_TLS_X509_CERTIFICATE_PATH")
        .later(),
    boolean("tlsMutualAuthenticationRequired", "false",
            "Demand a client certificate on every TLS connection.")
        .later_guard(),
    text("tlsMutualAuthenticationCertificateChain", "", "PEM file of the authorities of client certificates.")
        .later(),
    boolean("tlsMutualAuthenticationAllowBundledCa", "false",
            "Trust client certificates of the public test authority.")
        .later(),
});

inline constexpr auto authentication_properties = std::to_array<property>({
    boolean("controlPlaneTLSMutualAuthenticationRequired", "false",
            "Demand a client certificate for control-plane calls.")
        .later_guard(),
    text("controlPlaneTLSMutualAuthenticationCAChain", "",
         "PEM file of the authorities of those certificates.")
        .environment("MOCKSERVER_CONTROL_PLANE_TLS_MUTUAL_AUTHENTICATION_CERTIFICATE_CHAIN")
        .later(),
    secret("controlPlanePrivateKeyPath", "PEM file of the private key for own control-plane calls.")
        .environment("MOCKSERVER_CONTROL_PLANE_TLS_PRIVATE_KEY_PATH")
        .later(),
    text("controlPlaneX509CertificatePath", "", "PEM file of the certificate for own control-plane calls.")
        .environment("MOCKSERVER_CONTROL_PLANE_TLS_X509_CERTIFICATE_PATH")
        .later(),
    boolean("controlPlaneJWTAuthenticationRequired", "false",
            "Demand a bearer token for control-plane calls.")
        .later_guard(),
    text("controlPlaneJWTAuthenticationJWKSource", "", "File or address of the keys that sign tokens.")
        .later(),
    text("controlPlaneJWTAuthenticationExpectedAudience", "", "Audience that a token must name.").later(),
    map("controlPlaneJWTAuthenticationMatchingClaims", "", "Claims and the values that they must have.")
        .later(),
    list("controlPlaneJWTAuthenticationRequiredClaims", "", "Claims that a token must have.").later(),
    boolean("controlPlaneOidcAuthenticationRequired", "false", "Demand a token of an OpenID provider.")
        .later_guard(),
    text("controlPlaneOidcIssuer", "", "That provider.").later(),
    text("controlPlaneOidcJwksUri", "", "Address of its keys.").later(),
    text("controlPlaneOidcAudience", "", "Audience that its tokens must name.").later(),
    text("controlPlaneOidcScopeClaim", "scope", "Claim that holds the scopes.").later(),
    list("controlPlaneOidcRequiredScopes", "", "Scopes that a token must have.").later(),
    boolean("controlPlaneBasicAuthenticationRequired", "false",
            "Demand user name and password for control-plane calls.")
        .later_guard(),
    secret("controlPlaneBasicAuthenticationCredentials",
           "User names and passwords, `user:password` separated by commas.")
        .later(),
    text("controlPlaneBasicAuthenticationUsersFile", "", "File of user names and password hashes.").later(),
    boolean("controlPlaneBasicAuthenticationAllowInsecure", "false", "Accept passwords without TLS.").later(),
    boolean("controlPlaneAuthorizationEnabled", "false", "Give callers only what their role allows.")
        .later_guard(),
    map("controlPlaneScopeMapping", "", "Role of each scope or group: read, mutate or admin.")
        .nullable()
        .later(),
    text("controlPlaneTrustedHostSuffixes", "", "Host names under which the control plane may be called.")
        .later(),
    boolean("controlPlaneAuditEnabled", "false", "Keep a record of control-plane calls.").later(),
    integer("controlPlaneAuditMaxEntries", "1000", "Calls in that record.").later(),
    boolean("controlPlaneAuditReads", "false", "Record calls that only read.").later(),
    text("auditLogFile", "", "File to which the record is appended.").later(),
    boolean("dataPlaneAuthenticationRequired", "false", "Demand credentials for mocked requests.")
        .later_guard(),
    text("dataPlaneBasicAuthenticationUsername", "", "User name accepted.").later(),
    secret("dataPlaneBasicAuthenticationPassword", "Password accepted.").later(),
    text("dataPlaneBasicAuthenticationRealm", "MockServer", "Realm named in the refusal.").later(),
    secret("dataPlaneBearerAuthenticationToken", "Bearer token accepted.").later(),
    text("dataPlaneApiKeyAuthenticationHeader", "", "Header that carries an API key.").later(),
    secret("dataPlaneApiKeyAuthenticationValue", "API key accepted.").later(),
});

} // namespace mockfleet::config
