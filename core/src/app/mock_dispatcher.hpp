// The path of every request: control calls to the control threads, all others matched, recorded and answered
// on the spot.
#pragma once

#include "app/control_pool.hpp"
#include "config/config.hpp"
#include "control/live_settings.hpp"
#include "control/router.hpp"
#include "http/dispatcher.hpp"
#include "matching/request_facts.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace mockfleet::store {
class expectations;
class event_log;
struct live_expectation;
} // namespace mockfleet::store

namespace mockfleet::app {

/// Everything it is given outlives it. on_request: any I/O thread, each with its own slot.
class mock_dispatcher final : public http::dispatcher {
public:
    mock_dispatcher(const control::router& router, control_pool& control, store::expectations& expectations,
                    store::event_log& log, control::live_settings& settings, std::size_t io_threads);
    ~mock_dispatcher() override;

    void on_request(const model::request_view& request, http::responder& answer, std::size_t slot) override;

private:
    struct policy;
    struct alignas(64) worker {
        matching::request_facts facts;
    };

    void answer_unmatched(const model::request_view& request, http::responder& answer,
                          const policy& now) const;
    void apply(const config::settings& settings);

    const control::router& router_;
    control_pool& control_;
    store::expectations& expectations_;
    store::event_log& log_;
    std::vector<std::unique_ptr<worker>> workers_;

    // A change of settings is rare and its old copy may still be in use on an I/O thread, so copies are kept
    // until the end.
    std::atomic<const policy*> policy_{nullptr};
    std::mutex policies_mutex_;
    std::vector<std::unique_ptr<const policy>> policies_;
};

} // namespace mockfleet::app
