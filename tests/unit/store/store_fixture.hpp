// What the tests of the store share: short ways to make expectations and exchanges, and to run coroutines.
#pragma once

#include "../../support/fake_state.hpp"
#include "store/event_log.hpp"
#include "store/expectations.hpp"
#include "store/scenarios.hpp"
#include "store/state_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::tests {

/// Contexts to be used again and never destroyed before the end: the backend's thread that resumed the last
/// work may still be inside its post.
class context_store {
public:
    std::unique_ptr<boost::asio::io_context> take() {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) return std::make_unique<boost::asio::io_context>(1);
        auto context = std::move(idle_.back());
        idle_.pop_back();
        return context;
    }
    void put_back(std::unique_ptr<boost::asio::io_context> context) {
        context->restart();
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(context));
    }

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<boost::asio::io_context>> idle_;
};

/// Runs a coroutine to its end on the calling thread.
template <class Value>
Value run(boost::asio::awaitable<Value> work) {
    static context_store contexts;
    auto context = contexts.take();
    auto outcome = boost::asio::co_spawn(*context, std::move(work), boost::asio::use_future);
    context->run();
    contexts.put_back(std::move(context));
    return outcome.get();
}

inline model::request_matcher matcher(std::string path, std::string method = {}) {
    model::request_matcher made;
    made.path = model::parse_prefixed(path);
    made.method = model::parse_prefixed(method);
    return made;
}

inline model::expectation expectation(std::string id, std::string path, std::string body = "ok") {
    model::expectation made;
    made.id = std::move(id);
    made.request = matcher(std::move(path));
    made.response.emplace();
    made.response->status_code = 200;
    made.response->body.emplace();
    made.response->body->text = std::move(body);
    return made;
}

/// A request that owns its bytes.
struct sample {
    std::string method;
    std::string path;
    std::string query = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};

    [[nodiscard]] const model::request_view& view() {
        views_.clear();
        for (const auto& [name, value] : headers)
            views_.push_back({name, value});
        view_.method = method;
        view_.path = path;
        view_.query = query;
        view_.headers = views_;
        body.reserve(body.size() + 64);
        view_.body = body;
        view_.local_address = "127.0.0.1:1080";
        view_.remote_address = "127.0.0.1:50000";
        return view_;
    }

    std::vector<model::header_view> views_ = {};
    model::request_view view_ = {};
};

/// A store over a fake backend with a clock that stands still.
struct fixture {
    explicit fixture(std::size_t max_expectations = 15000, bool with_batch = true)
        : state(with_batch), log(2), machines(store::state_client(state.backend())),
          live(store::state_client(state.backend()), machines, {}, log, {max_expectations},
               [this] { return now; }) {}

    store::live_list put(std::vector<model::expectation> posted) {
        auto outcome = run(live.upsert(std::move(posted)));
        if (!outcome) throw std::runtime_error(outcome.error().message);
        return *outcome;
    }
    store::live_pointer put(model::expectation posted) {
        std::vector<model::expectation> one;
        one.push_back(std::move(posted));
        return put(std::move(one)).front();
    }

    /// What would answer; empty if nothing does.
    std::string match(std::string path, std::size_t slot = 0) {
        sample request{"GET", std::move(path)};
        matching::request_facts facts;
        facts.begin(request.view());
        const auto guard = live.read(slot);
        const auto* hit = live.match(guard, facts, now, slot);
        return hit == nullptr ? "" : hit->definition.id;
    }

    /// Receives a request as the data plane does: match, record.
    std::string receive(sample request, std::size_t slot = 0) {
        matching::request_facts facts;
        facts.begin(request.view());
        const auto guard = live.read(slot);
        const auto* hit = live.match(guard, facts, now, slot);
        store::exchange made;
        made.request = &request.view();
        made.served_by = hit;
        if (hit != nullptr && hit->definition.response) made.response = &*hit->definition.response;
        made.status = hit == nullptr ? 404 : 200;
        made.stamp_ns = ++tick;
        made.wall_ns = now;
        log.record(slot, made);
        return hit == nullptr ? "" : hit->definition.id;
    }
    std::string receive(std::string method, std::string path) {
        return receive(sample{std::move(method), std::move(path)});
    }

    [[nodiscard]] std::vector<std::string> active() const {
        std::vector<std::string> ids;
        for (const auto& one : live.active())
            ids.push_back(one->definition.id);
        return ids;
    }

    std::int64_t now = 1'780'000'000'123'000'000;
    std::int64_t tick = 0;
    fake_state state;
    store::event_log log;
    store::scenarios machines;
    store::expectations live;
};

} // namespace mockfleet::tests
