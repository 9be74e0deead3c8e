// A state backend that says it is shared and answers every call later, from its own threads: memory behind a
// queue.
#include "memory.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace {

using mockfleet::memory::memory_state;
using namespace mockfleet::plugin;

/// The arguments of a call stay valid until it is answered, so a job may keep views of them.
class fleet_state {
public:
    static constexpr const char* summary = "memory that is shared and late, for tests";

    void start(const mf_state_events& events, state_completion done) {
        for (auto& one : threads_)
            one = std::thread([this] { work(); });
        memory_.start(events, std::move(done));
    }
    void stop(state_completion done) {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
        }
        wake_.notify_all();
        for (auto& one : threads_)
            one.join();
        memory_.stop(std::move(done));
    }

    void get(const mf_call& call, std::string_view space, std::string_view key, state_completion done) {
        later(std::move(done),
              [=, this, &call](auto answer) { memory_.get(call, space, key, std::move(answer)); });
    }
    void put(const mf_call& call, std::string_view space, std::string_view key, std::string_view value,
             mf_condition when, state_completion done) {
        later(std::move(done), [=, this, &call](auto answer) {
            memory_.put(call, space, key, value, when, std::move(answer));
        });
    }
    void remove(const mf_call& call, std::string_view space, std::string_view key, mf_condition when,
                state_completion done) {
        later(std::move(done),
              [=, this, &call](auto answer) { memory_.remove(call, space, key, when, std::move(answer)); });
    }
    void scan(const mf_call& call, std::string_view space, std::string_view after, std::uint32_t limit,
              state_completion done) {
        later(std::move(done),
              [=, this, &call](auto answer) { memory_.scan(call, space, after, limit, std::move(answer)); });
    }
    void clear(const mf_call& call, std::string_view space, state_completion done) {
        later(std::move(done),
              [=, this, &call](auto answer) { memory_.clear(call, space, std::move(answer)); });
    }
    void batch(const mf_call& call, std::span<const mf_batch_op> operations, state_completion done) {
        later(std::move(done),
              [=, this, &call](auto answer) { memory_.batch(call, operations, std::move(answer)); });
    }
    void add(const mf_call& call, std::string_view space, std::string_view key, std::int64_t delta,
             std::int64_t min, std::int64_t max, state_completion done) {
        later(std::move(done), [=, this, &call](auto answer) {
            memory_.add(call, space, key, delta, min, max, std::move(answer));
        });
    }
    info describe() {
        auto now = memory_.describe();
        now.clustered = true;
        return now;
    }

private:
    void later(state_completion done, std::function<void(state_completion)> job) {
        {
            const std::lock_guard lock(mutex_);
            jobs_.push_back([answer = std::make_shared<state_completion>(std::move(done)),
                             job = std::move(job)] { job(std::move(*answer)); });
        }
        wake_.notify_one();
    }

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
            if (jobs_.empty()) return;
            const auto next = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            next();
            lock.lock();
        }
    }

    memory_state memory_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> jobs_;
    bool ending_ = false;
    std::thread threads_[2];
};

} // namespace

MF_STATE_PLUGIN("fleet", "1", fleet_state);
