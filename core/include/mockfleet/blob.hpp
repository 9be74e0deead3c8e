// For authors of blob stores in C++: write a class with the calls below, then MF_BLOB_PLUGIN. Std only.
//
// SPDX-License-Identifier: Apache-2.0
//
// The meaning of each call, and what it may answer, stands in blob.h. A class is one of two flavours:
//
// blocking_blob: calls return their answer and throw failure or tag_conflict. Called one at a time on a
// thread of the host, or, with `static constexpr mf_calls calls = MF_CALLS_PARALLEL;`, by several threads at
// once.
//
//     std::optional<document> get(key)                                 nullopt = MF_NOT_FOUND
//     std::string put(key, data, std::span<const mf_pair> metadata, mf_blob_condition)   the new tag
//     key_page list(prefix, after, std::uint32_t limit)
//     bool remove(key, mf_blob_condition)                              false = MF_NOT_FOUND
//
// async_blob: calls take a const mf_call& first and a blob_completion last, return at once and answer through
// it. They may be called by any number of threads. Arguments stay valid until the answer was given.
//
// Constructor, start (without events), stop, keys and summary as in state.hpp.
#pragma once

#include <mockfleet/blob.h>
#include <mockfleet/plugin.hpp>

#include <concepts>

namespace mockfleet::plugin {

struct document {
    std::string data;
    std::string tag;
    std::vector<std::pair<std::string, std::string>> metadata;
};

struct key_page {
    std::vector<std::string> keys;
    bool more = false;
};

/// Thrown when a condition does not hold: the tag that won, or an empty one when the store does not tell.
class tag_conflict : public failure {
public:
    explicit tag_conflict(std::string tag)
        : failure(MF_CONFLICT, "the condition does not hold"), tag_(std::move(tag)) {}
    [[nodiscard]] const std::string& tag() const { return tag_; }

private:
    std::string tag_;
};

/// The answer of an asynchronous blob call.
class blob_completion : public completion<mf_blob_reply, mf_blob_done> {
public:
    using completion::completion;

    void found(const document& blob) noexcept {
        try {
            std::vector<mf_pair> pairs;
            pairs.reserve(blob.metadata.size());
            for (const auto& [key, value] : blob.metadata)
                pairs.push_back({slice(key), slice(value)});
            mf_blob_reply answer{};
            answer.data = slice(blob.data);
            answer.tag = slice(blob.tag);
            answer.metadata = pairs.data();
            answer.metadata_count = pairs.size();
            reply(answer);
        } catch (const std::bad_alloc&) {
            fail(MF_EXHAUSTED, "out of memory");
        }
    }
    void stored_as(std::string_view tag) noexcept {
        mf_blob_reply answer{};
        answer.tag = slice(tag);
        reply(answer);
    }
    void listed(const key_page& page) noexcept {
        try {
            std::vector<mf_slice> keys;
            keys.reserve(page.keys.size());
            for (const auto& key : page.keys)
                keys.push_back(slice(key));
            mf_blob_reply answer{};
            answer.keys = keys.data();
            answer.key_count = keys.size();
            answer.more = page.more ? 1 : 0;
            reply(answer);
        } catch (const std::bad_alloc&) {
            fail(MF_EXHAUSTED, "out of memory");
        }
    }
};

template <class T>
concept blocking_blob =
    requires(T& store, std::string_view text, std::span<const mf_pair> pairs, mf_blob_condition when) {
        { store.get(text) } -> std::same_as<std::optional<document>>;
        { store.put(text, text, pairs, when) } -> std::same_as<std::string>;
        { store.list(text, text, std::uint32_t{}) } -> std::same_as<key_page>;
        { store.remove(text, when) } -> std::same_as<bool>;
    };

template <class T>
concept async_blob = requires(T& store, const mf_call& call, std::string_view text,
                              std::span<const mf_pair> pairs, mf_blob_condition when) {
    store.get(call, text, blob_completion());
    store.put(call, text, text, pairs, when, blob_completion());
    store.list(call, text, text, std::uint32_t{}, blob_completion());
    store.remove(call, text, when, blob_completion());
};

namespace detail {

/// The C functions around an author's class.
template <class T>
struct blob_calls {
    static constexpr bool blocking = blocking_blob<T>;

    static T& of(mf_blob* store) { return *reinterpret_cast<T*>(store); }

    static void to_reply(blob_completion& done, const failure& thrown) noexcept {
        mf_blob_reply answer{};
        answer.status = thrown.status();
        answer.message = slice(thrown.what());
        if (const auto* lost = dynamic_cast<const tag_conflict*>(&thrown)) answer.tag = slice(lost->tag());
        done.reply(answer);
    }

    template <class Call>
    static void run(mf_blob_done done, Call&& call) noexcept {
        guard<blob_completion>(done, std::forward<Call>(call), &to_reply);
    }

    static void get(mf_blob* store, const mf_call* call, mf_slice key, mf_blob_done done) noexcept {
        run(done, [&](blob_completion answer) {
            if constexpr (blocking) {
                const std::optional<document> found = of(store).get(view(key));
                if (found)
                    answer.found(*found);
                else
                    answer.fail(MF_NOT_FOUND, "no such key");
            } else {
                of(store).get(*call, view(key), std::move(answer));
            }
        });
    }

    static void put(mf_blob* store, const mf_call* call, mf_slice key, mf_slice data, const mf_pair* metadata,
                    std::size_t count, mf_blob_condition when, mf_blob_done done) noexcept {
        run(done, [&](blob_completion answer) {
            const std::span<const mf_pair> pairs(metadata, count);
            if constexpr (blocking)
                answer.stored_as(of(store).put(view(key), view(data), pairs, when));
            else
                of(store).put(*call, view(key), view(data), pairs, when, std::move(answer));
        });
    }

    static void list(mf_blob* store, const mf_call* call, mf_slice prefix, mf_slice after,
                     std::uint32_t limit, mf_blob_done done) noexcept {
        run(done, [&](blob_completion answer) {
            if constexpr (blocking)
                answer.listed(of(store).list(view(prefix), view(after), limit));
            else
                of(store).list(*call, view(prefix), view(after), limit, std::move(answer));
        });
    }

    static void remove(mf_blob* store, const mf_call* call, mf_slice key, mf_blob_condition when,
                       mf_blob_done done) noexcept {
        run(done, [&](blob_completion answer) {
            if constexpr (blocking) {
                if (of(store).remove(view(key), when))
                    answer.ok();
                else
                    answer.fail(MF_NOT_FOUND, "no such key");
            } else {
                of(store).remove(*call, view(key), when, std::move(answer));
            }
        });
    }

    static constexpr auto start() -> decltype(mf_blob_ops::start) {
        if constexpr (requires(T& store) { store.start(blob_completion()); }) {
            return [](mf_blob* store, mf_blob_done done) noexcept {
                run(done, [&](blob_completion answer) { of(store).start(std::move(answer)); });
            };
        } else if constexpr (requires(T& store) { store.start(); }) {
            return [](mf_blob* store, mf_blob_done done) noexcept {
                run(done, [&](blob_completion answer) {
                    of(store).start();
                    answer.ok();
                });
            };
        } else {
            return nullptr;
        }
    }

    static constexpr auto stop() -> decltype(mf_blob_ops::stop) {
        if constexpr (requires(T& store) { store.stop(blob_completion()); }) {
            return [](mf_blob* store, mf_blob_done done) noexcept {
                run(done, [&](blob_completion answer) { of(store).stop(std::move(answer)); });
            };
        } else if constexpr (requires(T& store) { store.stop(); }) {
            return [](mf_blob* store, mf_blob_done done) noexcept {
                run(done, [&](blob_completion answer) {
                    of(store).stop();
                    answer.ok();
                });
            };
        } else {
            return nullptr;
        }
    }
};

template <class T>
inline constexpr mf_blob_ops blob_table{
    sizeof(mf_blob_ops),   calls_of<T>(blocking_blob<T> ? MF_CALLS_SERIAL : MF_CALLS_NONBLOCKING),
    &open<T, mf_blob>,     blob_calls<T>::start(),
    blob_calls<T>::stop(), &close<T, mf_blob>,
    &blob_calls<T>::get,   &blob_calls<T>::put,
    &blob_calls<T>::list,  &blob_calls<T>::remove,
};

} // namespace detail

template <class T>
    requires blocking_blob<T> || async_blob<T>
constexpr mf_plugin describe_blob(const char* name, const char* version) {
    return detail::descriptor<T>(name, version, nullptr, &detail::blob_table<T>);
}

} // namespace mockfleet::plugin

/// MF_BLOB_PLUGIN("mine", "0.1", my_store) defines the descriptor of blob-mine.so; at namespace scope, once.
#define MF_BLOB_PLUGIN(store_name, store_version, ...)                                                       \
    extern "C" MF_EXPORT constinit const mf_plugin mf_plugin_v1 =                                            \
        ::mockfleet::plugin::describe_blob<__VA_ARGS__>("blob-" store_name, store_version)
