// The path of every request: control calls to the control threads but for short ones, all others matched,
// recorded and answered on the spot, but for those that the state backend has to decide.
#pragma once

#include "app/control_pool.hpp"
#include "app/forwarding.hpp"
#include "base/error.hpp"
#include "config/config.hpp"
#include "control/live_settings.hpp"
#include "control/node_health.hpp"
#include "control/router.hpp"
#include "http/dispatcher.hpp"
#include "matching/request_facts.hpp"
#include "store/expectations.hpp"
#include "store/log_entry.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace mockfleet::store {
class event_log;
} // namespace mockfleet::store

namespace mockfleet::app {

/// Everything it is given outlives it. on_request: any I/O thread, each with its own slot.
class mock_dispatcher final : public http::dispatcher {
public:
    /// `patience`: how long a request that takes a use or moves a scenario waits while the node is cut off.
    mock_dispatcher(const control::router& router, control_pool& control, store::expectations& expectations,
                    store::event_log& log, control::live_settings& settings,
                    const control::node_health& health, std::size_t io_threads,
                    std::chrono::milliseconds patience);
    ~mock_dispatcher() override;

    void on_request(const model::request_view& request, http::responder& answer, std::size_t slot) override;
    void on_stop(std::size_t slot) override { forwarding_.stop(slot); }

    /// Requests since the start: all, and those that an expectation answered or none did. Any thread.
    struct counts {
        std::uint64_t received = 0;
        std::uint64_t matched = 0;
        std::uint64_t unmatched = 0;
        std::uint64_t forwarded = 0; ///< of the matched ones
    };
    [[nodiscard]] counts counted() const;
    [[nodiscard]] forwarding::counts forwarded() const { return forwarding_.counted(); }

private:
    struct policy;
    struct refusal;
    struct undecided;
    struct short_call;
    struct alignas(64) worker {
        matching::request_facts facts;
        std::shared_ptr<const refusal> last_refusal;
        // Written by its own thread alone.
        std::atomic<std::uint64_t> received{0};
        std::atomic<std::uint64_t> matched{0};
        std::atomic<std::uint64_t> unmatched{0};
        std::atomic<std::uint64_t> forwarded{0};
    };
    /// When the request was received.
    struct moment {
        std::int64_t wall_ns = 0;
        std::int64_t stamp_ns = 0;
    };

    /// A request on its way to its answer.
    struct course {
        const model::request_view& request;
        http::responder& answer;
        std::size_t slot;
        moment received;
    };

    void respond(const course& of, const store::live_expectation* hit, store::contact contact);
    /// Answers in place of an expectation; recorded like any other answer.
    void refuse(const course& of, const std::shared_ptr<const refusal>& with, bool may_keep);
    [[nodiscard]] std::shared_ptr<const refusal> refusal_of(std::size_t slot, const base::error& failure);
    [[nodiscard]] static store::exchange exchange_of(const course& of);
    [[nodiscard]] bool answer_here(const model::request_view& request, http::responder& answer);
    boost::asio::awaitable<void> call_here(std::shared_ptr<short_call> open);
    boost::asio::awaitable<void> decide(std::shared_ptr<undecided> open);
    boost::asio::awaitable<void> settle(undecided& open);
    [[nodiscard]] boost::asio::awaitable<bool> hold(undecided& open);
    [[nodiscard]] boost::asio::awaitable<bool> in_touch(const undecided& open) const;
    [[nodiscard]] bool match_again(undecided& open);
    void give_back(const store::expectations::claim& charged, std::uint64_t definition);
    void finish(undecided& open, const model::request_view& request, http::responder& answer);
    void forward_matched(const model::http_forward& action, const store::exchange& received,
                         const policy& now, http::responder& answer, std::size_t slot,
                         actions::header_list extra);
    /// Records the request and the answer that it gets instead of another server's.
    void refuse_unforwarded(const store::exchange& received, std::uint16_t status,
                            const actions::header_list& headers, std::string body, bool keep_alive,
                            http::responder& answer, std::size_t slot);
    bool forward_unmatched(const store::exchange& received, const policy& now, http::responder& answer,
                           std::size_t slot, actions::header_list extra);
    void answer_unmatched(const model::request_view& request, http::responder& answer,
                          const policy& now) const;
    void apply(const config::settings& settings);

    const control::router& router_;
    control_pool& control_;
    store::expectations& expectations_;
    store::event_log& log_;
    const control::node_health& health_;
    std::chrono::milliseconds patience_;
    std::shared_ptr<const refusal> isolated_;
    std::shared_ptr<const refusal> joining_;
    const std::string loop_mark_; ///< of this process
    forwarding forwarding_;
    std::vector<std::unique_ptr<worker>> workers_;

    // A change of settings is rare and its old copy may still be in use on an I/O thread, so copies are kept
    // until the end.
    std::atomic<const policy*> policy_{nullptr};
    std::mutex policies_mutex_;
    std::vector<std::unique_ptr<const policy>> policies_;
};

} // namespace mockfleet::app
