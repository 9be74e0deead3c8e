// One watch: the engine's endless answer, message by message, and a probe that notices when nobody is behind
// it any more.
#pragma once

#include "etcd/engine.hpp"
#include "etcd/etcd_calls.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::replicated {

/// Never takes the revision of an answer's header for what has been applied: for a watcher that lags it is
/// ahead of the events.
class etcd_watch : public std::enable_shared_from_this<etcd_watch> {
public:
    etcd_watch(std::shared_ptr<etcd_calls> calls, watch_listener who);

    void start(std::string_view prefix, std::uint64_t revision);
    /// No callback follows.
    void stop();

private:
    void message(std::string_view bytes);
    void probe();
    void end(std::uint64_t compacted, const std::string& reason);

    static constexpr std::uint32_t most_silent_probes = 3;

    std::shared_ptr<etcd_calls> calls_;
    watch_listener who_;
    std::shared_ptr<etcd_endpoint> at_;
    std::shared_ptr<grpc_link> link_;
    std::vector<watch_event> fragments_;
    boost::asio::steady_timer timer_;
    bool created_ = false;
    bool heard_ = false;
    bool stopped_ = false;
    bool overdue_ = false; // not created after one probe
    std::uint32_t silent_probes_ = 0;
};

} // namespace mockfleet::replicated
