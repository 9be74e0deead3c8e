// The special-purpose registries of IANA (RFC 6890 and its updates) as ranges.
#include "upstream/address_guard.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace mockfleet::upstream {

namespace {

namespace ip = boost::asio::ip;

struct v4_range {
    std::uint32_t network;
    unsigned bits;
};

constexpr std::uint32_t quad(unsigned a, unsigned b, unsigned c, unsigned d) {
    return a << 24U | b << 16U | c << 8U | d;
}

constexpr std::array v4_ranges{
    v4_range{quad(0, 0, 0, 0), 8},      v4_range{quad(10, 0, 0, 0), 8},
    v4_range{quad(100, 64, 0, 0), 10},  v4_range{quad(127, 0, 0, 0), 8},
    v4_range{quad(169, 254, 0, 0), 16}, v4_range{quad(172, 16, 0, 0), 12},
    v4_range{quad(192, 0, 0, 0), 24},   v4_range{quad(192, 0, 2, 0), 24},
    v4_range{quad(192, 88, 99, 0), 24}, v4_range{quad(192, 168, 0, 0), 16},
    v4_range{quad(198, 18, 0, 0), 15},  v4_range{quad(198, 51, 100, 0), 24},
    v4_range{quad(203, 0, 113, 0), 24}, v4_range{quad(224, 0, 0, 0), 4},
    v4_range{quad(240, 0, 0, 0), 4},
};

bool is_private(std::uint32_t address) {
    for (const auto& range : v4_ranges) {
        if ((address ^ range.network) >> (32U - range.bits) == 0) return true;
    }
    return false;
}

using bytes = ip::address_v6::bytes_type;

std::uint32_t v4_at(const bytes& from, std::size_t at) {
    return quad(from[at], from[at + 1], from[at + 2], from[at + 3]);
}

bool begins_with(const bytes& address, std::initializer_list<unsigned> prefix) {
    std::size_t at = 0;
    for (const auto one : prefix) {
        if (address[at++] != one) return false;
    }
    return true;
}

bool is_private(const bytes& address) {
    if (begins_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}))
        return is_private(v4_at(address, 12));
    // Unspecified, loop-back, and what is left of the compatible form.
    if (begins_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) return true;
    if (begins_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0})) // translated by SIIT
        return is_private(v4_at(address, 12));
    if (begins_with(address, {0, 0x64, 0xff, 0x9b, 0, 1})) return true; // local use of NAT64
    if (begins_with(address, {0, 0x64, 0xff, 0x9b})) return is_private(v4_at(address, 12));
    if (begins_with(address, {0x20, 0x02})) return is_private(v4_at(address, 2));         // 6to4
    if (begins_with(address, {0x20, 0x01, 0, 0})) return is_private(~v4_at(address, 12)); // Teredo
    if (begins_with(address, {0x20, 0x01, 0x0d, 0xb8}) || begins_with(address, {0x01, 0})) return true;
    if (begins_with(address, {0x20, 0x01, 0, 2, 0, 0})) return true; // benchmarks
    // Documentation, and the segments of somebody's own network.
    if (address[0] == 0x3f && address[1] == 0xff && (address[2] & 0xf0U) == 0) return true;
    if (begins_with(address, {0x5f, 0})) return true;
    const auto first = address[0];
    if ((first & 0xfeU) == 0xfc || first == 0xff) return true; // unique local, multicast
    return first == 0xfe && (address[1] & 0x80U) != 0;         // link and site local
}

} // namespace

bool is_private(const ip::address& where) {
    return where.is_v4() ? is_private(where.to_v4().to_uint()) : is_private(where.to_v6().to_bytes());
}

} // namespace mockfleet::upstream
