// What the control plane may ask of the running server; implemented in app over http.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <vector>

namespace mockfleet::control {

/// Thread-safe.
class server_control {
public:
    virtual ~server_control() = default;
    /// Binds further ports (0 = any free one) and returns the ports actually bound, in order; an error binds
    /// none.
    [[nodiscard]] virtual base::result<std::vector<std::uint16_t>>
    bind(const std::vector<std::uint16_t>& ports) = 0;
    [[nodiscard]] virtual std::vector<std::uint16_t> ports() const = 0;
};

} // namespace mockfleet::control
