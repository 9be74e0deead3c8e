// The engine over etcd v3: keys by gRPC, the rest by its JSON gateway; one object per node, several
// endpoints.
#pragma once

#include "etcd/engine.hpp"
#include "etcd/etcd_calls.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace mockfleet::replicated {

class etcd_watch;

/// As engine says. Further: status, defragment and move_leader go to the first endpoint only, which is the
/// node's own member when it has one; adding, promoting and removing members is not repeated after an attempt
/// without an answer (`unknown`): look at members().
class etcd_client : public engine {
public:
    etcd_client(const boost::asio::any_io_executor& on, etcd_options options);
    ~etcd_client() override;
    etcd_client(const etcd_client&) = delete;
    etcd_client& operator=(const etcd_client&) = delete;

    /// The first is preferred; connections to those that stay are kept.
    void set_endpoints(const std::vector<std::string>& urls);
    [[nodiscard]] std::vector<std::string> endpoints() const;

    /// Completes whatever is open; every later call is answered `unavailable`.
    void close();

    /// A linearizable read: whether the engine has a majority now.
    void confirm(std::chrono::milliseconds within, engine_done<bool> done);

    /// status that gives up soon: an engine that waits for a majority accepts connections and says nothing.
    void status_within(std::chrono::milliseconds within, engine_done<engine_status> done);

    void transact(transaction asked, engine_done<transaction_result> done) override;
    void range(range_request asked, engine_done<range_result> done) override;
    void watch(std::string prefix, std::uint64_t revision, watch_listener listener) override;
    void end_watch() override;
    void grant_lease(std::uint32_t seconds, engine_done<std::int64_t> done) override;
    void renew_lease(std::int64_t lease, engine_done<std::uint32_t> done) override;
    void revoke_lease(std::int64_t lease, engine_done<bool> done) override;
    void compact(std::uint64_t revision, engine_done<bool> done) override;
    void defragment(engine_done<bool> done) override;
    void disarm(engine_done<bool> done) override;
    void status(engine_done<engine_status> done) override;
    void members(engine_done<std::vector<engine_member>> done) override;
    void add_member(std::string peer_url, bool learner, engine_done<engine_member> done) override;
    void promote_member(std::uint64_t id, engine_done<bool> done) override;
    void remove_member(std::uint64_t id, engine_done<bool> done) override;
    void move_leader(std::uint64_t to, engine_done<bool> done) override;

private:
    std::shared_ptr<etcd_calls> calls_;
    std::shared_ptr<etcd_watch> watch_;
};

} // namespace mockfleet::replicated
