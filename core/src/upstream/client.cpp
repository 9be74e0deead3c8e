// The pool and the clock of a client.
#include "upstream/client.hpp"

#include "upstream/exchange.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <utility>

namespace mockfleet::upstream {

namespace {

constexpr std::chrono::milliseconds tick_length{50};
constexpr unsigned ticks_between_looks = 10; // at the idle connections
constexpr std::chrono::seconds surplus_limit{1};

} // namespace

bool connection::has_unread() const {
    if (!tls) return false;
    auto* const engine = tls->native_handle();
    return SSL_has_pending(engine) != 0 || BIO_ctrl_pending(SSL_get_rbio(engine)) > 0;
}

bool connection::is_silent() {
    char byte = 0;
    return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK) && !has_unread();
}

client::client(http::executor where, resolver& names) : where_(where), names_(names), clock_(where) {}

client::~client() = default;

void client::use(std::shared_ptr<const options> now) {
    if (options_ == now) return;
    options_ = std::move(now);
    idle_.clear();
    idle_count_ = 0;
}

void client::stop() {
    stopped_ = true;
    idle_.clear();
    idle_count_ = 0;
    clock_.cancel();
    for (auto* each = exchanges_; each != nullptr;)
        std::exchange(each, each->next_)->interrupt(failure::kind::cancelled);
}

std::unique_ptr<connection> client::take_idle(const std::string& key) {
    const auto known = idle_.find(key);
    if (known == idle_.end()) return nullptr;
    auto& list = known->second;
    while (!list.empty()) {
        auto last = std::move(list.back());
        list.pop_back();
        --idle_count_;
        if (last->is_silent()) return last;
    }
    return nullptr;
}

bool client::give_back(std::unique_ptr<connection>& ended) {
    if (stopped_ || !ended->settings->pool || ended->settings != options_) return false;
    arm_clock();
    ended->idle_since = last_tick_;
    auto& list = idle_[ended->key];
    list.push_back(std::move(ended));
    ++idle_count_;
    return true;
}

void client::add(exchange& begun) {
    begun.next_ = exchanges_;
    if (exchanges_ != nullptr) exchanges_->previous_ = &begun;
    exchanges_ = &begun;
}

void client::remove(exchange& ended) {
    if (ended.previous_ != nullptr)
        ended.previous_->next_ = ended.next_;
    else
        exchanges_ = ended.next_;
    if (ended.next_ != nullptr) ended.next_->previous_ = ended.previous_;
}

void client::set_deadline(exchange& of, std::chrono::milliseconds after) {
    if (after.count() <= 0) return wheel_.cancel(of);
    arm_clock();
    // One more than it takes, because the current tick has begun already.
    wheel_.schedule(
        of,
        static_cast<std::uint64_t>((after + tick_length - std::chrono::milliseconds(1)) / tick_length) + 1);
}

void client::arm_clock() {
    if (clock_armed_ || stopped_) return;
    last_tick_ = std::chrono::steady_clock::now();
    clock_.expires_at(last_tick_ + tick_length);
    clock_.async_wait([self = shared_from_this()](const boost::system::error_code& failure) {
        self->clock_armed_ = false;
        if (!failure && !self->stopped_) self->tick();
    });
    clock_armed_ = true;
}

void client::tick() {
    // A late tick stands for all that were missed, but no more than a turn of the wheel at once.
    const auto passed =
        std::clamp<std::int64_t>((std::chrono::steady_clock::now() - last_tick_) / tick_length, 1, 256);
    wheel_.advance(static_cast<std::uint64_t>(passed), [](http::timer_wheel::entry& due) {
        static_cast<exchange&>(due).interrupt(failure::kind::timeout);
    });
    ticks_ += static_cast<unsigned>(passed);
    if (ticks_ >= ticks_between_looks) {
        ticks_ = 0;
        close_idle();
    }
    if (exchanges_ != nullptr || idle_count_ > 0) arm_clock();
}

/// The limit of idle connections is kept after a while only: a burst may need them again at once.
void client::close_idle() {
    const auto now = std::chrono::steady_clock::now();
    for (auto at = idle_.begin(); at != idle_.end();) {
        auto& list = at->second;
        const auto before = list.size();
        auto surplus = before > options_->most_idle ? before - options_->most_idle : 0;
        std::erase_if(list, [&](const auto& one) { // the longest idle ones first
            const auto idle_for = now - one->idle_since;
            if (idle_for >= one->settings->idle_limit) return true;
            if (surplus == 0 || idle_for < surplus_limit) return !one->is_silent();
            --surplus;
            return true;
        });
        idle_count_ -= before - list.size();
        at = list.empty() ? idle_.erase(at) : std::next(at);
    }
}

} // namespace mockfleet::upstream
