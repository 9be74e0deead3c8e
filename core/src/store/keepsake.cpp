// Names are made of checksums: equal contents meet under one name.
#include "store/keepsake.hpp"

#include "store/checksum.hpp"
#include "store/durable_file.hpp"

#include <unistd.h>

namespace mockfleet::store {

keepsake keepsake_of_broken(const std::string& file, std::string_view content) {
    return {file, file + ".broken-" + checksum_digits(content), {}};
}

keepsake keepsake_of_previous(const std::string& file, std::string_view content) {
    auto name = file + ".previous";
    const auto taken = read_whole_file(name);
    // One that cannot be read is not to be lost either.
    const bool free = taken ? *taken == content : taken.error().code == base::errc::not_found;
    if (!free) name += "-" + checksum_digits(content);
    return {file, std::move(name), {}};
}

base::result<void> keep(const keepsake& wanted) {
    if (::access(wanted.name.c_str(), F_OK) == 0) return {};
    return wanted.content ? replace_file(wanted.name, *wanted.content) : keep_as(wanted.file, wanted.name);
}

} // namespace mockfleet::store
