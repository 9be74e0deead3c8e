// A state backend that answers every call later, from a thread of its own: what the contract is tried on
// besides memory.
#include <mockfleet/state.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace {

using namespace mockfleet::plugin;

class late_state {
public:
    static constexpr const char* summary = "answers from another thread, for tests";
    static constexpr mf_config_key keys[] = {{"hosts", "list", "", "only there to be checked"},
                                             {"delay", "duration", "0", "only there to be checked"}};

    ~late_state() { end(); }

    void start(const mf_state_events& events, state_completion done) {
        events_ = &events;
        thread_ = std::thread([this] { work(); });
        done.ok();
    }

    void stop() { end(); }

    void get(const mf_call&, std::string_view space, std::string_view key, state_completion done) {
        later(std::move(done), [=, this](state_completion& answer) {
            if (!named(space, key, answer)) return;
            const auto found = spaces_[std::string(space)].find(std::string(key));
            if (found == spaces_[std::string(space)].end())
                answer.fail(MF_NOT_FOUND, "no such key");
            else
                answer.entry(key, found->second.value, found->second.version);
        });
    }

    void put(const mf_call&, std::string_view space, std::string_view key, std::string_view value,
             mf_condition when, state_completion done) {
        later(std::move(done), [=, this](state_completion& answer) {
            if (!named(space, key, answer)) return;
            if (when.kind < MF_IF_ANY || when.kind > MF_IF_VERSION)
                return answer.fail(MF_INVALID, "unknown condition");
            auto& here = spaces_[std::string(space)];
            const auto found = here.find(std::string(key));
            if (!holds(when, found, here, answer)) return;
            auto& target = here[std::string(key)];
            target = {std::string(value), ++version_};
            events_->changed(events_->ctx, slice(space), slice(key), target.version);
            answer.entry({}, {}, target.version);
        });
    }

    void remove(const mf_call&, std::string_view space, std::string_view key, mf_condition when,
                state_completion done) {
        later(std::move(done), [=, this](state_completion& answer) {
            if (!named(space, key, answer)) return;
            if (when.kind != MF_IF_ANY && when.kind != MF_IF_VERSION)
                return answer.fail(MF_INVALID, "unknown condition");
            auto& here = spaces_[std::string(space)];
            const auto found = here.find(std::string(key));
            if (found == here.end()) return answer.fail(MF_NOT_FOUND, "no such key");
            if (!holds(when, found, here, answer)) return;
            here.erase(found);
            ++version_;
            events_->changed(events_->ctx, slice(space), slice(key), 0);
            answer.ok();
        });
    }

    void scan(const mf_call&, std::string_view space, std::string_view after, std::uint32_t limit,
              state_completion done) {
        later(std::move(done), [=, this](state_completion& answer) {
            if (space.empty()) return answer.fail(MF_INVALID, "the space is empty");
            const auto& here = spaces_[std::string(space)];
            std::vector<mf_entry> page;
            auto at = here.upper_bound(std::string(after));
            if (after.empty()) at = here.begin();
            for (; at != here.end() && (limit == 0 || page.size() < limit); ++at) {
                page.push_back({slice(at->first), slice(at->second.value), at->second.version});
            }
            answer.entries(page, at != here.end());
        });
    }

    void clear(const mf_call&, std::string_view space, state_completion done) {
        later(std::move(done), [=, this](state_completion& answer) {
            if (space.empty()) return answer.fail(MF_INVALID, "the space is empty");
            auto& here = spaces_[std::string(space)];
            const auto count = here.size();
            here.clear();
            events_->cleared(events_->ctx, slice(space));
            answer.cleared(count);
        });
    }

private:
    using entries = std::map<std::string, stored>;
    using job = std::function<void()>;

    static bool named(std::string_view space, std::string_view key, state_completion& answer) {
        if (!space.empty() && !key.empty()) return true;
        answer.fail(MF_INVALID, "an empty name");
        return false;
    }

    static bool holds(const mf_condition& when, entries::const_iterator found, const entries& all,
                      state_completion& answer) {
        const bool present = found != all.end();
        if (when.kind == MF_IF_VERSION && !present) {
            answer.fail(MF_NOT_FOUND, "no such key");
            return false;
        }
        const bool wrong = (when.kind == MF_IF_ABSENT && present) ||
                           (when.kind == MF_IF_VERSION && found->second.version != when.version);
        if (wrong) answer.entry({}, found->second.value, found->second.version, 0, MF_CONFLICT);
        return !wrong;
    }

    void later(state_completion done, std::function<void(state_completion&)> work) {
        auto answer = std::make_shared<state_completion>(std::move(done));
        {
            const std::lock_guard lock(mutex_);
            jobs_.push_back([answer, work = std::move(work)] { work(*answer); });
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

    void end() {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
        }
        wake_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

    const mf_state_events* events_ = nullptr;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<job> jobs_;
    bool ending_ = false;
    std::map<std::string, entries> spaces_; // only touched by the thread
    std::uint64_t version_ = 0;
    std::thread thread_;
};

} // namespace

MF_STATE_PLUGIN("late", "1", late_state);
