// The fleet's one TLS identity as a context for connections: both sides show a certificate of the fleet's
// authority.
#pragma once

#include "net/tls_files.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace mockfleet::replicated {

enum class tls_role { client, server };

/// The peer's chain is required and verified against the authority; names are the caller's matter. Throws
/// plugin::failure (MF_INVALID) that names the file and what is wrong with it.
[[nodiscard]] std::shared_ptr<boost::asio::ssl::context> make_tls_context(const tls_files& files,
                                                                          tls_role role);

} // namespace mockfleet::replicated
