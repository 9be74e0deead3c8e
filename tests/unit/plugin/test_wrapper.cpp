// The author's side in C++: configuration, completions, the tables that the macros make.
#include <mockfleet/blob.hpp>
#include <mockfleet/state.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace mockfleet::plugin;

struct seen {
    int answers = 0;
    mf_status status = MF_OK;
    std::string message;

    mf_state_done done() {
        return {[](void* ctx, const mf_state_reply* reply) {
                    auto& self = *static_cast<seen*>(ctx);
                    ++self.answers;
                    self.status = reply->status;
                    self.message = view(reply->message);
                    CHECK(reply->struct_size == sizeof(mf_state_reply));
                },
                this};
    }
};

class blocking {
public:
    static constexpr const char* summary = "for this test";
    static constexpr mf_config_key keys[] = {{"a", "string", "", "one"}, {"b", "int", "1", "two"}};
    static constexpr mf_calls calls = MF_CALLS_PARALLEL;
    std::optional<stored> get(std::string_view, std::string_view) { return std::nullopt; }
    std::uint64_t put(std::string_view, std::string_view, std::string_view, mf_condition) { return 1; }
    bool remove(std::string_view, std::string_view, mf_condition) { return true; }
    page scan(std::string_view, std::string_view, std::uint32_t) { return {}; }
    std::uint64_t clear(std::string_view) { return 0; }
    counted add(std::string_view, std::string_view, std::int64_t, std::int64_t, std::int64_t) {
        return {1, 1};
    }
    std::vector<peer_result> peers(std::string_view, std::string_view) { return {{"n", MF_OK, "p"}}; }
    void stop() {}
};

class missing_clear {
public:
    std::optional<stored> get(std::string_view, std::string_view) { return std::nullopt; }
    std::uint64_t put(std::string_view, std::string_view, std::string_view, mf_condition) { return 1; }
    bool remove(std::string_view, std::string_view, mf_condition) { return true; }
    page scan(std::string_view, std::string_view, std::uint32_t) { return {}; }
};

constinit const mf_plugin descriptor = describe_state<blocking>("state-test", "3");

static_assert(blocking_state<blocking> && !async_state<blocking>);
static_assert(!blocking_state<missing_clear> && !async_state<missing_clear>);

} // namespace

TEST_CASE("the descriptor has what the class has, and null for the rest") {
    CHECK(descriptor.struct_size == sizeof(mf_plugin));
    CHECK(std::string_view(descriptor.name) == "state-test");
    CHECK(std::string_view(descriptor.summary) == "for this test");
    CHECK(descriptor.key_count == 2);
    CHECK(descriptor.blob == nullptr);
    const auto& ops = *descriptor.state;
    CHECK(ops.calls == MF_CALLS_PARALLEL);
    CHECK((ops.get != nullptr));
    CHECK((ops.add != nullptr));
    CHECK((ops.peers != nullptr));
    CHECK((ops.stop != nullptr));
    CHECK((ops.start == nullptr));
    CHECK((ops.batch == nullptr));
    CHECK((ops.describe == nullptr));
}

TEST_CASE("configuration") {
    const std::vector<mf_pair> pairs{{slice("text"), slice("words")}, {slice("n"), slice("-12")},
                                     {slice("on"), slice("true")},    {slice("peers.0"), slice("a")},
                                     {slice("peers.1"), slice("b")},  {slice("empty"), slice("")}};
    const config settings(pairs);
    CHECK(settings.text("text") == "words");
    CHECK(settings.text("other").empty());
    CHECK(settings.number("n") == -12);
    CHECK(settings.number("text") == 0);
    CHECK(settings.flag("on"));
    CHECK(!settings.flag("text"));
    CHECK(settings.has("empty"));
    CHECK(!settings.has("other"));
    CHECK(settings.list("peers") == std::vector<std::string_view>{"a", "b"});
    CHECK(settings.list("text").empty());
}

TEST_CASE("a completion answers exactly once") {
    seen one;
    {
        state_completion done(one.done());
        CHECK(static_cast<bool>(done));
        done.fail(MF_DENIED, "no");
        CHECK(!done);
        done.ok();
    }
    CHECK(one.answers == 1);
    CHECK(one.message == "no");
}

TEST_CASE("a completion that is forgotten says so, wherever it was moved") {
    seen one;
    {
        state_completion first(one.done());
        state_completion second(std::move(first));
        std::vector<state_completion> kept;
        kept.push_back(std::move(second));
        CHECK(one.answers == 0);
    }
    CHECK(one.answers == 1);
    CHECK(one.status == MF_INTERNAL);
    CHECK(one.message == "dropped");
}

TEST_CASE("assigning over a completion drops what it had") {
    seen one;
    seen two;
    state_completion done(one.done());
    done = state_completion(two.done());
    CHECK(one.message == "dropped");
    done.ok();
    CHECK(two.status == MF_OK);
    CHECK(two.answers == 1);
}

TEST_CASE("a call of a blocking class answers before it returns") {
    blocking instance;
    auto* const state = reinterpret_cast<mf_state*>(&instance);
    const mf_call call{sizeof(mf_call), 0, 0, {nullptr, 0}};
    seen one;
    descriptor.state->get(state, &call, slice("s"), slice("k"), one.done());
    CHECK(one.status == MF_NOT_FOUND);
    descriptor.state->put(state, &call, slice("s"), slice("k"), slice("v"), {}, one.done());
    CHECK(one.status == MF_OK);
    CHECK(one.answers == 2);
    int replies = 0;
    descriptor.state->peers(state, &call, slice("t"), slice("p"),
                            {[](void* ctx, const mf_peer_reply* reply) {
                                 CHECK(view(reply->node) == "n");
                                 ++*static_cast<int*>(ctx);
                             },
                             &replies},
                            one.done());
    CHECK(replies == 1);
    CHECK(one.answers == 3);
}
