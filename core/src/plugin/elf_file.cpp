// Reads the ELF header, the program headers and the section headers.
#include "plugin/elf_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <limits>

#include <elf.h>
#include <link.h>

namespace mockfleet::plugin {

namespace {

using header = ElfW(Ehdr);
using segment = ElfW(Phdr);
using section = ElfW(Shdr);

constexpr unsigned char native_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;

/// Where something of `size` bytes at `offset` ends; an offset that overflows ends nowhere in any file.
std::uint64_t end_of(std::uint64_t offset, std::uint64_t size) {
    std::uint64_t end = 0;
    return __builtin_add_overflow(offset, size, &end) ? std::numeric_limits<std::uint64_t>::max() : end;
}

template <class Entry>
bool read_at(std::ifstream& file, std::uint64_t offset, Entry& into) {
    file.seekg(static_cast<std::streamoff>(offset));
    return static_cast<bool>(file.read(reinterpret_cast<char*>(&into), sizeof(into)));
}

/// The end of the table and of what its entries stand for; the entries are read only if all are there.
template <class Entry, class EndOf>
std::uint64_t end_of_table(std::ifstream& file, std::uint64_t size, std::uint64_t offset, std::uint64_t count,
                           std::uint64_t entry_size, EndOf entry_end) {
    auto end = end_of(offset, count * entry_size);
    if (end > size || entry_size < sizeof(Entry)) return end;
    for (std::uint64_t i = 0; i < count; ++i) {
        Entry one{};
        if (!read_at(file, offset + i * entry_size, one)) return end;
        end = std::max(end, entry_end(one));
    }
    return end;
}

} // namespace

std::optional<incomplete_file> incomplete_elf(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) return std::nullopt;
    const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(file.tellg(), 0));
    std::array<char, SELFMAG> magic{};
    if (!read_at(file, 0, magic) || std::memcmp(magic.data(), ELFMAG, SELFMAG) != 0) return std::nullopt;
    header head{};
    if (size < sizeof(head)) return incomplete_file{size, sizeof(head)};
    if (!read_at(file, 0, head) || head.e_ident[EI_CLASS] != native_class) return std::nullopt;

    auto wanted = end_of_table<segment>(
        file, size, head.e_phoff, head.e_phnum, head.e_phentsize,
        [](const segment& one) -> std::uint64_t { return end_of(one.p_offset, one.p_filesz); });
    if (head.e_shoff != 0) {
        const auto sections =
            end_of_table<section>(file, size, head.e_shoff, head.e_shnum, head.e_shentsize,
                                  [](const section& one) -> std::uint64_t {
                                      return one.sh_type == SHT_NOBITS || one.sh_type == SHT_NULL
                                                 ? 0
                                                 : end_of(one.sh_offset, one.sh_size);
                                  });
        wanted = std::max(wanted, sections);
    }
    if (wanted <= size) return std::nullopt;
    return incomplete_file{size, wanted};
}

} // namespace mockfleet::plugin
