// Who the nodes are and which of them this one is.
#pragma once

#include "settings/settings.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mockfleet::replicated {

/// With `problem` it will never be known, with `waiting` it is worth asking again (a name that does not
/// resolve yet); with neither `found` has seeds, self, own_name and address.
struct discovered {
    std::string problem;
    std::string waiting;
    settings found;
};

/// Supervised and clustered: `done` comes once, on the loop, never from within the call.
void discover(boost::asio::io_context& loop, const settings& asked, std::function<void(discovered)> done);

/// "web-2" is ("web", 2): a pod of a StatefulSet. nullopt without an ordinal.
[[nodiscard]] std::optional<std::pair<std::string, std::size_t>> split_ordinal(std::string_view host_name);

/// The seeds of a StatefulSet behind a headless service: as many as vote, and at least up to this one.
[[nodiscard]] settings with_pods(const settings& asked, const std::string& pod, std::size_t ordinal);

/// The address of this host that a connection to there would come from; empty when there is no route.
[[nodiscard]] std::string address_towards(boost::asio::io_context& loop, const std::string& host,
                                          std::uint16_t port);

} // namespace mockfleet::replicated
