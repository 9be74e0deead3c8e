// state_client and pending over real plugins: inline answers, answers from worker threads and from a plugin's
// own thread.
#include "store/state_client.hpp"

#include "plugin/registry.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace mockfleet;
namespace asio = boost::asio;
using work = std::function<asio::awaitable<void>(store::state_client)>;

/// An open plugin and a client of it.
struct opened {
    plugin::registry plugins{{}};
    plugin::state_backend* backend = nullptr;

    explicit opened(const char* variable) {
        const auto loaded = plugins.open_state_file(std::getenv(variable), {});
        REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message));
        backend = *loaded;
        REQUIRE(plugins.start(nullptr).has_value());
    }
    ~opened() { CHECK(plugins.stop().has_value()); }
};

/// Runs the coroutine to its end on one thread of its own context.
void run(opened& in, const work& what) {
    asio::io_context context(1);
    std::exception_ptr thrown;
    asio::co_spawn(context, what(store::state_client(*in.backend)),
                   [&](std::exception_ptr ended) { thrown = ended; });
    context.run();
    if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> everything(store::state_client state) {
    const auto here = std::this_thread::get_id();
    const auto missing = co_await state.get("s", "k");
    CHECK(!missing.has_value());
    CHECK(missing.error().code == base::errc::not_found);
    const auto created = co_await state.put("s", "k", "one", store::condition::absent());
    REQUIRE(created.has_value());
    CHECK(created->applied);
    const auto again = co_await state.put("s", "k", "two", store::condition::absent());
    REQUIRE(again.has_value());
    CHECK(!again->applied);
    CHECK(again->winner.value == "one");
    CHECK(again->winner.key == "k");
    CHECK(again->winner.version == created->version);
    const auto changed =
        co_await state.put("s", "k", "two", store::condition::unchanged_since(created->version));
    CHECK(changed->version > created->version);
    const auto gone = co_await state.put("s", "x", "two", store::condition::unchanged_since(7));
    CHECK(gone.error().code == base::errc::not_found);
    const auto found = co_await state.get("s", "k");
    CHECK(found->value == "two");
    CHECK(found->version == changed->version);
    for (int i = 0; i < 700; ++i)
        CHECK((co_await state.put("many", std::to_string(1000 + i), "v")).has_value());
    const auto page = co_await state.scan("many", "1009", 2);
    REQUIRE(page->entries.size() == 2);
    CHECK(page->entries[0].key == "1010");
    CHECK(page->more);
    CHECK((co_await state.scan_all("many"))->size() == 700);
    CHECK(*(co_await state.clear("many")) == 700);
    const auto kept = co_await state.remove("s", "k", store::condition::unchanged_since(created->version));
    CHECK(!kept->applied);
    CHECK(kept->winner.version == changed->version);
    CHECK((co_await state.remove("s", "k"))->applied);
    CHECK((co_await state.remove("s", "k")).error().code == base::errc::not_found);
    const auto refused = co_await state.get("", "k");
    CHECK(refused.error().code == base::errc::invalid);
    CHECK(refused.error().message.starts_with(state.backend_name() + ": "));
    CHECK(std::this_thread::get_id() == here);
}

asio::awaitable<void> optional_calls(store::state_client state) {
    co_await state.put("s", "n", "3");
    const std::vector<store::batch_operation> operations{
        {store::batch_operation::kind::put, "s", "a", "1", {}},
        {store::batch_operation::kind::put, "s", "n", "x", store::condition::absent()}};
    const auto refused = co_await state.batch(operations);
    REQUIRE(refused.has_value());
    CHECK(!refused->applied);
    CHECK(refused->failed == 1);
    CHECK(refused->winner.key == "n");
    CHECK(refused->winner.value == "3");
    const auto done = co_await state.batch(std::span(operations).first(1));
    CHECK(done->applied);
    CHECK(done->versions.size() == 1);
    const auto taken = co_await state.add("s", "n", -3, 0, 10);
    CHECK(taken->applied);
    CHECK(taken->number == 0);
    const auto none = co_await state.add("s", "n", -1, 0, 10);
    CHECK(!none->applied);
    CHECK(none->number == 0);
    CHECK((co_await state.add("s", "absent", 1, 0, 10)).error().code == base::errc::not_found);
    CHECK((co_await state.peers("topic", "payload"))->empty());
    const auto info = co_await state.describe();
    CHECK(!info->clustered);
    REQUIRE(info->members.size() == 1);
    CHECK(info->members[0].id == info->node_id);
}

asio::awaitable<void> absent_calls(store::state_client state) {
    const std::vector<store::batch_operation> operations(1);
    CHECK((co_await state.batch(operations)).error().code == base::errc::unsupported);
    CHECK((co_await state.add("s", "n", 1, 0, 1)).error().code == base::errc::unsupported);
    CHECK((co_await state.peers("topic", "payload"))->empty());
    CHECK((co_await state.describe())->members.size() == 1);
}

} // namespace

TEST_CASE("answers that come before the call returns") {
    opened memory("MOCKFLEET_STATE_MEMORY");
    run(memory, everything);
    run(memory, optional_calls);
}

TEST_CASE("answers from a thread of the plugin") {
    opened late("MOCKFLEET_STATE_LATE");
    run(late, everything);
    run(late, absent_calls);
}

TEST_CASE("answers from the host's worker") {
    opened serial("MOCKFLEET_STATE_SERIAL");
    run(serial, everything);
    run(serial, absent_calls);
}

TEST_CASE("many coroutines on several contexts") {
    for (const auto* variable :
         {"MOCKFLEET_STATE_MEMORY", "MOCKFLEET_STATE_LATE", "MOCKFLEET_STATE_SERIAL"}) {
        opened state(variable);
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&state, i] {
                asio::io_context context(1);
                for (int n = 0; n < 20; ++n) {
                    asio::co_spawn(
                        context,
                        [](store::state_client client, std::string key) -> asio::awaitable<void> {
                            for (int round = 0; round < 20; ++round) {
                                const auto value = key + "/" + std::to_string(round);
                                const auto put = co_await client.put("s", key, value);
                                CHECK(put.has_value());
                                const auto got = co_await client.get("s", key);
                                CHECK(got->value == value);
                            }
                        }(store::state_client(*state.backend), std::to_string(i) + "-" + std::to_string(n)),
                        asio::detached);
                }
                context.run();
            });
        }
        for (auto& thread : threads)
            thread.join();
    }
    CHECK(plugin::outstanding_calls(0, plugin::report::always).empty());
    CHECK(plugin::stale_completions() == 0);
}

TEST_CASE("cancelling a coroutine does not tear a call from it") {
    opened late("MOCKFLEET_STATE_LATE");
    asio::io_context context(1);
    asio::cancellation_signal cancel;
    bool completed = false;
    asio::co_spawn(
        context,
        [](store::state_client client, asio::cancellation_signal& signal,
           bool& done) -> asio::awaitable<void> {
            asio::post(co_await asio::this_coro::executor,
                       [&signal] { signal.emit(asio::cancellation_type::terminal); });
            const auto put = co_await client.put("s", "k", "v");
            CHECK(put.has_value());
            done = true;
        }(store::state_client(*late.backend), cancel, completed),
        asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    context.run();
    CHECK(completed);
}
