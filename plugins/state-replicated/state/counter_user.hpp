// Additions of this node: those to one counter go to its owner together, one request at a time.
#pragma once

#include "base/inbox.hpp"
#include "base/lifetime.hpp"
#include "base/ticker.hpp"
#include "peer/peer_fabric.hpp"
#include "state/barrier.hpp"
#include "state/counter_book.hpp"
#include "state/counter_owner.hpp"
#include "state/members.hpp"
#include "state/seat.hpp"

#include <mockfleet/state.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::replicated {

/// Space and key are borrowed from the caller until `done`.
struct pending_add {
    std::string_view space;
    std::string_view key;
    addition what;
    plugin::state_completion done;
    std::chrono::steady_clock::time_point deadline;
    bool sent = false;

    [[nodiscard]] bool answered() const { return !done; }
};
using add_ptr = std::shared_ptr<pending_add>;

/// All of it on the loop, but submit().
class counter_user {
public:
    struct parts_of_node {
        boost::asio::io_context& loop;
        peer_fabric* fabric; ///< null when not clustered
        counter_owner& owner;
        const member_table& members;
        const std::string& node;
        seat& own;
        barrier& readable;
        barrier& visible;
    };
    explicit counter_user(parts_of_node with);

    /// Any thread.
    void submit(add_ptr one);
    [[nodiscard]] std::size_t outstanding() const;
    void stop();

    /// The topic of the fabric under which an owner is asked.
    static constexpr const char* topic = "take";

private:
    struct desk {
        std::string space;
        std::string key;
        std::vector<add_ptr> next;
        std::vector<add_ptr> now;
        take_request asked;
    };
    using desk_ptr = std::shared_ptr<desk>;
    using desk_name = std::pair<std::string, std::string>;

    void accept(const add_ptr& one);
    void ask(const desk_ptr& on);
    void send(const desk_ptr& on);
    void answered(const desk_ptr& on, mf_status status, const take_answer& answer, const std::string& why);
    void served(const std::vector<add_ptr>& these, const take_answer& answer);
    void next(const desk_ptr& on);
    /// Answers those whose deadline has passed; whether others wait.
    bool answer_late();

    boost::asio::io_context& loop_;
    peer_fabric* fabric_;
    counter_owner& owner_;
    const member_table& members_;
    const std::string& node_;
    seat& seat_;
    barrier& readable_;
    barrier& visible_;
    inbox<add_ptr> inbox_;
    ticker deadlines_;
    bool stopped_ = false;
    std::uint64_t sequence_ = 0;
    std::map<desk_name, desk_ptr> desks_;
    std::vector<add_ptr> open_;
    lifetime lifetime_;
};

} // namespace mockfleet::replicated
