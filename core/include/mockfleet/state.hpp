// For authors of state backends in C++: write a class with the calls below, then MF_STATE_PLUGIN. Std only.
//
// SPDX-License-Identifier: Apache-2.0
//
// The meaning of each call, and what it may answer, stands in state.h. A class is one of two flavours:
//
// blocking_state: calls return their answer and throw failure or conflict. Called one at a time on a thread
// of the host, or, with `static constexpr mf_calls calls = MF_CALLS_PARALLEL;`, by several threads at once.
//
//     std::optional<stored> get(space, key)                            nullopt = MF_NOT_FOUND
//     std::uint64_t put(space, key, value, mf_condition)               the new version
//     bool remove(space, key, mf_condition)                            false = MF_NOT_FOUND
//     page scan(space, after, std::uint32_t limit)
//     std::uint64_t clear(space)                                       how many went
//     std::vector<std::uint64_t> batch(std::span<const mf_batch_op>)   optional: the versions
//     counted add(space, key, delta, min, max)                         optional
//     std::vector<peer_result> peers(topic, payload)                   optional
//
// async_state: calls take a const mf_call& first and a state_completion last, return at once and answer
// through it. They may be called by any number of threads. Arguments stay valid until the answer was given.
//
//     void get(const mf_call&, space, key, state_completion)           and so on; optional:
//     void batch(const mf_call&, std::span<const mf_batch_op>, state_completion)
//     void add(const mf_call&, space, key, delta, min, max, state_completion)
//     void peers(const mf_call&, topic, payload, mf_peer_sink, state_completion)
//
// Both, all of it optional: a constructor from (const config&, const host&) or (const config&), which throws
// failure to refuse; start(const mf_state_events&) and stop(), which may block in the blocking flavour, or in
// either flavour with a state_completion as last argument; info describe(); void settled(std::uint64_t)
// noexcept and std::int32_t contact() noexcept, neither of which waits; static constexpr mf_config_key keys[]
// and static constexpr const char* summary.
#pragma once

#include <mockfleet/plugin.hpp>
#include <mockfleet/state.h>

#include <concepts>

namespace mockfleet::plugin {

struct stored {
    std::string value;
    std::uint64_t version = 0;
};

struct record {
    std::string key;
    std::string value;
    std::uint64_t version = 0;
};

struct page {
    std::vector<record> records;
    bool more = false;
};

struct counted {
    std::int64_t number = 0;
    std::uint64_t version = 0;
};

struct peer_result {
    std::string node;
    mf_status status = MF_OK;
    std::string payload;
};

struct member {
    std::string id;
    std::string address;
    std::string version;
    std::uint64_t lag = 0;
    bool coordinator = false;
    bool local = false;
};

struct info {
    std::string node_id;
    bool clustered = false;
    bool visible_everywhere = true;
    std::string cluster_name;
    std::string coordinator;
    std::vector<member> members;
    std::uint64_t revision = 0;
    std::uint64_t max_value_size = 0;
    std::uint32_t max_batch = 0;
};

/// Thrown when a condition does not hold or a bound would be passed: the entry that won, of operation `index`
/// of a batch.
class conflict : public failure {
public:
    explicit conflict(stored winner, std::size_t index = 0)
        : failure(MF_CONFLICT, "the condition does not hold", index), winner_(std::move(winner)) {}
    [[nodiscard]] const stored& winner() const { return winner_; }

private:
    stored winner_;
};

/// The answer of an asynchronous state call.
class state_completion : public completion<mf_state_reply, mf_state_done> {
public:
    using completion::completion;

    /// get, put, batch of one: status MF_OK; add with its number; or MF_CONFLICT with the winner.
    void entry(std::string_view key, std::string_view value, std::uint64_t version, std::int64_t number = 0,
               mf_status status = MF_OK, std::uint64_t count = 0) noexcept {
        const mf_entry one{slice(key), slice(value), version};
        mf_state_reply answer{};
        answer.status = status;
        answer.entries = &one;
        answer.entry_count = 1;
        answer.number = number;
        answer.count = count;
        reply(answer);
    }
    void entries(std::span<const mf_entry> all, bool more = false) noexcept {
        mf_state_reply answer{};
        answer.entries = all.data();
        answer.entry_count = all.size();
        answer.more = more ? 1 : 0;
        reply(answer);
    }
    void cleared(std::uint64_t count) noexcept {
        mf_state_reply answer{};
        answer.count = count;
        reply(answer);
    }
};

template <class T>
concept blocking_state = requires(T& state, std::string_view text, mf_condition when) {
    { state.get(text, text) } -> std::same_as<std::optional<stored>>;
    { state.put(text, text, text, when) } -> std::same_as<std::uint64_t>;
    { state.remove(text, text, when) } -> std::same_as<bool>;
    { state.scan(text, text, std::uint32_t{}) } -> std::same_as<page>;
    { state.clear(text) } -> std::same_as<std::uint64_t>;
};

template <class T>
concept async_state = requires(T& state, const mf_call& call, std::string_view text, mf_condition when) {
    state.get(call, text, text, state_completion());
    state.put(call, text, text, text, when, state_completion());
    state.remove(call, text, text, when, state_completion());
    state.scan(call, text, text, std::uint32_t{}, state_completion());
    state.clear(call, text, state_completion());
};

namespace detail {

/// The C functions around an author's class.
template <class T>
struct state_calls {
    static constexpr bool blocking = blocking_state<T>;

    static T& of(mf_state* state) { return *reinterpret_cast<T*>(state); }

    static void to_reply(state_completion& done, const failure& thrown) noexcept {
        mf_state_reply answer{};
        answer.status = thrown.status();
        answer.message = slice(thrown.what());
        answer.count = thrown.index();
        mf_entry winner{};
        if (const auto* lost = dynamic_cast<const conflict*>(&thrown)) {
            winner.value = slice(lost->winner().value);
            winner.version = lost->winner().version;
            answer.entries = &winner;
            answer.entry_count = 1;
            const auto& text = lost->winner().value;
            std::from_chars(text.data(), text.data() + text.size(), answer.number);
        }
        done.reply(answer);
    }

    template <class Call>
    static void run(mf_state_done done, Call&& call) noexcept {
        guard<state_completion>(done, std::forward<Call>(call), &to_reply);
    }

    static void get(mf_state* state, const mf_call* call, mf_slice space, mf_slice key,
                    mf_state_done done) noexcept {
        run(done, [&](state_completion answer) {
            if constexpr (blocking) {
                const std::optional<stored> found = of(state).get(view(space), view(key));
                if (found)
                    answer.entry(view(key), found->value, found->version);
                else
                    answer.fail(MF_NOT_FOUND, "no such key");
            } else {
                of(state).get(*call, view(space), view(key), std::move(answer));
            }
        });
    }

    static void put(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_slice value,
                    mf_condition when, mf_state_done done) noexcept {
        run(done, [&](state_completion answer) {
            if constexpr (blocking) {
                answer.entry({}, {}, of(state).put(view(space), view(key), view(value), when));
            } else {
                of(state).put(*call, view(space), view(key), view(value), when, std::move(answer));
            }
        });
    }

    static void remove(mf_state* state, const mf_call* call, mf_slice space, mf_slice key, mf_condition when,
                       mf_state_done done) noexcept {
        run(done, [&](state_completion answer) {
            if constexpr (blocking) {
                if (of(state).remove(view(space), view(key), when))
                    answer.ok();
                else
                    answer.fail(MF_NOT_FOUND, "no such key");
            } else {
                of(state).remove(*call, view(space), view(key), when, std::move(answer));
            }
        });
    }

    static void scan(mf_state* state, const mf_call* call, mf_slice space, mf_slice after,
                     std::uint32_t limit, mf_state_done done) noexcept {
        run(done, [&](state_completion answer) {
            if constexpr (blocking) {
                const page found = of(state).scan(view(space), view(after), limit);
                std::vector<mf_entry> entries;
                entries.reserve(found.records.size());
                for (const auto& one : found.records)
                    entries.push_back({slice(one.key), slice(one.value), one.version});
                answer.entries(entries, found.more);
            } else {
                of(state).scan(*call, view(space), view(after), limit, std::move(answer));
            }
        });
    }

    static void clear(mf_state* state, const mf_call* call, mf_slice space, mf_state_done done) noexcept {
        run(done, [&](state_completion answer) {
            if constexpr (blocking)
                answer.cleared(of(state).clear(view(space)));
            else
                of(state).clear(*call, view(space), std::move(answer));
        });
    }

    static constexpr auto start() -> decltype(mf_state_ops::start) {
        if constexpr (requires(T& state, const mf_state_events& events) {
                          state.start(events, state_completion());
                      }) {
            return [](mf_state* state, const mf_state_events* events, mf_state_done done) noexcept {
                run(done, [&](state_completion answer) { of(state).start(*events, std::move(answer)); });
            };
        } else if constexpr (requires(T& state, const mf_state_events& events) { state.start(events); }) {
            return [](mf_state* state, const mf_state_events* events, mf_state_done done) noexcept {
                run(done, [&](state_completion answer) {
                    of(state).start(*events);
                    answer.ok();
                });
            };
        } else {
            return nullptr;
        }
    }

    static constexpr auto stop() -> decltype(mf_state_ops::stop) {
        if constexpr (requires(T& state) { state.stop(state_completion()); }) {
            return [](mf_state* state, mf_state_done done) noexcept {
                run(done, [&](state_completion answer) { of(state).stop(std::move(answer)); });
            };
        } else if constexpr (requires(T& state) { state.stop(); }) {
            return [](mf_state* state, mf_state_done done) noexcept {
                run(done, [&](state_completion answer) {
                    of(state).stop();
                    answer.ok();
                });
            };
        } else {
            return nullptr;
        }
    }

    static constexpr auto batch() -> decltype(mf_state_ops::batch) {
        using operations = std::span<const mf_batch_op>;
        if constexpr (requires(T& state, operations ops) { state.batch(ops); }) {
            return [](mf_state* state, const mf_call*, const mf_batch_op* ops, std::size_t count,
                      mf_state_done done) noexcept {
                run(done, [&](state_completion answer) {
                    const std::vector<std::uint64_t> versions = of(state).batch(operations(ops, count));
                    std::vector<mf_entry> entries;
                    entries.reserve(versions.size());
                    for (const auto version : versions)
                        entries.push_back({{}, {}, version});
                    answer.entries(entries);
                });
            };
        } else if constexpr (requires(T& state, const mf_call& call, operations ops) {
                                 state.batch(call, ops, state_completion());
                             }) {
            return [](mf_state* state, const mf_call* call, const mf_batch_op* ops, std::size_t count,
                      mf_state_done done) noexcept {
                run(done, [&](state_completion answer) {
                    of(state).batch(*call, operations(ops, count), std::move(answer));
                });
            };
        } else {
            return nullptr;
        }
    }

    static constexpr auto add() -> decltype(mf_state_ops::add) {
        if constexpr (requires(T& state, std::string_view text, std::int64_t n) {
                          state.add(text, text, n, n, n);
                      }) {
            return [](mf_state* state, const mf_call*, mf_slice space, mf_slice key, std::int64_t delta,
                      std::int64_t min, std::int64_t max, mf_state_done done) noexcept {
                run(done, [&](state_completion answer) {
                    const counted now = of(state).add(view(space), view(key), delta, min, max);
                    answer.entry({}, {}, now.version, now.number);
                });
            };
        } else if constexpr (requires(T& state, const mf_call& call, std::string_view text, std::int64_t n) {
                                 state.add(call, text, text, n, n, n, state_completion());
                             }) {
            return [](mf_state* state, const mf_call* call, mf_slice space, mf_slice key, std::int64_t delta,
                      std::int64_t min, std::int64_t max, mf_state_done done) noexcept {
                run(done, [&](state_completion answer) {
                    of(state).add(*call, view(space), view(key), delta, min, max, std::move(answer));
                });
            };
        } else {
            return nullptr;
        }
    }

    static constexpr auto peers() -> decltype(mf_state_ops::peers) {
        if constexpr (requires(T& state, std::string_view text) { state.peers(text, text); }) {
            return [](mf_state* state, const mf_call*, mf_slice topic, mf_slice payload, mf_peer_sink sink,
                      mf_state_done done) noexcept {
                run(done, [&](state_completion answer) {
                    for (const peer_result& one : of(state).peers(view(topic), view(payload))) {
                        const mf_peer_reply sent{sizeof(mf_peer_reply), one.status, slice(one.node),
                                                 slice(one.payload)};
                        sink.call(sink.ctx, &sent);
                    }
                    answer.ok();
                });
            };
        } else if constexpr (requires(T& state, const mf_call& call, std::string_view text,
                                      mf_peer_sink sink) {
                                 state.peers(call, text, text, sink, state_completion());
                             }) {
            return [](mf_state* state, const mf_call* call, mf_slice topic, mf_slice payload,
                      mf_peer_sink sink, mf_state_done done) noexcept {
                run(done, [&](state_completion answer) {
                    of(state).peers(*call, view(topic), view(payload), sink, std::move(answer));
                });
            };
        } else {
            return nullptr;
        }
    }

    static constexpr auto describe() -> decltype(mf_state_ops::describe) {
        if constexpr (requires(T& state) {
                          { state.describe() } -> std::same_as<info>;
                      }) {
            return [](mf_state* state, mf_state_info_done done) noexcept {
                mf_state_info sent{};
                sent.struct_size = sizeof(sent);
                try {
                    const info now = of(state).describe();
                    std::vector<mf_member> members;
                    members.reserve(now.members.size());
                    for (const auto& one : now.members) {
                        members.push_back({slice(one.id), slice(one.address), slice(one.version), one.lag,
                                           one.coordinator ? 1 : 0, one.local ? 1 : 0});
                    }
                    sent.clustered = now.clustered ? 1 : 0;
                    sent.visible_everywhere = now.visible_everywhere ? 1 : 0;
                    sent.node_id = slice(now.node_id);
                    sent.cluster_name = slice(now.cluster_name);
                    sent.coordinator = slice(now.coordinator);
                    sent.members = members.data();
                    sent.member_count = members.size();
                    sent.revision = now.revision;
                    sent.max_value_size = now.max_value_size;
                    sent.max_batch = now.max_batch;
                    done.call(done.ctx, &sent);
                } catch (...) {
                    // There is no status in this reply: an info without a node id says that it could not be
                    // made.
                    const mf_state_info unknown{sizeof(mf_state_info), 0, {}, {}, {}, nullptr, 0, 0, 0, 0, 0};
                    done.call(done.ctx, &unknown);
                }
            };
        } else {
            return nullptr;
        }
    }

    static constexpr auto settled() -> decltype(mf_state_ops::settled) {
        if constexpr (requires(T& state, std::uint64_t events) { state.settled(events); }) {
            return [](mf_state* state, std::uint64_t events) noexcept { of(state).settled(events); };
        } else {
            return nullptr;
        }
    }

    static constexpr auto contact() -> decltype(mf_state_ops::contact) {
        if constexpr (requires(T& state) {
                          { state.contact() } -> std::same_as<std::int32_t>;
                      }) {
            return [](mf_state* state) noexcept { return of(state).contact(); };
        } else {
            return nullptr;
        }
    }
};

template <class T>
inline constexpr mf_state_ops state_table{
    sizeof(mf_state_ops),       calls_of<T>(blocking_state<T> ? MF_CALLS_SERIAL : MF_CALLS_NONBLOCKING),
    &open<T, mf_state>,         state_calls<T>::start(),
    state_calls<T>::stop(),     &close<T, mf_state>,
    &state_calls<T>::get,       &state_calls<T>::put,
    &state_calls<T>::remove,    &state_calls<T>::scan,
    &state_calls<T>::clear,     state_calls<T>::batch(),
    state_calls<T>::add(),      state_calls<T>::peers(),
    state_calls<T>::describe(), state_calls<T>::settled(),
    state_calls<T>::contact(),
};

} // namespace detail

template <class T>
    requires blocking_state<T> || async_state<T>
constexpr mf_plugin describe_state(const char* name, const char* version) {
    return detail::descriptor<T>(name, version, &detail::state_table<T>, nullptr);
}

} // namespace mockfleet::plugin

/// MF_STATE_PLUGIN("mine", "0.1", my_backend) defines the descriptor of state-mine.so; at namespace scope,
/// once.
#define MF_STATE_PLUGIN(backend_name, backend_version, ...)                                                  \
    extern "C" MF_EXPORT constinit const mf_plugin mf_plugin_v1 =                                            \
        ::mockfleet::plugin::describe_state<__VA_ARGS__>("state-" backend_name, backend_version)
