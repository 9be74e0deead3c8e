// Each call: issue it through a pending, copy the reply, translate its status.
#include "store/state_client.hpp"

#include "base/clock.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::store {

namespace {

using plugin::to_slice;
using plugin::to_view;

constexpr std::in_place_type_t<mf_state_reply> state_reply{};

base::error no_answer() {
    return {base::errc::internal, "the backend's answer could not be read"};
}

base::error failure_of(const mf_state_reply& reply, const std::string& plugin) {
    std::string text = plugin + ": ";
    if (reply.message.size != 0)
        text += to_view(reply.message);
    else
        text += "status " + std::to_string(reply.status);
    return {base::to_errc(reply.status), std::move(text)};
}

base::error unsupported(const std::string& plugin, const char* operation) {
    return {base::errc::unsupported, plugin + ": has no call " + operation};
}

entry entry_of(const mf_entry& sent) {
    return {std::string(to_view(sent.key)), std::string(to_view(sent.value)), sent.version};
}

/// The first entry of a reply, under the key that was asked for; the plugin may leave the key out.
entry first_entry(const mf_state_reply& reply, std::string_view key) {
    entry found{std::string(key), {}, 0};
    if (reply.entry_count != 0) {
        found.value = to_view(reply.entries[0].value);
        found.version = reply.entries[0].version;
    }
    return found;
}

mf_condition to_c(const condition& when) {
    return {when.kind, 0, when.version};
}

/// put and remove.
base::result<write_outcome> outcome_of(const mf_state_reply& reply, std::string_view key,
                                       const std::string& plugin) {
    write_outcome outcome;
    if (reply.status == MF_OK) {
        outcome.applied = true;
        outcome.version = reply.entry_count != 0 ? reply.entries[0].version : 0;
        return outcome;
    }
    if (reply.status != MF_CONFLICT) return failure_of(reply, plugin);
    outcome.winner = first_entry(reply, key);
    return outcome;
}

state_info info_of(const mf_state_info& sent) {
    state_info info;
    info.node_id = to_view(sent.node_id);
    info.clustered = sent.clustered != 0;
    info.visible_everywhere = sent.visible_everywhere != 0;
    info.cluster_name = to_view(sent.cluster_name);
    info.coordinator = to_view(sent.coordinator);
    info.revision = sent.revision;
    info.max_value_size = sent.max_value_size;
    info.max_batch = sent.max_batch;
    for (std::size_t i = 0; i < sent.member_count; ++i) {
        const auto& one = sent.members[i];
        info.members.push_back({std::string(to_view(one.id)), std::string(to_view(one.address)),
                                std::string(to_view(one.version)), one.lag, one.coordinator != 0,
                                one.local != 0});
    }
    return info;
}

} // namespace

call_limits state_client::limits() const {
    if (timeout_.count() == 0) return {};
    return {static_cast<std::uint64_t>(base::monotonic_ns() + timeout_.count()), {}};
}

state_client::answer<entry> state_client::get(std::string_view space, std::string_view key) const {
    base::result<entry> outcome = no_answer();
    pending call(
        state_reply, *backend_, "get", key, limits(),
        [space, key](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
            ops.get(state, context, to_slice(space), to_slice(key), done);
        },
        [&](const mf_state_reply& reply) {
            if (reply.status == MF_OK)
                outcome = first_entry(reply, key);
            else
                outcome = failure_of(reply, backend_->name());
        });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

state_client::answer<write_outcome> state_client::put(std::string_view space, std::string_view key,
                                                      std::string_view value, condition when) const {
    base::result<write_outcome> outcome = no_answer();
    pending call(
        state_reply, *backend_, "put", key, limits(),
        [=](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
            ops.put(state, context, to_slice(space), to_slice(key), to_slice(value), to_c(when), done);
        },
        [&](const mf_state_reply& reply) { outcome = outcome_of(reply, key, backend_->name()); });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

state_client::answer<write_outcome> state_client::remove(std::string_view space, std::string_view key,
                                                         condition when) const {
    base::result<write_outcome> outcome = no_answer();
    pending call(
        state_reply, *backend_, "remove", key, limits(),
        [=](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
            ops.remove(state, context, to_slice(space), to_slice(key), to_c(when), done);
        },
        [&](const mf_state_reply& reply) { outcome = outcome_of(reply, key, backend_->name()); });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

state_client::answer<entry_page> state_client::scan(std::string_view space, std::string_view after,
                                                    std::uint32_t limit) const {
    base::result<entry_page> outcome = no_answer();
    pending call(
        state_reply, *backend_, "scan", space, limits(),
        [=](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
            ops.scan(state, context, to_slice(space), to_slice(after), limit, done);
        },
        [&](const mf_state_reply& reply) {
            if (reply.status != MF_OK) {
                outcome = failure_of(reply, backend_->name());
                return;
            }
            entry_page page;
            page.entries.reserve(reply.entry_count);
            for (std::size_t i = 0; i < reply.entry_count; ++i)
                page.entries.push_back(entry_of(reply.entries[i]));
            page.more = reply.more != 0;
            outcome = std::move(page);
        });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

state_client::answer<std::vector<entry>> state_client::scan_all(std::string_view space) const {
    std::vector<entry> all;
    std::string after;
    for (;;) {
        auto page = co_await scan(space, after);
        if (!page) co_return page.error();
        for (auto& one : page->entries)
            all.push_back(std::move(one));
        // A page that promises more but is empty would repeat for ever.
        if (!page->more || page->entries.empty()) co_return all;
        after = all.back().key;
    }
}

state_client::answer<std::uint64_t> state_client::clear(std::string_view space) const {
    base::result<std::uint64_t> outcome = no_answer();
    pending call(
        state_reply, *backend_, "clear", space, limits(),
        [space](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
            ops.clear(state, context, to_slice(space), done);
        },
        [&](const mf_state_reply& reply) {
            if (reply.status == MF_OK)
                outcome = reply.count;
            else
                outcome = failure_of(reply, backend_->name());
        });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

state_client::answer<batch_outcome> state_client::batch(std::span<const batch_operation> operations) const {
    if (backend_->ops().batch == nullptr) co_return unsupported(backend_->name(), "batch");
    std::vector<mf_batch_op> sent;
    sent.reserve(operations.size());
    for (const auto& one : operations) {
        sent.push_back({static_cast<std::int32_t>(one.what), 0, to_slice(one.space), to_slice(one.key),
                        to_slice(one.value), to_c(one.when)});
    }
    base::result<batch_outcome> outcome = no_answer();
    pending call(
        state_reply, *backend_, "batch", operations.empty() ? std::string_view() : operations.front().key,
        limits(),
        [data = sent.data(), size = sent.size()](const mf_state_ops& ops, mf_state* state,
                                                 const mf_call* context, mf_state_done done) {
            ops.batch(state, context, data, size, done);
        },
        [&](const mf_state_reply& reply) {
            batch_outcome answered;
            if (reply.status == MF_OK) {
                answered.applied = true;
                for (std::size_t i = 0; i < reply.entry_count; ++i)
                    answered.versions.push_back(reply.entries[i].version);
            } else if (reply.status == MF_CONFLICT && reply.count < operations.size()) {
                answered.failed = reply.count;
                answered.winner = first_entry(reply, operations[answered.failed].key);
            } else {
                outcome = failure_of(reply, backend_->name());
                return;
            }
            outcome = std::move(answered);
        });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

state_client::answer<void> state_client::remove_all(std::string_view space,
                                                    std::span<const std::string> keys) const {
    std::size_t step = 1;
    if (keys.size() > 1 && has_batch()) {
        const auto info = co_await describe();
        if (!info) co_return info.error();
        step = info->max_batch == 0 ? keys.size() : info->max_batch;
    }
    for (std::size_t begin = 0; begin < keys.size(); begin += step) {
        if (step == 1) {
            const auto gone = co_await remove(space, keys[begin]);
            if (!gone && gone.error().code != base::errc::not_found) co_return gone.error();
            continue;
        }
        std::vector<batch_operation> operations;
        for (auto i = begin; i < std::min(keys.size(), begin + step); ++i)
            operations.push_back({batch_operation::kind::remove, space, keys[i], {}});
        const auto gone = co_await batch(operations);
        if (!gone) co_return gone.error();
    }
    co_return base::result<void>();
}

state_client::answer<add_outcome> state_client::add(std::string_view space, std::string_view key,
                                                    std::int64_t delta, std::int64_t min,
                                                    std::int64_t max) const {
    if (backend_->ops().add == nullptr) co_return unsupported(backend_->name(), "add");
    base::result<add_outcome> outcome = no_answer();
    pending call(
        state_reply, *backend_, "add", key, limits(),
        [=](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
            ops.add(state, context, to_slice(space), to_slice(key), delta, min, max, done);
        },
        [&](const mf_state_reply& reply) {
            if (reply.status != MF_OK && reply.status != MF_CONFLICT) {
                outcome = failure_of(reply, backend_->name());
                return;
            }
            outcome = add_outcome{reply.status == MF_OK, reply.number,
                                  reply.entry_count != 0 ? reply.entries[0].version : 0};
        });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

state_client::answer<std::vector<peer_reply>> state_client::peers(std::string_view topic,
                                                                  std::string_view payload) const {
    std::vector<peer_reply> replies;
    if (backend_->ops().peers == nullptr) co_return replies;
    const mf_peer_sink sink{
        [](void* ctx, const mf_peer_reply* reply) {
            std::string node(to_view(reply->node));
            base::result<std::string> answered = std::string(to_view(reply->payload));
            if (reply->status != MF_OK) {
                answered =
                    base::error{static_cast<base::errc>(reply->status), std::string(to_view(reply->payload))};
            }
            static_cast<std::vector<peer_reply>*>(ctx)->push_back({std::move(node), std::move(answered)});
        },
        &replies};
    base::result<void> outcome = no_answer();
    pending call(
        state_reply, *backend_, "peers", topic, limits(),
        [=](const mf_state_ops& ops, mf_state* state, const mf_call* context, mf_state_done done) {
            ops.peers(state, context, to_slice(topic), to_slice(payload), sink, done);
        },
        [&](const mf_state_reply& reply) {
            if (reply.status == MF_OK)
                outcome = base::result<void>();
            else
                outcome = failure_of(reply, backend_->name());
        });
    if (!call.start()) co_await call.arrived();
    if (!outcome) co_return outcome.error();
    co_return replies;
}

state_client::answer<state_info> state_client::describe() const {
    if (backend_->ops().describe == nullptr) {
        state_info alone;
        alone.node_id = alone.coordinator = "local";
        alone.members.push_back({"local", {}, {}, 0, true, true});
        co_return alone;
    }
    base::result<state_info> outcome = no_answer();
    pending call(
        std::in_place_type<mf_state_info>, *backend_, "describe", {}, limits(),
        [](const mf_state_ops& ops, mf_state* state, const mf_call*, mf_state_info_done done) {
            ops.describe(state, done);
        },
        [&](const mf_state_info& sent) {
            if (sent.struct_size != 0) outcome = info_of(sent);
        });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

} // namespace mockfleet::store
