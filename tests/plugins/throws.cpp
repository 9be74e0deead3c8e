// A plugin on state.hpp that throws, or forgets to answer, in every way: the wrapper turns each into a reply.
#include <mockfleet/state.hpp>

#include <new>

using namespace mockfleet::plugin;

class throws {
public:
    explicit throws(const config& settings) {
        if (settings.flag("refuse")) throw failure(MF_DENIED, "the licence has run out");
    }
    static constexpr mf_config_key keys[] = {{"refuse", "bool", "false", "fail in the constructor"}};

    void get(const mf_call&, std::string_view, std::string_view key, state_completion done) {
        if (key == "failure") throw failure(MF_UNAVAILABLE, "try again");
        if (key == "exception") throw std::runtime_error("a bug");
        if (key == "memory") throw std::bad_alloc();
        if (key == "number") throw 42;
        if (key == "conflict") throw conflict({"7", 3});
        if (key == "forget") return;
        if (key == "answer, then throw") {
            done.entry(key, "value", 1);
            throw std::runtime_error("too late to matter");
        }
        done.entry(key, "value", 1);
    }
    void put(const mf_call&, std::string_view, std::string_view, std::string_view, mf_condition,
             state_completion) {}
    void remove(const mf_call&, std::string_view, std::string_view, mf_condition, state_completion) {}
    void scan(const mf_call&, std::string_view, std::string_view, std::uint32_t, state_completion) {}
    void clear(const mf_call&, std::string_view, state_completion) {}
    info describe() { throw std::runtime_error("no idea"); }
};

MF_STATE_PLUGIN("throws", "1", throws);
