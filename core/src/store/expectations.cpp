// Matching on I/O threads, questions of control threads, and the one place where the local index changes.
#include "store/expectations.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "model/codec.hpp"
#include "store/event_log.hpp"
#include "store/expectation_table.hpp"
#include "store/scenarios.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace mockfleet::store {

namespace {

/// True in `percentage` of 100 cases. xorshift: cheap, and nobody has to guess it.
bool drawn(int percentage) {
    thread_local std::uint64_t state = std::random_device()() | std::uint64_t{1} << 40;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<int>((state >> 33) % 100) < percentage;
}

} // namespace

expectations::expectations(state_client state, scenarios& machines, action_preparer prepare, event_log& log,
                           limits bounds, wall_clock now)
    : state_(state), scenarios_(machines), shared_times_(bounds.shared_times), prepare_(std::move(prepare)),
      log_(log), clock_(std::move(now)), max_(bounds.max_expectations),
      table_(std::make_unique<expectation_table>()) {}

expectations::~expectations() {
    // The index must not outlive the rules that it points to.
    index_.write([](matching::rule_index& index) { index.clear(); });
}

std::int64_t expectations::now() const {
    return clock_ ? clock_() : base::wall_ns();
}

void expectations::spent() const {
    if (!wake_) return;
    if (!sweep_again_.load(std::memory_order_relaxed)) sweep_again_.store(true);
    if (!sweep_due_.load() && !sweep_due_.exchange(true)) wake_();
}

const live_expectation* expectations::match(const read_guard& guard, matching::request_facts& request,
                                            std::int64_t now_ns, std::size_t slot) const {
    const auto admit = [&](const matching::rule& rule) {
        const auto& candidate = static_cast<const live_expectation&>(rule);
        if (candidate.expires_ns != 0 && now_ns >= candidate.expires_ns) {
            spent();
            return false;
        }
        const auto left = candidate.remaining.load(std::memory_order_relaxed);
        if (left == 0) return false;
        if (candidate.scenario && !scenarios_.allows(*candidate.scenario, request, slot)) return false;
        if (candidate.percentage < 100 && !drawn(candidate.percentage)) return false;
        if (left < 0 || candidate.undecided) return true;
        if (!candidate.take_use()) return false;
        if (candidate.remaining.load(std::memory_order_relaxed) == 0) spent();
        return true;
    };
    return static_cast<const live_expectation*>(guard->first_match(request, admit));
}

live_list expectations::active() const {
    live_list list;
    {
        const std::lock_guard lock(mutex_);
        list = table_->by_age();
    }
    const auto at = now();
    std::erase_if(list, [at](const live_pointer& one) { return !one->usable(at); });
    std::stable_sort(list.begin(), list.end(), [](const live_pointer& left, const live_pointer& right) {
        return left->priority > right->priority;
    });
    return list;
}

live_pointer expectations::find(std::string_view id) const {
    live_pointer found;
    {
        const std::lock_guard lock(mutex_);
        found = table_->find(id);
    }
    return found && found->usable(now()) ? found : nullptr;
}

std::optional<model::request_matcher> expectations::matcher_of(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    return table_->matcher_of(id);
}

std::shared_ptr<live_expectation> expectations::compile(model::expectation definition) const {
    auto live = std::make_shared<live_expectation>();
    std::vector<std::string> warnings;
    live->matcher = matching::compiled_matcher::compile(definition.request ? &*definition.request : nullptr,
                                                        matching::direction::forward, &warnings);
    for (auto& warning : warnings) {
        base::log::warn("expectation-pattern-literal",
                        "a pattern is no valid regular expression and is compared literally",
                        {{"expectation", definition.id}, {"pattern", std::move(warning)}});
    }
    live->priority = definition.priority;
    // -1 means unlimited here, so a negative count that was posted must not get through.
    live->remaining.store(definition.times.remaining ? std::max<std::int64_t>(*definition.times.remaining, 0)
                                                     : -1,
                          std::memory_order_relaxed);
    live->percentage = definition.percentage.value_or(100);
    live->scenario = scenarios_.compile(definition);
    live->counted = shared_times_ && clustered_ && definition.times.remaining.has_value();
    live->undecided = live->counted || !definition.cross_protocol_scenarios.empty() ||
                      (live->scenario && !live->scenario->next.empty());
    if (prepare_) live->action = prepare_(definition);
    live->definition = std::move(definition);
    return live;
}

void expectations::observe(change_observer& observer) {
    const std::lock_guard lock(mutex_);
    observer.begin(table_->by_age());
    observer_.store(&observer);
}

expectations::answer<void> expectations::kept() const {
    auto* const observer = observer_.load();
    if (observer == nullptr) co_return base::result<void>();
    co_return co_await observer->kept();
}

live_list expectations::apply_locked(const std::vector<change>& changes) {
    struct step {
        const live_expectation* subject;
        bool add;
    };
    std::vector<step> steps;
    steps.reserve(changes.size() + 1);
    auto* const observer = observer_.load(std::memory_order_relaxed);
    std::vector<change_observer::change> heard;
    live_list retired;
    const auto remembered = max_.load(std::memory_order_relaxed);
    for (const auto& one : changes) {
        auto stored = table_->find(one.id);
        if (!one.added) {
            if (!stored || stored != one.expected) continue;
            steps.push_back({stored.get(), false});
            if (observer != nullptr) heard.push_back({one.id, nullptr});
            table_->remove(one.id);
            retired.push_back(std::move(stored));
            continue;
        }
        if (stored && stored->version >= one.added->version) continue;
        table_->put(one.added, remembered);
        if (observer != nullptr) heard.push_back({one.id, one.added});
        if (stored) {
            stored->successor.store(one.added->version, std::memory_order_release);
            steps.push_back({stored.get(), false});
            retired.push_back(std::move(stored));
        }
        steps.push_back({one.added.get(), true});
    }
    log_.retired(retired);
    if (steps.empty()) return retired;
    const bool emptied = table_->size() == 0;
    index_.write([&](matching::rule_index& index) {
        if (emptied) {
            index.clear();
            return;
        }
        for (const auto& one : steps) {
            if (one.add)
                index.add(one.subject);
            else
                index.remove(one.subject);
        }
    });
    size_.store(table_->size(), std::memory_order_relaxed);
    if (!heard.empty()) observer->changed(heard);
    return retired;
}

void expectations::note_removed(const live_list& about) const {
    if (!log_.admits(base::log::level::info)) return;
    note made;
    made.type = entry_type::removed_expectation;
    made.format = "removed expectation:{}with id:{}";
    for (const auto& one : about) {
        const auto shown = json::pretty(model::to_json(one->current()));
        made.about = one.get();
        made.arguments = {{note_argument::kind::json, shown},
                          {note_argument::kind::text, one->definition.id}};
        log_.record(made);
    }
}

void expectations::note_change(entry_type type, const char* format, const live_list& about) const {
    if (!log_.admits(base::log::level::info)) return;
    note made;
    made.type = type;
    made.format = format;
    made.arguments = {{note_argument::kind::expectation, {}}, {note_argument::kind::text, {}}};
    for (const auto& one : about) {
        made.about = one.get();
        made.arguments[1].text = one->definition.id;
        log_.record(made);
    }
}

} // namespace mockfleet::store
