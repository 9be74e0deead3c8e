// Copying by pages at one revision, watching from the next, and telling a stuck watch from a quiet store.
#include "state/feed.hpp"

#include <algorithm>
#include <utility>

#include <time.h>

namespace mockfleet::replicated {

using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t first_page = 64;
constexpr std::uint32_t largest_page = 1000;
constexpr std::size_t page_bytes = 4U << 20;

} // namespace

std::int64_t boot_ns() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

feed::feed(boost::asio::io_context& loop, engine& to, const keyspace& keys, replica& copy, plugin::host host)
    : loop_(loop), engine_(to), keys_(keys), replica_(copy), host_(host), pause_(loop), nudge_(loop) {}

void feed::start(std::function<void()> done) {
    first_copy_ = std::move(done);
    check_store();
}

void feed::stop() {
    if (std::exchange(stopped_, true)) return;
    pause_.cancel();
    nudge_.cancel();
    engine_.end_watch();
    first_copy_ = {};
    waiting_.clear();
}

void feed::again(std::chrono::milliseconds pause, void (feed::*step)()) {
    pause_.expires_after(pause);
    pause_.async_wait(lifetime_.guard([this, step](boost::system::error_code ec) {
        if (!ec && !stopped_) (this->*step)();
    }));
}

void feed::resync(const std::string& reason) {
    if (stopped_ || copying_) return;
    host_.log().warn("the copy of the fleet's state is compared with the store", {{"cause", reason}});
    host_.count("mock_server_cluster_resyncs");
    watching_ = false;
    engine_.end_watch();
    copy();
}

void feed::check_store() {
    // Reading through the leader first: a member that lags behind must not be watched from a revision that it
    // does not have. Any member can answer this; a store with less than what is here was made anew.
    range_request asked;
    asked.key = keys_.tick();
    asked.keys_only = true;
    engine_.range(std::move(asked), lifetime_.guard([this](engine_answer<range_result> answer) {
        if (stopped_) return;
        if (answer.failed) return again(100ms, &feed::check_store);
        const bool anew = answer.value.revision < replica_.applied();
        if (anew) host_.log().warn("the store was made anew; this node takes over what is there now");
        // Only this node's own member answers that, and it may be away.
        engine_.status(lifetime_.guard([this](engine_answer<engine_status> told) {
            if (stopped_ || told.failed) return;
            const auto known = std::exchange(cluster_id_, told.value.cluster_id);
            if (known != 0 && known != cluster_id_) resync("the store is another one than before");
        }));
        if (anew || first_copy_) return copy();
        watch();
    }));
}

void feed::copy() {
    copying_ = true;
    replica_.begin_copy();
    next_page(keys_.all(), 0, first_page);
}

void feed::next_page(std::string from, std::uint64_t revision, std::uint32_t limit) {
    const auto number = copy_number_;
    range_request asked;
    asked.key = std::move(from);
    asked.range_end = prefix_end(keys_.all());
    asked.limit = limit;
    asked.revision = revision;
    engine_.range(std::move(asked), lifetime_.guard([this, revision, limit,
                                                     number](engine_answer<range_result> answer) {
        if (stopped_ || number != copy_number_) return;
        if (answer.failed) {
            ++copy_number_;
            return again(100ms, &feed::copy);
        }
        auto& page = answer.value;
        const auto at = revision == 0 ? page.revision : revision;
        std::size_t bytes = 1;
        for (const auto& one : page.entries)
            bytes += one.value.size() + one.key.size();
        const auto count = page.entries.size();
        const bool more = page.more && count != 0;
        auto next = count == 0 ? std::string() : page.entries.back().key + '\0';
        replica_.add_to_copy(std::move(page.entries));
        if (more) {
            const auto fitting = page_bytes / (bytes / count + 1);
            return next_page(std::move(next), at,
                             static_cast<std::uint32_t>(std::clamp<std::size_t>(fitting, 4, largest_page)));
        }
        copying_ = false;
        replica_.end_copy(at);
        watch();
        if (const auto done = std::exchange(first_copy_, {})) done();
    }));
}

void feed::watch() {
    if (stopped_) return;
    watching_ = true;
    engine_.watch(keys_.all(), replica_.applied() + 1,
                  {lifetime_.guard([this](std::vector<watch_event> events) {
                       if (!stopped_ && watching_ && !copying_) replica_.apply(std::move(events));
                   }),
                   lifetime_.guard([this](std::uint64_t compacted, std::string reason) {
                       watch_ended(compacted, reason);
                   })});
}

void feed::watch_ended(std::uint64_t compacted, const std::string& reason) {
    if (stopped_ || !std::exchange(watching_, false)) return;
    host_.log().warn("the stream of changes ended, it is opened again", {{"cause", reason}});
    host_.count("mock_server_cluster_watch_restarts");
    if (compacted > replica_.applied())
        return resync("changes that this node has not seen are compacted away");
    again(50ms, &feed::check_store);
}

void feed::probe() {
    if (probing_ || stopped_) return;
    probing_ = true;
    const auto asked_at = boot_ns();
    range_request asked;
    asked.key = keys_.tick();
    asked.keys_only = true;
    engine_.range(std::move(asked), lifetime_.guard([this, asked_at](engine_answer<range_result> answer) {
        probing_ = false;
        if (stopped_ || answer.failed || !watching_) return;
        if (replica_.applied() >= answer.value.revision) {
            current_at_ = std::max(current_at_, asked_at);
            probed_ = 0;
            return;
        }
        // Not seen for a whole period: the revision may be another fleet's, of whose writes this watch hears
        // nothing; a write of our own that follows it will tell.
        if (probed_ != 0) tick_store();
        probed_ = answer.value.revision;
    }));
}

void feed::tick_store() {
    if (std::exchange(ticking_, true)) return;
    transaction asked;
    operation put;
    put.what = operation::kind::put;
    put.key = keys_.tick();
    asked.then.push_back(std::move(put));
    engine_.transact(std::move(asked),
                     lifetime_.guard([this](engine_answer<transaction_result>) { ticking_ = false; }));
}

void feed::applied(std::uint64_t revision) {
    if (probed_ != 0 && revision >= probed_) {
        probed_ = 0;
        current_at_ = boot_ns();
    }
    while (!waiting_.empty() && waiting_.begin()->first <= revision) {
        const auto then = std::move(waiting_.begin()->second);
        waiting_.erase(waiting_.begin());
        then();
    }
}

void feed::reach(std::uint64_t revision, std::function<void()> then) {
    if (replica_.applied() >= revision) return then();
    waiting_.emplace(revision, std::move(then));
    nudge_.expires_after(50ms);
    nudge_.async_wait(lifetime_.guard([this](boost::system::error_code ec) {
        if (ec || stopped_ || waiting_.empty()) return;
        tick_store();
    }));
}

} // namespace mockfleet::replicated
