// For authors of plugins in C++: configuration, log, failures, and the completion of an asynchronous call.
// Std only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mockfleet/abi.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace mockfleet::plugin {

inline mf_slice slice(std::string_view text) {
    return {text.data(), text.size()};
}
inline std::string_view view(mf_slice bytes) {
    return bytes.size == 0 ? std::string_view() : std::string_view(bytes.data, bytes.size);
}

/// What a call or a constructor throws to answer another status than MF_INTERNAL. `index` is for batch only.
class failure : public std::runtime_error {
public:
    failure(mf_status status, const std::string& message, std::size_t index = 0)
        : std::runtime_error(message), status_(status), index_(index) {}
    [[nodiscard]] mf_status status() const { return status_; }
    [[nodiscard]] std::size_t index() const { return index_; }

private:
    mf_status status_;
    std::size_t index_;
};

/// The settings of the instance, checked and normalised by the host against the keys that the plugin
/// declared. Borrowed: valid during the constructor only.
class config {
public:
    explicit config(std::span<const mf_pair> pairs) : pairs_(pairs) {}

    [[nodiscard]] bool has(std::string_view key) const { return find(key).has_value(); }

    /// Empty when there is no value.
    [[nodiscard]] std::string_view text(std::string_view key) const {
        return find(key).value_or(std::string_view());
    }

    /// For "int", "duration" (nanoseconds) and "size" (bytes); 0 when there is no value.
    [[nodiscard]] std::int64_t number(std::string_view key) const {
        const auto digits = text(key);
        std::int64_t parsed = 0;
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed);
        if (problem != std::errc() || end != digits.data() + digits.size()) return 0;
        return parsed;
    }

    [[nodiscard]] bool flag(std::string_view key) const { return text(key) == "true"; }

    [[nodiscard]] std::vector<std::string_view> list(std::string_view key) const {
        std::vector<std::string_view> items;
        for (;;) {
            const auto item = find(std::string(key) + "." + std::to_string(items.size()));
            if (!item) return items;
            items.push_back(*item);
        }
    }

private:
    [[nodiscard]] std::optional<std::string_view> find(std::string_view key) const {
        for (const auto& pair : pairs_) {
            if (view(pair.key) == key) return view(pair.value);
        }
        return std::nullopt;
    }

    std::span<const mf_pair> pairs_;
};

/// Writes to the operator's log under the plugin's name. Any thread; a copy is as good as the original.
class logger {
public:
    using field = std::pair<std::string_view, std::string_view>;

    explicit logger(const mf_host* host) : host_(host) {}
    void debug(std::string_view message, std::initializer_list<field> fields = {}) const {
        write(MF_LOG_DEBUG, message, fields);
    }
    void info(std::string_view message, std::initializer_list<field> fields = {}) const {
        write(MF_LOG_INFO, message, fields);
    }
    void warn(std::string_view message, std::initializer_list<field> fields = {}) const {
        write(MF_LOG_WARN, message, fields);
    }
    void error(std::string_view message, std::initializer_list<field> fields = {}) const {
        write(MF_LOG_ERROR, message, fields);
    }

    [[nodiscard]] bool enabled(std::int32_t level) const {
        return host_->log_enabled(host_->ctx, level) != 0;
    }

private:
    void write(std::int32_t level, std::string_view message, std::initializer_list<field> fields) const {
        if (!enabled(level)) return;
        std::vector<mf_pair> pairs;
        pairs.reserve(fields.size());
        for (const auto& [key, value] : fields)
            pairs.push_back({slice(key), slice(value)});
        host_->log(host_->ctx, level, slice(message), pairs.data(), pairs.size());
    }

    const mf_host* host_;
};

/// What the program offers to an instance, until its destructor has returned. Any thread; a copy is as good.
class host {
public:
    explicit host(const mf_host* table) : table_(table) {}

    [[nodiscard]] logger log() const { return logger(table_); }
    void count(std::string_view metric, std::int64_t add = 1) const {
        table_->count(table_->ctx, slice(metric), add);
    }
    void run_after(std::uint64_t ns, void (*fn)(void*), void* arg) const {
        table_->run_after(table_->ctx, ns, fn, arg);
    }
    [[nodiscard]] bool cancelled(const mf_call& call) const {
        return table_->cancelled(table_->ctx, &call) != 0;
    }
    void lost(std::string_view reason) const { table_->lost(table_->ctx, slice(reason)); }
    [[nodiscard]] const mf_host* table() const { return table_; }

private:
    const mf_host* table_;
};

namespace detail {

/// The call that runs on this thread: an answer dropped while an exception of it unwinds is left to the
/// trampoline, which knows the exception's text.
struct running_call {
    void* ctx;
    bool dropped = false;
    running_call* outer;
};
inline thread_local running_call* current_call = nullptr;

} // namespace detail

/// Answers one asynchronous call, from any thread: exactly once, because it moves, and because its destructor
/// answers MF_INTERNAL "dropped" when nothing else did.
template <class Reply, class Done>
class completion {
public:
    completion() = default;
    explicit completion(Done done) : done_(done) {}
    completion(completion&& other) noexcept : done_(std::exchange(other.done_, Done{})) {}
    completion& operator=(completion&& other) noexcept {
        if (this != &other) {
            drop();
            done_ = std::exchange(other.done_, Done{});
        }
        return *this;
    }
    ~completion() { drop(); }

    [[nodiscard]] explicit operator bool() const { return done_.call != nullptr; } ///< still to be answered

    /// What the reply points to need only live until this returns.
    void reply(Reply answer) noexcept {
        const auto done = std::exchange(done_, Done{});
        if (done.call == nullptr) return;
        answer.struct_size = sizeof(Reply);
        done.call(done.ctx, &answer);
    }
    void ok() noexcept { reply(Reply{}); }
    void fail(mf_status status, std::string_view message) noexcept {
        Reply answer{};
        answer.status = status;
        answer.message = slice(message);
        reply(answer);
    }

private:
    void drop() noexcept {
        if (done_.call == nullptr) return;
        auto* running = detail::current_call;
        if (running != nullptr && running->ctx == done_.ctx && std::uncaught_exceptions() > 0) {
            running->dropped = true;
            done_ = Done{};
            return;
        }
        fail(MF_INTERNAL, "dropped");
    }

    Done done_{};
};

namespace detail {

template <class T>
constexpr mf_calls calls_of(mf_calls otherwise) {
    if constexpr (requires { T::calls; })
        return T::calls;
    else
        return otherwise;
}

template <class T>
constexpr mf_plugin descriptor(const char* name, const char* version, const mf_state_ops* state,
                               const mf_blob_ops* blob) {
    mf_plugin made{sizeof(mf_plugin), MF_ABI_MINOR, 0, 0, name, version, "", nullptr, 0, state, blob};
    if constexpr (requires { T::summary; }) made.summary = T::summary;
    if constexpr (requires { T::keys; }) {
        made.keys = std::data(T::keys);
        made.key_count = std::size(T::keys);
    }
    return made;
}

/// The instance, constructed from (config, host), (config) or nothing, whatever it has.
template <class T, class Handle>
mf_status open(const mf_host* table, const mf_pair* pairs, std::size_t count, Handle** out) noexcept {
    try {
        const config settings(std::span<const mf_pair>(pairs, count));
        T* made = nullptr;
        if constexpr (std::is_constructible_v<T, const config&, const host&>)
            made = new T(settings, host(table));
        else if constexpr (std::is_constructible_v<T, const config&>)
            made = new T(settings);
        else
            made = new T();
        *out = reinterpret_cast<Handle*>(made);
        return MF_OK;
    } catch (const failure& thrown) {
        table->log(table->ctx, MF_LOG_ERROR, slice(thrown.what()), nullptr, 0);
        return thrown.status();
    } catch (const std::exception& thrown) {
        table->log(table->ctx, MF_LOG_ERROR, slice(thrown.what()), nullptr, 0);
    } catch (...) {
        table->log(table->ctx, MF_LOG_ERROR, slice("an exception that is no std::exception"), nullptr, 0);
    }
    return MF_INTERNAL;
}

template <class T, class Handle>
void close(Handle* handle) noexcept {
    delete reinterpret_cast<T*>(handle);
}

/// Runs one call of the author and turns what it throws into a reply. `to_reply` handles the failures of the
/// table.
template <class Completion, class Done, class Call, class ToReply>
void guard(Done done, Call&& call, ToReply&& to_reply) noexcept {
    running_call running{done.ctx, false, current_call};
    current_call = &running;
    std::optional<Completion> answer;
    const auto taken = [&]() -> Completion& {
        if (!answer && running.dropped) answer.emplace(done);
        if (!answer) answer.emplace(Done{});
        return *answer;
    };
    try {
        call(Completion(done));
        current_call = running.outer;
    } catch (const failure& thrown) {
        current_call = running.outer;
        to_reply(taken(), thrown);
    } catch (const std::bad_alloc&) {
        current_call = running.outer;
        taken().fail(MF_EXHAUSTED, "out of memory");
    } catch (const std::exception& thrown) {
        current_call = running.outer;
        taken().fail(MF_INTERNAL, thrown.what());
    } catch (...) {
        current_call = running.outer;
        taken().fail(MF_INTERNAL, "an exception that is no std::exception");
    }
}

} // namespace detail

} // namespace mockfleet::plugin
