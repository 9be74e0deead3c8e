// Calls of a blob store under test.
#include "blob_fixture.hpp"

#include "base/clock.hpp"

#include <utility>

namespace mockfleet::contract {

using plugin::to_slice;
using plugin::to_view;

blob_fixture::blob_fixture(std::string file, std::vector<plugin::setting> settings)
    : file_(std::move(file)), settings_(std::move(settings)), run_id_(std::to_string(base::wall_ns())) {}

void blob_fixture::open() {
    plugin::registry_options options;
    options.stop_deadline = patience;
    registry_ = std::make_unique<plugin::registry>(options);
    const auto opened = registry_->open_blob_file(file_, settings_);
    if (!opened) throw case_failed(opened.error().message);
    backend_ = *opened;
    const auto started = registry_->start(nullptr);
    if (!started) throw case_failed(started.error().message);
}

void blob_fixture::close() {
    const auto stopped = registry_->stop();
    if (!stopped) throw case_failed(stopped.error().message);
}

std::string blob_fixture::fresh_prefix() {
    return "contract-" + run_id_ + "-" + std::to_string(++prefixes_) + "/";
}

blob_answer blob_fixture::call(const char* operation, issue_fn issue) {
    auto answer = std::make_shared<blob_answer>();
    waiting_call<plugin::blob_backend, mf_blob_reply, mf_blob_done>::run(
        *backend_, operation, std::move(issue), [answer](const mf_blob_reply& reply) {
            answer->status = reply.status;
            answer->message = to_view(reply.message);
            answer->data = to_view(reply.data);
            answer->tag = to_view(reply.tag);
            for (std::size_t i = 0; i < reply.metadata_count; ++i) {
                answer->pairs.emplace(to_view(reply.metadata[i].key), to_view(reply.metadata[i].value));
            }
            answer->pair_count = reply.metadata_count;
            for (std::size_t i = 0; i < reply.key_count; ++i)
                answer->keys.emplace_back(to_view(reply.keys[i]));
            answer->more = reply.more != 0;
        });
    expect(answer->status >= MF_OK && answer->status <= MF_INTERNAL,
           std::string(operation) + " answered the unknown status " + std::to_string(answer->status));
    return *answer;
}

blob_answer blob_fixture::get(const std::string& key) {
    return call("get", [&](const mf_blob_ops& ops, mf_blob* store, const mf_call* context,
                           mf_blob_done done) { ops.get(store, context, to_slice(key), done); });
}

blob_answer blob_fixture::put(const std::string& key, const std::string& data, const metadata& pairs,
                              const blob_condition& when) {
    std::vector<mf_pair> sent;
    for (const auto& [name, value] : pairs)
        sent.push_back({to_slice(name), to_slice(value)});
    return call("put",
                [&](const mf_blob_ops& ops, mf_blob* store, const mf_call* context, mf_blob_done done) {
                    ops.put(store, context, to_slice(key), to_slice(data), sent.data(), sent.size(),
                            {when.kind, 0, to_slice(when.tag)}, done);
                });
}

blob_answer blob_fixture::remove(const std::string& key, const blob_condition& when) {
    return call("remove",
                [&](const mf_blob_ops& ops, mf_blob* store, const mf_call* context, mf_blob_done done) {
                    ops.remove(store, context, to_slice(key), {when.kind, 0, to_slice(when.tag)}, done);
                });
}

blob_answer blob_fixture::list(const std::string& prefix, const std::string& after, std::uint32_t limit) {
    return call("list",
                [&](const mf_blob_ops& ops, mf_blob* store, const mf_call* context, mf_blob_done done) {
                    ops.list(store, context, to_slice(prefix), to_slice(after), limit, done);
                });
}

std::vector<std::string> blob_fixture::list_all(const std::string& prefix, std::uint32_t limit) {
    std::vector<std::string> all;
    for (;;) {
        const auto page = list(prefix, all.empty() ? std::string() : all.back(), limit);
        expect(page.ok(), "list answered status " + std::to_string(page.status) + " " + page.message);
        expect(limit == 0 || page.keys.size() <= limit, "list answered more keys than the limit");
        expect(!page.more || !page.keys.empty(), "list promised more but answered nothing");
        for (const auto& key : page.keys) {
            expect(key.starts_with(prefix), "list answered " + shown(key) + ", which lacks the prefix");
            expect(all.empty() || key > all.back(), "list is not in bytewise order");
            all.push_back(key);
        }
        if (!page.more) return all;
    }
}

std::string blob_fixture::must_put(const std::string& key, const std::string& data, const metadata& pairs,
                                   const blob_condition& when) {
    const auto answer = put(key, data, pairs, when);
    expect(answer.ok(), "put answered status " + std::to_string(answer.status) + " " + answer.message);
    expect(!answer.tag.empty(), "put answered no tag");
    return answer.tag;
}

} // namespace mockfleet::contract
