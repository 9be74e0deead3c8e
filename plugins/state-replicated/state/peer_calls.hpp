// peers() of state.h: a host's question to all other nodes, and this host's answer to theirs.
#pragma once

#include "peer/peer_fabric.hpp"
#include "state/roster.hpp"

#include <mockfleet/state.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::replicated {

/// All of it on the loop. The host's answers may come from any thread, also after the end.
class peer_calls {
public:
    peer_calls(boost::asio::io_context& loop, peer_fabric& fabric, const roster& members, plugin::host host);
    ~peer_calls() { stop(); }
    peer_calls(const peer_calls&) = delete;
    peer_calls& operator=(const peer_calls&) = delete;

    void open(); ///< the host takes calls, those that came before too
    void stop();
    void ask(const std::string& topic, const std::string& payload, std::chrono::milliseconds patience,
             mf_peer_sink sink, plugin::state_completion done);

private:
    struct gate;
    struct served;
    void serve(std::string_view payload, peer_fabric::answer answer);

    peer_fabric& fabric_;
    const roster& members_;
    plugin::host host_;
    bool open_ = false;
    bool stopped_ = false;
    std::vector<std::pair<std::string, peer_fabric::answer>> early_;
    std::shared_ptr<gate> gate_;
};

} // namespace mockfleet::replicated
