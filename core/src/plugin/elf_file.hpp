// Is a shared object whole? The dynamic linker maps what the headers promise, and touching what the file does
// not hold ends the process with SIGBUS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mockfleet::plugin {

struct incomplete_file {
    std::uint64_t size;   ///< bytes that are there
    std::uint64_t wanted; ///< bytes that its headers, segments and sections take
};

/// Of a file that begins like a shared object of this machine's word size and ends too early. Nothing for
/// other files: the dynamic linker refuses those with words of its own.
[[nodiscard]] std::optional<incomplete_file> incomplete_elf(const std::string& path);

} // namespace mockfleet::plugin
