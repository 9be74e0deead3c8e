// Each call: issue it through a pending, copy the reply, translate its status.
#include "store/blob_client.hpp"

#include "base/clock.hpp"

#include <iterator>

namespace mockfleet::store {

namespace {

using plugin::to_slice;
using plugin::to_view;

constexpr std::in_place_type_t<mf_blob_reply> blob_reply{};

base::error no_answer() {
    return {base::errc::internal, "the blob store's answer could not be read"};
}

base::error failure_of(const mf_blob_reply& reply, const std::string& store) {
    std::string text = store + ": ";
    if (reply.message.size != 0)
        text += to_view(reply.message);
    else
        text += "status " + std::to_string(reply.status);
    return {base::to_errc(reply.status), std::move(text)};
}

mf_blob_condition to_c(const blob_condition& when) {
    return {when.kind, 0, to_slice(when.tag)};
}

/// put and remove.
base::result<blob_outcome> outcome_of(const mf_blob_reply& reply, const std::string& store) {
    if (reply.status != MF_OK && reply.status != MF_CONFLICT) return failure_of(reply, store);
    return blob_outcome{reply.status == MF_OK, std::string(to_view(reply.tag))};
}

} // namespace

call_limits blob_client::limits() const {
    if (timeout_.count() == 0) return {};
    return {static_cast<std::uint64_t>(base::monotonic_ns() + timeout_.count()), {}};
}

blob_client::answer<blob> blob_client::get(std::string_view key) const {
    base::result<blob> outcome = no_answer();
    pending call(
        blob_reply, *backend_, "get", key, limits(),
        [key](const mf_blob_ops& ops, mf_blob* store, const mf_call* context, mf_blob_done done) {
            ops.get(store, context, to_slice(key), done);
        },
        [&](const mf_blob_reply& reply) {
            if (reply.status != MF_OK) {
                outcome = failure_of(reply, backend_->name());
                return;
            }
            blob found{std::string(to_view(reply.data)), std::string(to_view(reply.tag)), {}};
            for (std::size_t i = 0; i < reply.metadata_count; ++i) {
                found.metadata.emplace_back(to_view(reply.metadata[i].key), to_view(reply.metadata[i].value));
            }
            outcome = std::move(found);
        });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

blob_client::answer<blob_outcome> blob_client::put(std::string_view key, std::string_view data,
                                                   const blob_metadata& metadata,
                                                   const blob_condition& when) const {
    base::result<blob_outcome> outcome = no_answer();
    std::vector<mf_pair> pairs;
    pairs.reserve(metadata.size());
    for (const auto& [name, value] : metadata)
        pairs.push_back({to_slice(name), to_slice(value)});
    const auto condition = to_c(when);
    const mf_pair* const first = pairs.data();
    const auto count = pairs.size();
    pending call(
        blob_reply, *backend_, "put", key, limits(),
        [=](const mf_blob_ops& ops, mf_blob* store, const mf_call* context, mf_blob_done done) {
            ops.put(store, context, to_slice(key), to_slice(data), first, count, condition, done);
        },
        [&](const mf_blob_reply& reply) { outcome = outcome_of(reply, backend_->name()); });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

blob_client::answer<blob_outcome> blob_client::remove(std::string_view key,
                                                      const blob_condition& when) const {
    base::result<blob_outcome> outcome = no_answer();
    const auto condition = to_c(when);
    pending call(
        blob_reply, *backend_, "remove", key, limits(),
        [=](const mf_blob_ops& ops, mf_blob* store, const mf_call* context, mf_blob_done done) {
            ops.remove(store, context, to_slice(key), condition, done);
        },
        [&](const mf_blob_reply& reply) { outcome = outcome_of(reply, backend_->name()); });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

blob_client::answer<key_page> blob_client::list(std::string_view prefix, std::string_view after,
                                                std::uint32_t limit) const {
    base::result<key_page> outcome = no_answer();
    pending call(
        blob_reply, *backend_, "list", prefix, limits(),
        [=](const mf_blob_ops& ops, mf_blob* store, const mf_call* context, mf_blob_done done) {
            ops.list(store, context, to_slice(prefix), to_slice(after), limit, done);
        },
        [&](const mf_blob_reply& reply) {
            if (reply.status != MF_OK) {
                outcome = failure_of(reply, backend_->name());
                return;
            }
            key_page page;
            page.more = reply.more != 0;
            for (std::size_t i = 0; i < reply.key_count; ++i)
                page.keys.emplace_back(to_view(reply.keys[i]));
            outcome = std::move(page);
        });
    if (!call.start()) co_await call.arrived();
    co_return outcome;
}

blob_client::answer<std::vector<std::string>> blob_client::list_all(std::string_view prefix) const {
    std::vector<std::string> all;
    for (;;) {
        const std::string after = all.empty() ? std::string() : all.back();
        auto page = co_await list(prefix, after);
        if (!page) co_return page.error();
        all.insert(all.end(), std::make_move_iterator(page->keys.begin()),
                   std::make_move_iterator(page->keys.end()));
        if (!page->more || page->keys.empty()) co_return all;
    }
}

} // namespace mockfleet::store
