// The inside of lifecycle: one state machine on the loop.
#pragma once

#include "etcd/etcd_client.hpp"
#include "life/data_dir.hpp"
#include "life/discovery.hpp"
#include "life/engine_command.hpp"
#include "life/lifecycle.hpp"
#include "life/lifecycle_rules.hpp"
#include "life/seed_desk.hpp"
#include "life/supervisor.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mockfleet::replicated {

/// Its steps, each of which ends in another one or in a pause:
///   external: use()                    a node without a vote: follow()
///   alone:    open_dir() -> run()      a voter: find_self() -> open_dir() -> decide() or run()
/// run() starts the engine, await() waits for a majority (promoting, replacing or forcing on the way),
/// watch_over() looks every second whether it is still there.
class lifecycle::state : public std::enable_shared_from_this<lifecycle::state> {
public:
    state(boost::asio::io_context& loop, settings asked, plugin::logger log, seed_probe* probe);

    void start(std::function<void(std::string)> done);
    void stop(std::function<void()> done);
    void close();

    [[nodiscard]] etcd_client& client() { return client_; }
    [[nodiscard]] const settings& effective() const { return settings_; }
    [[nodiscard]] const std::string& waiting_for() const { return waiting_; }

private:
    using step = void (state::*)();
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds confirm_patience{600};
    static constexpr std::chrono::milliseconds stop_patience{5000};

    void use();
    void not_usable(const engine_error& why);
    void find_self();
    void open_dir();
    void settle();
    void decide();
    void join(std::size_t via);
    void replace(std::size_t via);
    void run(engine_place place);
    std::optional<child_command> exited(const engine_exit& how);
    void await();
    void look_around();
    void conclude(const seed_answer& own, const std::vector<seed_view>& others);
    void act(const next_step& next);
    void last_of_two(const std::vector<seed_view>& others);
    void ask_promotion(std::uint64_t member);
    void running();
    void watch_over();
    void follow();
    void refresh_endpoints();
    void restart_forced();
    void note_heard(const std::vector<seed_view>& others);
    [[nodiscard]] std::string fallen_silent(const std::vector<seed_view>& others) const;

    void fail(const std::string& problem);
    void pause(std::chrono::milliseconds time, step next, const std::string& reason);
    void pause(std::chrono::milliseconds time, step next);
    [[nodiscard]] std::vector<std::string> reachable(const std::vector<engine_member>& members) const;
    [[nodiscard]] engine_place place(engine_start how) const;
    [[nodiscard]] bool has_engine() const;

    /// Calls the function on this, unless it was stopped meanwhile.
    template <class Function>
    auto guarded(Function function) {
        return [self = shared_from_this(), function = std::move(function)](auto&&... with) {
            if (!self->stopped_) function(*self, std::forward<decltype(with)>(with)...);
        };
    }

    boost::asio::io_context& loop_;
    settings settings_;
    plugin::logger log_;
    seed_probe* probe_;
    etcd_client client_;
    std::shared_ptr<supervisor> supervisor_;
    std::unique_ptr<data_dir> dir_;
    std::shared_ptr<seed_desk> desk_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer endpoints_timer_;
    std::function<void(std::string)> started_;
    std::string program_;
    engine_place place_;
    seed_phase phase_ = seed_phase::empty;
    std::string own_token_;
    std::string waiting_ = "the engine has not been started";
    clock::time_point said_;
    clock::time_point without_majority_since_;
    std::uint32_t rounds_ = 0;
    std::map<std::size_t, clock::time_point> heard_; ///< seeds, while there was no fleet yet
    seed_answer known_;                              ///< what the own engine said of itself last
    bool removed_ = false;
    bool had_majority_ = false;
    bool stopped_ = false;
};

} // namespace mockfleet::replicated
