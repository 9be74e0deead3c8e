// The REST answer for a failed bind has the original's words; the console has ours.
#include "app/listen_failure.hpp"

#include <string_view>

namespace mockfleet::app {

namespace {

/// `serverPort (flag --server-port)`
std::string named(const config::settings& settings, std::string_view property) {
    for (const auto& entry : settings.entries()) {
        if (entry.about->name == property && !entry.where.empty())
            return std::string(property) + " (" + entry.where + ")";
    }
    return std::string(property);
}

} // namespace

std::string listen_failure(const config::settings& settings, const base::error& failure) {
    std::string ports;
    for (const auto port : settings.ports())
        ports += (ports.empty() ? "" : ", ") + std::to_string(port);
    const auto& address = settings.text("localBoundIP");
    const auto last = failure.message.rfind(": ");
    const auto cause = last == std::string::npos ? failure.message : failure.message.substr(last + 2);
    auto line = "cannot listen on " + (address.empty() ? std::string("every address") : address) + ", port " +
                ports + ": " + cause + "; ";
    if (failure.code == base::errc::conflict)
        return line + "another program listens there: stop it or change " + named(settings, "serverPort");
    if (address.empty()) return line + "change " + named(settings, "serverPort");
    return line + named(settings, "localBoundIP") + " must be an address of this machine, and " +
           named(settings, "serverPort") + " a port that this user may open";
}

} // namespace mockfleet::app
