// Calls and events of a state backend under test.
#include "state_fixture.hpp"

#include "base/clock.hpp"

#include <utility>

namespace mockfleet::contract {

using plugin::to_slice;
using plugin::to_view;

namespace {

state_answer copy_of(const mf_state_reply& reply) {
    state_answer answer;
    answer.status = reply.status;
    answer.message = to_view(reply.message);
    for (std::size_t i = 0; i < reply.entry_count; ++i) {
        const auto& one = reply.entries[i];
        answer.entries.push_back(
            {std::string(to_view(one.key)), std::string(to_view(one.value)), one.version});
    }
    answer.count = reply.count;
    answer.number = reply.number;
    answer.more = reply.more != 0;
    return answer;
}

} // namespace

const state_entry& state_answer::entry() const {
    expect(entries.size() == 1, "a reply with status " + std::to_string(status) + " carries " +
                                    std::to_string(entries.size()) + " entries instead of one");
    return entries.front();
}

void event_recorder::changed(std::string_view space, std::string_view key, std::uint64_t version) {
    add({event::kind::changed, std::string(space), std::string(key), version});
}
void event_recorder::cleared(std::string_view space) {
    add({event::kind::cleared, std::string(space), {}, 0});
}
void event_recorder::resync() {
    add({event::kind::resync, {}, {}, 0});
}

void event_recorder::add(event one) {
    if (inside_.fetch_add(1) != 0) overlapped_ = true;
    {
        const std::lock_guard lock(mutex_);
        events_.push_back(std::move(one));
    }
    wake_.notify_all();
    inside_.fetch_sub(1);
}

std::vector<event_recorder::event> event_recorder::of(const std::string& space) const {
    const std::lock_guard lock(mutex_);
    std::vector<event> found;
    for (const auto& one : events_) {
        if (one.space == space) found.push_back(one);
    }
    return found;
}

bool event_recorder::wait_for(const std::string& space,
                              const std::function<bool(const std::vector<event>&)>& enough) const {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        const auto before = size();
        if (enough(of(space))) return true;
        std::unique_lock lock(mutex_);
        if (!wake_.wait_until(lock, end, [&] { return events_.size() != before; })) return false;
    }
}

std::size_t event_recorder::size() const {
    const std::lock_guard lock(mutex_);
    return events_.size();
}

state_fixture::state_fixture(std::string file, std::vector<plugin::setting> settings)
    : file_(std::move(file)), settings_(std::move(settings)), run_id_(std::to_string(base::wall_ns())) {}

void state_fixture::open() {
    recorder_ = std::make_unique<event_recorder>();
    plugin::registry_options options;
    options.stop_deadline = patience;
    registry_ = std::make_unique<plugin::registry>(options);
    const auto opened = registry_->open_state_file(file_, settings_);
    if (!opened) throw case_failed(opened.error().message);
    backend_ = *opened;
    const auto started = registry_->start(recorder_.get());
    if (!started) throw case_failed(started.error().message);
}

void state_fixture::close() {
    const auto stopped = registry_->stop();
    if (!stopped) throw case_failed(stopped.error().message);
}

std::string state_fixture::fresh_space() {
    return "contract-" + run_id_ + "-" + std::to_string(++spaces_);
}

state_answer state_fixture::call(const char* operation, issue_fn issue, const take_fn& look, bool cancelled,
                                 std::uint64_t deadline_ns) {
    auto answer = std::make_shared<state_answer>();
    waiting_call<plugin::state_backend, mf_state_reply, mf_state_done>::run(
        *backend_, operation, std::move(issue),
        [answer, look](const mf_state_reply& reply) {
            if (look) look(reply);
            *answer = copy_of(reply);
        },
        cancelled, deadline_ns);
    expect(answer->status >= MF_OK && answer->status <= MF_INTERNAL,
           std::string(operation) + " answered the unknown status " + std::to_string(answer->status));
    return *answer;
}

state_answer state_fixture::get(const std::string& space, const std::string& key) {
    // The slices must point to what lives until the completion: the strings of the caller's frame do.
    return call("get",
                [&](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
                    ops.get(state, context, to_slice(space), to_slice(key), done);
                });
}

state_answer state_fixture::put(const std::string& space, const std::string& key, const std::string& value,
                                mf_condition when) {
    return call("put", [&, when](const mf_state_ops& ops, mf_state* state, const mf_call* context,
                                 mf_state_done done) {
        ops.put(state, context, to_slice(space), to_slice(key), to_slice(value), when, done);
    });
}

state_answer state_fixture::remove(const std::string& space, const std::string& key, mf_condition when) {
    return call("remove", [&, when](const mf_state_ops& ops, mf_state* state, const mf_call* context,
                                    mf_state_done done) {
        ops.remove(state, context, to_slice(space), to_slice(key), when, done);
    });
}

state_answer state_fixture::scan(const std::string& space, const std::string& after, std::uint32_t limit) {
    return call("scan", [&, limit](const mf_state_ops& ops, mf_state* state, const mf_call* context,
                                   mf_state_done done) {
        ops.scan(state, context, to_slice(space), to_slice(after), limit, done);
    });
}

state_answer state_fixture::clear(const std::string& space) {
    return call("clear", [&](const mf_state_ops& ops, mf_state* state, const mf_call* context,
                             mf_state_done done) { ops.clear(state, context, to_slice(space), done); });
}

state_answer state_fixture::batch(const std::vector<batch_step>& steps) {
    if (ops().batch == nullptr) throw case_skipped("the plugin has no batch");
    std::vector<mf_batch_op> sent;
    sent.reserve(steps.size());
    for (const auto& one : steps) {
        sent.push_back(
            {one.kind, 0, to_slice(one.space), to_slice(one.key), to_slice(one.value), one.condition});
    }
    return call("batch",
                [&](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
                    ops.batch(state, context, sent.data(), sent.size(), done);
                });
}

state_answer state_fixture::add(const std::string& space, const std::string& key, std::int64_t delta,
                                std::int64_t min, std::int64_t max) {
    if (ops().add == nullptr) throw case_skipped("the plugin has no add");
    return call("add", [&, delta, min, max](const mf_state_ops& ops, mf_state* state, const mf_call* context,
                                            mf_state_done done) {
        ops.add(state, context, to_slice(space), to_slice(key), delta, min, max, done);
    });
}

std::vector<std::string> state_fixture::peers(const std::string& topic, const std::string& payload,
                                              mf_status& status) {
    if (ops().peers == nullptr) throw case_skipped("the plugin has no peers");
    std::vector<std::string> nodes;
    const mf_peer_sink sink{[](void* ctx, const mf_peer_reply* reply) {
                                static_cast<std::vector<std::string>*>(ctx)->emplace_back(
                                    to_view(reply->node));
                            },
                            &nodes};
    status = call("peers", [&](const mf_state_ops& ops, mf_state* state, const mf_call* context,
                               mf_state_done done) {
                 ops.peers(state, context, to_slice(topic), to_slice(payload), sink, done);
             }).status;
    return nodes;
}

state_description state_fixture::describe() {
    if (ops().describe == nullptr) throw case_skipped("the plugin has no describe");
    auto found = std::make_shared<state_description>();
    waiting_call<plugin::state_backend, mf_state_info, mf_state_info_done>::run(
        *backend_, "describe",
        [](const mf_state_ops& ops, mf_state* state, const mf_call*, mf_state_info_done done) {
            ops.describe(state, done);
        },
        [found](const mf_state_info& info) {
            found->clustered = info.clustered != 0;
            found->node_id = to_view(info.node_id);
            found->coordinator = to_view(info.coordinator);
            for (std::size_t i = 0; i < info.member_count; ++i) {
                found->members.emplace_back(to_view(info.members[i].id));
                if (info.members[i].local != 0) ++found->local_members;
            }
            found->revision = info.revision;
            found->max_value_size = info.max_value_size;
            found->max_batch = info.max_batch;
        });
    return *found;
}

std::vector<state_entry> state_fixture::scan_all(const std::string& space, std::uint32_t limit) {
    std::vector<state_entry> all;
    for (;;) {
        const auto page = scan(space, all.empty() ? std::string() : all.back().key, limit);
        expect(page.ok(), "scan answered status " + std::to_string(page.status));
        expect(limit == 0 || page.entries.size() <= limit, "scan answered more entries than the limit");
        expect(!page.more || !page.entries.empty(), "scan promised more but answered nothing");
        for (const auto& one : page.entries) {
            expect(all.empty() || one.key > all.back().key,
                   "scan answered " + shown(one.key) + " after " + shown(all.empty() ? "" : all.back().key));
            all.push_back(one);
        }
        if (!page.more) return all;
    }
}

std::uint64_t state_fixture::must_put(const std::string& space, const std::string& key,
                                      const std::string& value, mf_condition when) {
    const auto answer = put(space, key, value, when);
    expect(answer.ok(), "put answered status " + std::to_string(answer.status) + " " + answer.message);
    expect(answer.version() != 0, "put answered the version 0");
    return answer.version();
}

std::optional<state_entry> state_fixture::read(const std::string& space, const std::string& key) {
    const auto answer = get(space, key);
    if (answer.status == MF_NOT_FOUND) return std::nullopt;
    expect(answer.ok(), "get answered status " + std::to_string(answer.status) + " " + answer.message);
    auto found = answer.entry();
    found.key = key;
    return found;
}

} // namespace mockfleet::contract
