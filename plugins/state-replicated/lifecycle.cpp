// The way of a node's engine from nothing to a majority, and back.
#include "lifecycle.hpp"

#include "lifecycle_state.hpp"
#include "seed_list.hpp"
#include "seed_survey.hpp"
#include "tls_context.hpp"

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

constexpr auto survey_patience = 1000ms;
constexpr auto admit_patience = 8000ms;
constexpr auto promote_patience = 6000ms;
constexpr auto confirm_patience = 600ms;
constexpr auto stop_patience = 5000ms;
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
    log_.error("the engine cannot be started: " + problem);
    if (const auto done = std::exchange(started_, nullptr)) done(problem);
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
    client_.confirm(2s, guarded([](state& self, const engine_answer<bool>& now) {
                        if (!now.failed)
                            self.running();
                        else if (now.error.code == engine_errc::refused ||
                                 now.error.code == engine_errc::denied)
                            self.fail(now.error.message);
                        else
                            self.pause(500ms, &state::use, now.error.message);
                    }));
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

void lifecycle::state::decide() {
    phase_ = seed_phase::empty;
    survey(*probe_, settings_, survey_patience,
           guarded([](state& self, const std::vector<seed_view>& others) {
               const auto next = decide_without_data(self.settings_, self.own_token_, others);
               if (next.what == next_step::kind::wait) {
                   self.pause(200ms, &state::decide, next.reason);
                   return;
               }
               self.act(next);
           }));
}

void lifecycle::state::act(const next_step& next) {
    switch (next.what) {
    case next_step::kind::wait:
        pause(300ms, &state::await, next.reason);
        break;
    case next_step::kind::bootstrap: {
        log_.info("a new fleet is started: " + next.reason, {{"name", next.token}});
        phase_ = seed_phase::bootstrapping;
        auto made = place(engine_start::fresh);
        made.token = next.token;
        run(std::move(made));
        break;
    }
    case next_step::kind::join:
        join(next.via);
        break;
    case next_step::kind::replace:
        log_.warn("this node's engine data are put aside as member.old and the node joins without them: " +
                      next.reason,
                  {{"directory", dir_->path()}});
        replace(next.via);
        break;
    case next_step::kind::force:
        log_.warn("this node's engine goes on alone with its own data: " + next.reason);
        restart_forced();
        break;
    }
}

void lifecycle::state::join(std::size_t via) {
    const auto& own = settings_.seeds[settings_.self];
    const seed_question question{.what = seed_question::kind::admit,
                                 .cluster = settings_.cluster_name,
                                 .name = settings_.own_name,
                                 .peer_url = peer_url(settings_, own)};
    ask_seed(*probe_, settings_, via, question, admit_patience,
             guarded([](state& self, const seed_view& said) {
                 if (!said.answered || !said.answer.accepted) {
                     self.pause(300ms, &state::decide,
                                "the fleet runs, but does not admit this node yet: " +
                                    (said.answered ? said.answer.reason : said.trouble));
                     return;
                 }
                 auto made = self.place(engine_start::existing);
                 made.initial_cluster = initial_cluster(self.settings_, said.answer.members);
                 self.phase_ = seed_phase::recovering;
                 self.run(std::move(made));
             }));
}

void lifecycle::state::replace(std::size_t via) {
    supervisor_->stop(stop_patience, guarded([via](state& self) {
                          try {
                              self.dir_->discard();
                          } catch (const plugin::failure& thrown) {
                              self.pause(1s, &state::await, thrown.what());
                              return;
                          }
                          self.had_majority_ = false;
                          self.removed_ = false;
                          self.known_ = {};
                          self.phase_ = seed_phase::empty;
                          self.join(via);
                      }));
}

void lifecycle::state::restart_forced() {
    supervisor_->stop(stop_patience, guarded([](state& self) {
                          self.phase_ = seed_phase::recovering;
                          self.run(self.place(engine_start::forced));
                      }));
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
        log_.warn("the fleet has removed this node's member; it is looking for the fleet to join again");
    }
    return engine_command(settings_, place_);
}

void lifecycle::state::await() {
    client_.confirm(confirm_patience, guarded([](state& self, const engine_answer<bool>& now) {
                        if (!now.failed) {
                            self.running();
                            return;
                        }
                        self.phase_ =
                            self.phase_ == seed_phase::running ? seed_phase::recovering : self.phase_;
                        self.waiting_ = now.error.message;
                        if (self.settings_.clustered)
                            self.look_around();
                        else
                            self.pause(50ms, &state::await, now.error.message);
                    }));
}

/// No majority: perhaps a learner that may vote now, perhaps outdated, perhaps the last one.
void lifecycle::state::look_around() {
    desk_->look(guarded([](state& self, seed_answer own) {
        if (own.member_id != 0) self.known_ = own;
        // While its engine is down, what it was before counts.
        own.member_id = self.known_.member_id;
        own.cluster_id = self.known_.cluster_id;
        if (own.learner) {
            self.ask_promotion(own.member_id);
            return;
        }
        // An engine that has just been started needs a moment before anything is concluded.
        if (++self.rounds_ % 2 == 1) {
            self.pause(100ms, &state::await);
            return;
        }
        survey(*self.probe_, self.settings_, survey_patience,
               self.guarded(
                   [own](state& now, const std::vector<seed_view>& others) { now.conclude(own, others); }));
    }));
}

void lifecycle::state::conclude(const seed_answer& own, const std::vector<seed_view>& others) {
    auto next = decide_without_majority(settings_, own, others);
    const auto runs = std::find_if(others.begin(), others.end(), [](const seed_view& one) {
        return one.answered && one.answer.phase == seed_phase::running;
    });
    if (removed_ && runs != others.end())
        next = {next_step::kind::replace, runs->index, {}, "the fleet has removed this member"};
    const bool pair = settings_.survivor != two_node_survivor::none && had_majority_;
    if (next.what == next_step::kind::wait && pair)
        last_of_two(others);
    else
        act(next);
}

void lifecycle::state::ask_promotion(std::uint64_t member) {
    survey(
        *probe_, settings_, survey_patience,
        guarded([member](state& self, const std::vector<seed_view>& others) {
            const auto found = std::find_if(others.begin(), others.end(), [](const seed_view& one) {
                return one.answered && one.answer.phase == seed_phase::running;
            });
            if (found == others.end()) {
                self.pause(300ms, &state::await,
                           "this node is caught up by nobody: no other node has a majority");
                return;
            }
            // Removed again while it caught up: another attempt of this node replaced it.
            const bool member_there = std::any_of(found->answer.members.begin(), found->answer.members.end(),
                                                  [&](const engine_member& one) { return one.id == member; });
            if (!member_there) {
                self.act({next_step::kind::replace, found->index, {}, "the fleet does not know this member"});
                return;
            }
            const seed_question question{.what = seed_question::kind::promote,
                                         .cluster = self.settings_.cluster_name,
                                         .name = self.settings_.own_name,
                                         .peer_url = {},
                                         .member_id = member};
            ask_seed(*self.probe_, self.settings_, found->index, question, promote_patience,
                     self.guarded([](state& now, const seed_view& said) {
                         if (said.answered && said.answer.accepted)
                             now.await();
                         else
                             now.pause(100ms, &state::await,
                                       "catching up with the fleet: " +
                                           (said.answered ? said.answer.reason : said.trouble));
                     }));
        }));
}

void lifecycle::state::last_of_two(const std::vector<seed_view>& others) {
    const bool long_enough = clock::now() - without_majority_since_ > 2 * settings_.election;
    if (others.empty() || others[0].answered || !long_enough) {
        pause(200ms, &state::await, "the engine has no majority: one of two nodes is missing");
        return;
    }
    const auto decided = [other = others[0]](state& self, bool tie_breaker) {
        self.act(decide_survivor(self.settings_, other, tie_breaker));
    };
    const auto there = parse_host_port(settings_.tie_breaker);
    if (!there) {
        decided(*this, false);
        return;
    }
    // A connection is all that is asked of it.
    auto link = std::make_shared<http_link>(loop_.get_executor(),
                                            http_origin{false, there->host, there->port}, tls_choice{});
    auto timer = std::make_shared<asio::steady_timer>(loop_, 1s);
    auto once = std::make_shared<std::function<void(bool)>>(
        guarded([decided](state& self, bool reached) { decided(self, reached); }));
    const auto finish = [once, timer, weak = std::weak_ptr(link)](bool reached) {
        const auto told = std::exchange(*once, nullptr);
        if (const auto open = weak.lock()) open->close();
        timer->cancel();
        if (told) told(reached);
    };
    timer->async_wait([finish, link](const auto& cancelled) {
        if (!cancelled) finish(false);
    });
    link->open({[finish] { finish(true); }, [](std::string_view) {},
                [finish](const std::string&, bool) { finish(false); }});
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

/// A node without a vote uses the voters' engines.
void lifecycle::state::follow() {
    if (phase_ == seed_phase::running) phase_ = seed_phase::recovering;
    survey(*probe_, settings_, survey_patience,
           guarded([](state& self, const std::vector<seed_view>& others) {
               for (const auto& one : others) {
                   if (!one.answered || one.answer.phase != seed_phase::running) continue;
                   const auto urls = self.reachable(one.answer.members);
                   if (urls.empty()) continue;
                   self.client_.set_endpoints(urls);
                   self.client_.confirm(confirm_patience,
                                        self.guarded([](state& now, const engine_answer<bool>& usable) {
                                            if (usable.failed)
                                                now.pause(300ms, &state::follow, usable.error.message);
                                            else
                                                now.running();
                                        }));
                   return;
               }
               self.pause(500ms, &state::follow,
                          "no voting node has a majority and an engine that this node can reach");
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
