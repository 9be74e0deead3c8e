// Finds this node in the list of seeds, or the list in a StatefulSet.
#include "life/discovery.hpp"

#include "settings/seed_list.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <charconv>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <set>
#include <unistd.h>
#include <vector>

namespace mockfleet::replicated {

namespace asio = boost::asio;

namespace {

std::string host_name() {
    std::string name(256, '\0');
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    name.resize(name.find('\0'));
    return name;
}

std::set<asio::ip::address> own_addresses() {
    std::set<asio::ip::address> all;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return all;
    for (const auto* one = first; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr) continue;
        if (one->ifa_addr->sa_family == AF_INET) {
            const auto* v4 = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
            all.insert(asio::ip::address_v4(ntohl(v4->sin_addr.s_addr)));
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            const auto* v6 = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr);
            asio::ip::address_v6::bytes_type bytes;
            std::copy_n(v6->sin6_addr.s6_addr, bytes.size(), bytes.begin());
            all.insert(asio::ip::address_v6(bytes));
        }
    }
    ::freeifaddrs(first);
    return all;
}

std::string list_of(const settings& asked) {
    std::string text;
    for (const auto& one : asked.seeds)
        text += (text.empty() ? "" : ", ") + authority(one.host, one.peer_port);
    return text;
}

/// One search through the seeds that have the own peer port.
class search : public std::enable_shared_from_this<search> {
public:
    search(asio::io_context& loop, const settings& asked, std::function<void(discovered)> done)
        : resolver_(loop), asked_(asked), done_(std::move(done)), own_(own_addresses()), name_(host_name()) {}

    void run() {
        for (std::size_t i = 0; i < asked_.seeds.size(); ++i) {
            if (asked_.seeds[i].peer_port == asked_.peer_port) candidates_.push_back(i);
        }
        next();
    }

private:
    void next() {
        if (at_ == candidates_.size()) {
            finish();
            return;
        }
        const auto index = candidates_[at_++];
        const auto& host = asked_.seeds[index].host;
        boost::system::error_code no_address;
        const auto address = asio::ip::make_address(host, no_address);
        if (!asked_.address.empty()) {
            if (host == asked_.address) here_.push_back(index);
            next();
        } else if (!no_address) {
            if (address.is_loopback() || own_.contains(address)) here_.push_back(index);
            next();
        } else if (host == "localhost" || host == name_) {
            here_.push_back(index);
            next();
        } else {
            resolver_.async_resolve(
                host, "", [self = shared_from_this(), index](const auto& problem, const auto& found) {
                    if (problem)
                        self->unresolved_ +=
                            (self->unresolved_.empty() ? "" : ", ") + self->asked_.seeds[index].host;
                    const bool own =
                        !problem && std::any_of(found.begin(), found.end(), [&](const auto& one) {
                            return self->own_.contains(one.endpoint().address());
                        });
                    if (own) self->here_.push_back(index);
                    self->next();
                });
        }
    }

    void finish() {
        discovered made;
        made.found = asked_;
        if (here_.size() == 1) {
            made.found.self = here_.front();
            made.found.own_name = asked_.seeds[here_.front()].name;
            made.found.address = asked_.seeds[here_.front()].host;
        } else if (here_.size() > 1) {
            made.problem =
                "clusterSeeds (" + list_of(asked_) + ") has more than one entry with port " +
                std::to_string(asked_.peer_port) +
                " on this host; set clusterAdvertisedAddress to the host of the one that is this node";
        } else if (!unresolved_.empty()) {
            made.waiting = "the names " + unresolved_ + " of clusterSeeds do not resolve yet";
        } else {
            made.problem = "none of clusterSeeds (" + list_of(asked_) +
                           ") is this node, whose clusterPeerPort is " + std::to_string(asked_.peer_port) +
                           "; add it there on every node, or set clusterPeerPort or clusterAdvertisedAddress";
        }
        done_(std::move(made));
    }

    asio::ip::tcp::resolver resolver_;
    settings asked_;
    std::function<void(discovered)> done_;
    std::set<asio::ip::address> own_;
    std::string name_;
    std::vector<std::size_t> candidates_;
    std::vector<std::size_t> here_;
    std::size_t at_ = 0;
    std::string unresolved_;
};

void discover_pods(asio::io_context& loop, const settings& asked, std::function<void(discovered)> done) {
    const auto pod = split_ordinal(host_name());
    if (!pod) {
        done({.problem =
                  "clusterDnsQuery needs the stable names of a StatefulSet, but this host is called '" +
                  host_name() + "', without an ordinal: use a StatefulSet, or name the nodes in clusterSeeds",
              .waiting = {},
              .found = asked});
        return;
    }
    auto resolver = std::make_shared<asio::ip::tcp::resolver>(loop);
    resolver->async_resolve(
        asked.dns_query, "", [resolver, asked, pod, done](const auto& problem, const auto&) {
            discovered made;
            made.found = with_pods(asked, pod->first, pod->second);
            if (problem) {
                made.waiting = "clusterDnsQuery '" + asked.dns_query + "' does not resolve yet (" +
                               problem.message() +
                               "); is it a headless service with publishNotReadyAddresses?";
            }
            done(std::move(made));
        });
}

} // namespace

std::optional<std::pair<std::string, std::size_t>> split_ordinal(std::string_view host_name) {
    host_name = host_name.substr(0, host_name.find('.'));
    const auto dash = host_name.rfind('-');
    if (dash == std::string_view::npos || dash == 0) return std::nullopt;
    const auto digits = host_name.substr(dash + 1);
    constexpr std::size_t most_digits = 4; // the random ends of a Deployment's pods may be digits too
    std::size_t ordinal = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), ordinal);
    if (problem != std::errc() || end != digits.data() + digits.size() || digits.size() > most_digits)
        return std::nullopt;
    return std::pair(std::string(host_name.substr(0, dash)), ordinal);
}

settings with_pods(const settings& asked, const std::string& pod, std::size_t ordinal) {
    auto made = asked;
    made.seeds.clear();
    const auto count = std::max<std::size_t>(asked.voters, ordinal + 1);
    for (std::size_t i = 0; i < count; ++i) {
        seed one;
        one.host = pod + "-" + std::to_string(i) + "." + asked.dns_query;
        one.peer_port = asked.peer_port;
        one.ack_port = asked.ack_port;
        one.name = member_name(one.host, one.peer_port);
        made.seeds.push_back(std::move(one));
    }
    made.self = ordinal;
    made.own_name = made.seeds[ordinal].name;
    made.address = made.seeds[ordinal].host;
    return made;
}

void discover(asio::io_context& loop, const settings& asked, std::function<void(discovered)> done) {
    asio::post(loop, [&loop, asked, done = std::move(done)]() mutable {
        if (!asked.dns_query.empty() && asked.seeds.empty())
            discover_pods(loop, asked, std::move(done));
        else
            std::make_shared<search>(loop, asked, std::move(done))->run();
    });
}

std::string address_towards(asio::io_context& loop, const std::string& host, std::uint16_t port) {
    boost::system::error_code problem;
    auto address = asio::ip::make_address(host, problem);
    // A name is looked up at the start only, before anything waits for the loop.
    if (problem) {
        asio::ip::udp::resolver resolver(loop);
        const auto found = resolver.resolve(host, std::to_string(port), problem);
        if (problem || found.empty()) return {};
        address = found.begin()->endpoint().address();
    }
    asio::ip::udp::socket socket(loop);
    const asio::ip::udp::endpoint there(address, port);
    socket.connect(there, problem);
    return problem ? std::string() : socket.local_endpoint(problem).address().to_string();
}

} // namespace mockfleet::replicated
