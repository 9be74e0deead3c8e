// A list of hosts as settings have it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::upstream {

/// `name`, `name:port`, `*.name`, or `.name`, which stands for itself as well; separated by commas or bars.
/// Immutable, any thread.
class host_list {
public:
    explicit host_list(std::string_view text);

    /// Of a host, with or without its port; case, brackets and a dot at the end do not count.
    [[nodiscard]] bool names(std::string_view host) const;

private:
    std::vector<std::string> names_; ///< lower case
};

} // namespace mockfleet::upstream
