// Counts for the whole fleet the counters that are this node's: all nodes' additions in one transaction at a
// time.
#pragma once

#include "base/lifetime.hpp"
#include "etcd/engine.hpp"
#include "state/counter_book.hpp"
#include "state/keyspace.hpp"
#include "state/members.hpp"
#include "state/replica.hpp"
#include "state/seat.hpp"

#include <mockfleet/plugin.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mockfleet::replicated {

/// Two nodes that both hold themselves for the owner for a moment only cost each other a conflict: the engine
/// compares the entry's revision each time. All of it on the loop.
class counter_owner {
public:
    /// MF_OK with the answer; MF_NOT_FOUND; MF_INVALID (no number); MF_TIMEOUT (whether it was charged is
    /// unknown).
    using taken = std::function<void(mf_status, take_answer, const std::string& why)>;

    counter_owner(boost::asio::io_context& loop, engine& store, const keyspace& keys, const replica& copy,
                  seat& own, const member_table& members, plugin::host host);

    void take(take_request asked, std::chrono::steady_clock::time_point deadline, taken done);
    void stop();

private:
    struct waiting {
        take_request asked;
        std::chrono::steady_clock::time_point deadline;
        taken done;
    };
    struct known_entry {
        std::uint64_t revision = 0; ///< 0 = absent
        std::uint64_t version = 0;
        std::string text;
        std::vector<counter_grant> grants;
    };
    struct account;
    using account_ptr = std::shared_ptr<account>;
    struct account {
        std::string space;
        std::string key;
        std::vector<waiting> next;
        std::vector<waiting> now; ///< in the transaction that is on its way
        std::vector<take_answer> answers;
        known_entry known;
        std::optional<std::list<account_ptr>::iterator> rests_at; ///< among the idle
    };

    void work(const account_ptr& on);
    void settle(const account_ptr& on, engine_answer<transaction_result> answer, known_entry wanted);
    void look(account& on) const;
    void refuse(const account_ptr& on, mf_status status, const std::string& why);
    void retry(const account_ptr& on);
    void rest(const account_ptr& on);
    void wake(account& on);
    static known_entry known_of(const engine_entry& entry);
    void keep_grants(std::vector<counter_grant>& grants);

    boost::asio::io_context& loop_;
    engine& engine_;
    const keyspace& keys_;
    const replica& replica_;
    seat& seat_;
    const member_table& members_;
    plugin::host host_;
    bool stopped_ = false;
    std::map<std::string, account_ptr> accounts_;                                 ///< by engine key
    std::map<std::uint64_t, std::chrono::steady_clock::time_point> without_seat_; ///< by life, since when
    std::list<account_ptr> idle_; ///< kept a while: what they know is newer than the copy for a moment
    lifetime lifetime_;
};

} // namespace mockfleet::replicated
