// Where a node's identity lies.
#pragma once

#include <string>

namespace mockfleet::replicated {

/// One identity for engine and peer fabric; PEM files. Either all three are set or none.
struct tls_files {
    std::string cert;
    std::string key;
    std::string ca;
    [[nodiscard]] bool on() const { return !cert.empty(); }
};

} // namespace mockfleet::replicated
