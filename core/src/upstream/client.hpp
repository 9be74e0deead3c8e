// What an I/O thread forwards with: its pool of connections and its clock.
#pragma once

#include "http/timer_wheel.hpp"
#include "upstream/connection.hpp"
#include "upstream/resolver.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace mockfleet::upstream {

class exchange;

/// Owned by shared_ptr, used on one thread only. Exchanges keep it alive.
class client : public std::enable_shared_from_this<client> {
public:
    /// `names` outlives the client.
    client(http::executor where, resolver& names);
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// For exchanges that begin from now on; idle connections made with others are closed.
    void use(std::shared_ptr<const options> now);
    [[nodiscard]] const std::shared_ptr<const options>& current() const { return options_; }

    /// Closes idle connections and ends the exchanges that run; later ones end at once.
    void stop();

    [[nodiscard]] std::size_t idle() const { return idle_count_; }

private:
    friend class exchange;

    [[nodiscard]] std::unique_ptr<connection> take_idle(const std::string& key);
    /// False: it is of no use any more, and stays the caller's.
    [[nodiscard]] bool give_back(std::unique_ptr<connection>& ended);
    void add(exchange& begun);
    void remove(exchange& ended);
    void set_deadline(exchange& of, std::chrono::milliseconds after);
    void arm_clock();
    void tick();
    void close_idle();

    http::executor where_;
    resolver& names_;
    std::shared_ptr<const options> options_;
    std::unordered_map<std::string, std::vector<std::unique_ptr<connection>>>
        idle_; // most recently used last
    std::size_t idle_count_ = 0;
    exchange* exchanges_ = nullptr; // intrusive list
    http::timer_wheel wheel_;
    http::steady_timer clock_;
    std::chrono::steady_clock::time_point last_tick_;
    unsigned ticks_ = 0;
    bool clock_armed_ = false;
    bool stopped_ = false;
};

} // namespace mockfleet::upstream
