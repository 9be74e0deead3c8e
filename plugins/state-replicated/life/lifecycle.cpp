// The way of a node's engine from nothing to a majority, and back.
#include "life/lifecycle.hpp"

#include "life/lifecycle_state.hpp"
#include "life/seed_survey.hpp"
#include "net/tls_context.hpp"
#include "settings/seed_list.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

namespace mockfleet::replicated {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto say_again = 5s;

etcd_options options_of(const settings& from) {
    etcd_options made;
    made.attempt = from.attempt_timeout;
    // Members of one fleet share an identity; the names in it are only checked at strangers.
    made.tls.check_name = from.engine == engine_mode::external;
    if (from.tls.on()) made.tls.context = make_tls_context(from.tls, tls_role::client);
    return made;
}

std::string random_token(const std::string& cluster) {
    std::random_device source;
    std::string token = cluster + "-";
    for (int i = 0; i < 4; ++i) {
        constexpr std::string_view digits = "0123456789abcdef";
        for (auto bits = source(), left = 8U; left > 0; --left, bits >>= 4)
            token += digits[bits & 15];
    }
    return token;
}

/// A port of loopback that was free just now.
std::uint16_t free_port(asio::io_context& loop) {
    boost::system::error_code problem;
    asio::ip::tcp::acceptor probe(loop);
    probe.open(asio::ip::tcp::v4(), problem);
    probe.bind({asio::ip::address_v4::loopback(), 0}, problem);
    const auto at = probe.local_endpoint(problem);
    return problem ? 0 : at.port();
}

} // namespace

lifecycle::lifecycle(asio::io_context& loop, settings asked, plugin::logger log, seed_probe* probe)
    : state_(std::make_shared<state>(loop, std::move(asked), log, probe)) {}

lifecycle::~lifecycle() {
    state_->close();
}

void lifecycle::start(std::function<void(std::string)> done) {
    state_->start(std::move(done));
}

void lifecycle::stop(std::function<void()> done) {
    state_->stop(std::move(done));
}

engine& lifecycle::client() {
    return state_->client();
}

const settings& lifecycle::effective() const {
    return state_->effective();
}

std::string lifecycle::waiting_for() const {
    return state_->waiting_for();
}

lifecycle::state::state(asio::io_context& loop, settings asked, plugin::logger log, seed_probe* probe)
    : loop_(loop), settings_(std::move(asked)), log_(log), probe_(probe),
      client_(loop.get_executor(), options_of(settings_)),
      supervisor_(std::make_shared<supervisor>(loop, log)), timer_(loop), endpoints_timer_(loop),
      own_token_(random_token(settings_.cluster_name)) {}

void lifecycle::state::start(std::function<void(std::string)> done) {
    started_ = std::move(done);
    asio::post(loop_, guarded([](state& self) {
                   if (self.settings_.engine == engine_mode::external) {
                       self.client_.set_endpoints(self.settings_.engine_endpoints);
                       self.use();
                       return;
                   }
                   std::string problem;
                   const auto program = find_engine_program(self.settings_.engine_binary, problem);
                   if (!program) {
                       self.fail(problem);
                       return;
                   }
                   self.program_ = *program;
                   if (self.settings_.clustered)
                       self.find_self();
                   else
                       self.open_dir();
               }));
}

void lifecycle::state::fail(const std::string& problem) {
    waiting_ = problem;
    if (const auto done = std::exchange(started_, nullptr))
        done(problem);
    else
        log_.error("the engine cannot go on: " + problem);
}

void lifecycle::state::pause(std::chrono::milliseconds time, step next, const std::string& reason) {
    waiting_ = reason;
    const auto now = clock::now();
    if (now - said_ > say_again) {
        said_ = now;
        log_.warn("waiting for the engine: " + reason);
    }
    pause(time, next);
}

void lifecycle::state::pause(std::chrono::milliseconds time, step next) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this(), next](const auto& cancelled) {
        if (!cancelled && !self->stopped_) (self.get()->*next)();
    });
}

void lifecycle::state::use() {
    if (settings_.own_name.empty()) {
        if (settings_.address.empty()) {
            const auto first = parse_origin(settings_.engine_endpoints.front());
            settings_.address = first ? address_towards(loop_, first->host, first->port) : "";
        }
        settings_.own_name = member_name(settings_.address, settings_.ack_port);
    }
    // Keys go by gRPC and the rest by the gateway: both have to be there.
    client_.confirm(2s, guarded([](state& self, const engine_answer<bool>& now) {
                        if (now.failed) return self.not_usable(now.error);
                        self.client_.members(self.guarded(
                            [](state& then, const engine_answer<std::vector<engine_member>>& listed) {
                                if (listed.failed) return then.not_usable(listed.error);
                                then.running();
                            }));
                    }));
}

void lifecycle::state::not_usable(const engine_error& why) {
    if (why.code == engine_errc::refused || why.code == engine_errc::denied)
        fail(why.message);
    else
        pause(500ms, &state::use, why.message);
}

void lifecycle::state::find_self() {
    discover(loop_, settings_, guarded([](state& self, discovered found) {
                 if (!found.problem.empty()) {
                     self.fail(found.problem);
                     return;
                 }
                 if (!found.waiting.empty()) {
                     self.pause(1s, &state::find_self, found.waiting);
                     return;
                 }
                 self.settings_ = std::move(found.found);
                 if (self.settings_.is_voter())
                     self.open_dir();
                 else
                     self.settle();
             }));
}

void lifecycle::state::open_dir() {
    try {
        dir_ = std::make_unique<data_dir>(settings_, settings_.own_name);
    } catch (const plugin::failure& thrown) {
        // The process before this one may still be on its way out.
        if (thrown.status() == MF_UNAVAILABLE)
            pause(500ms, &state::open_dir, thrown.what());
        else
            fail(thrown.what());
        return;
    }
    if (dir_->was_lost()) {
        log_.warn("the host was restarted and clusterEngineFsync=false: the engine's data count as lost",
                  {{"directory", dir_->path()}});
    }
    if (dir_->has_data()) phase_ = seed_phase::recovering;
    settle();
}

/// From here on other nodes get answers.
void lifecycle::state::settle() {
    if (!settings_.clustered) {
        run(place(engine_start::fresh));
        return;
    }
    desk_ = std::make_shared<seed_desk>(client_, settings_, log_, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return seed_desk::place{};
        const auto engine = self->dir_ ? self->supervisor_->identity() : engine_identity{};
        const bool bootstraps = self->phase_ == seed_phase::bootstrapping;
        return seed_desk::place{self->phase_, bootstraps ? self->place_.token : self->own_token_, engine};
    });
    probe_->respond_with(
        [desk = desk_](const std::string& question, std::function<void(std::string)> answer) {
            desk->answer(question, std::move(answer));
        });
    if (!settings_.is_voter())
        follow();
    else if (dir_->has_data())
        run(place(engine_start::existing));
    else
        decide();
}

bool lifecycle::state::has_engine() const {
    return dir_ != nullptr;
}

engine_place lifecycle::state::place(engine_start how) const {
    engine_place made;
    made.program = program_;
    made.dir = dir_->path();
    made.member = settings_.own_name;
    made.how = how;
    made.initial_cluster = settings_.clustered
                               ? initial_cluster(settings_)
                               : made.member + "=" + engine_url(settings_, "127.0.0.1", settings_.peer_port);
    return made;
}

void lifecycle::state::run(engine_place place) {
    if (!settings_.clustered) {
        settings_.peer_port = free_port(loop_);
        settings_.client_port = free_port(loop_);
        place.initial_cluster = place.member + "=" + engine_url(settings_, "127.0.0.1", settings_.peer_port);
    }
    place_ = std::move(place);
    client_.set_endpoints({own_client_url(settings_)});
    const auto problem =
        supervisor_->start(engine_command(settings_, place_),
                           [weak = weak_from_this()](const engine_exit& how) -> std::optional<child_command> {
                               const auto self = weak.lock();
                               return self && !self->stopped_ ? self->exited(how) : std::nullopt;
                           });
    if (!problem.empty()) {
        fail(problem);
        return;
    }
    without_majority_since_ = clock::now();
    await();
}

std::optional<child_command> lifecycle::state::exited(const engine_exit& how) {
    waiting_ = "the engine's process ended (" + how.how + ")" +
               (how.complaint.empty() ? "" : "; it said last: " + how.complaint);
    log_.error(waiting_);
    if (phase_ == seed_phase::running) phase_ = seed_phase::recovering;
    if (!settings_.clustered) {
        // Its ports may have been taken between the look and the start.
        settings_.peer_port = free_port(loop_);
        settings_.client_port = free_port(loop_);
        place_.initial_cluster =
            place_.member + "=" + engine_url(settings_, "127.0.0.1", settings_.peer_port);
        client_.set_endpoints({own_client_url(settings_)});
    }
    // With data in place, how it once came to the fleet no longer matters, except that a force must happen.
    if (place_.how != engine_start::forced && dir_->has_data()) place_.how = engine_start::existing;
    if (how.removed) {
        removed_ = true;
        // Through the others' engines it would go on unnoticed without a vote.
        client_.set_endpoints({own_client_url(settings_)});
        log_.warn("the fleet has removed this node's member; it is looking for the fleet to join again");
    }
    return engine_command(settings_, place_);
}

void lifecycle::state::running() {
    const bool news = phase_ != seed_phase::running;
    phase_ = seed_phase::running;
    had_majority_ = true;
    waiting_.clear();
    without_majority_since_ = clock::now();
    if (place_.how == engine_start::forced) place_.how = engine_start::existing;
    if (news) {
        log_.info("the engine is ready", {{"node", settings_.own_name}});
        if (settings_.clustered && settings_.engine == engine_mode::supervised) refresh_endpoints();
    }
    if (const auto done = std::exchange(started_, nullptr)) done({});
    if (!stopped_) pause(1s, &state::watch_over);
}

void lifecycle::state::watch_over() {
    client_.confirm(confirm_patience, guarded([](state& self, const engine_answer<bool>& now) {
                        if (!now.failed) {
                            self.running();
                            return;
                        }
                        self.waiting_ = now.error.message;
                        if (self.settings_.engine == engine_mode::external)
                            self.pause(500ms, &state::watch_over, now.error.message);
                        else if (self.has_engine())
                            self.await();
                        else
                            self.follow();
                    }));
}

std::vector<std::string> lifecycle::state::reachable(const std::vector<engine_member>& members) const {
    std::vector<std::string> urls;
    if (has_engine()) urls.push_back(own_client_url(settings_));
    for (const auto& one : members) {
        if (one.learner) continue;
        for (const auto& url : one.client_urls) {
            const auto origin = parse_origin(url);
            // Another host's loopback is not ours.
            const bool usable = origin && (settings_.loopback_only() || !is_loopback(origin->host));
            if (usable && std::find(urls.begin(), urls.end(), url) == urls.end()) urls.push_back(url);
        }
    }
    return urls;
}

void lifecycle::state::refresh_endpoints() {
    client_.members(guarded([](state& self, const engine_answer<std::vector<engine_member>>& members) {
        if (!members.failed && self.phase_ == seed_phase::running) {
            const auto urls = self.reachable(members.value);
            if (!urls.empty()) self.client_.set_endpoints(urls);
        }
        self.endpoints_timer_.expires_after(5s);
        self.endpoints_timer_.async_wait(
            self.guarded([](state& later, const boost::system::error_code& cancelled) {
                if (!cancelled) later.refresh_endpoints();
            }));
    }));
}

void lifecycle::state::stop(std::function<void()> done) {
    stopped_ = true;
    timer_.cancel();
    endpoints_timer_.cancel();
    if (desk_) {
        desk_->close();
        probe_->respond_with({});
    }
    waiting_ = "the node is stopping";
    if (const auto waiting = std::exchange(started_, nullptr)) waiting("stopped before the engine was ready");
    client_.end_watch();
    // On SIGTERM the engine hands leadership over by itself.
    supervisor_->stop(stop_patience, [self = shared_from_this(), done = std::move(done)] {
        self->client_.close();
        self->dir_.reset();
        done();
    });
}

void lifecycle::state::close() {
    stopped_ = true;
    timer_.cancel();
    endpoints_timer_.cancel();
    if (desk_) desk_->close();
    client_.close();
    supervisor_->close();
}

} // namespace mockfleet::replicated
