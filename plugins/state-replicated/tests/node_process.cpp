// A node of a fleet in a process of its own, driven by lines: for tests that kill and stop processes.
//   node_process NAME ENDPOINT...    then on stdin: put S K V | get S K | add S K N | contact | members |
//   stop
// One line of answer each: STATUS NUMBER TEXT.
#include "fleet_node.hpp"

#include <mockfleet/state.hpp>

#include <cstdio>
#include <future>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

using namespace mockfleet;
using namespace mockfleet::replicated;

namespace {

struct outcome {
    mf_status status = MF_INTERNAL;
    std::int64_t number = 0;
    std::string text;
};

template <class Call>
outcome wait(Call call) {
    std::promise<outcome> promise;
    auto future = promise.get_future();
    call(plugin::state_completion({[](void* ctx, const mf_state_reply* got) {
                                       outcome one{got->status, got->number,
                                                   std::string(plugin::view(got->message))};
                                       if (got->entry_count != 0)
                                           one.text = plugin::view(got->entries[0].value);
                                       static_cast<std::promise<outcome>*>(ctx)->set_value(std::move(one));
                                   },
                                   &promise}));
    return future.get();
}

mf_host host_table() {
    mf_host table{};
    table.struct_size = sizeof table;
    table.abi_minor = MF_ABI_MINOR;
    table.log_enabled = [](void*, int32_t) -> int32_t { return 1; };
    table.log = [](void*, int32_t, mf_slice message, const mf_pair*, size_t) {
        std::cerr << plugin::view(message) << '\n';
    };
    table.count = [](void*, mf_slice, int64_t) {};
    table.cancelled = [](void*, const mf_call*) -> int32_t { return 0; };
    table.on_peer = [](void*, mf_slice, mf_slice payload, mf_peer_answer answer) {
        answer.call(answer.ctx, MF_OK, payload);
    };
    return table;
}

} // namespace

int main(int count, char** arguments) {
    settings asked;
    asked.clustered = true;
    asked.cluster_name = "test";
    asked.engine = engine_mode::external;
    asked.own_name = arguments[1];
    asked.address = "127.0.0.1";
    asked.ack_port = 0;
    asked.token = "secret";
    for (int i = 2; i < count; ++i)
        asked.engine_endpoints.emplace_back(arguments[i]);
    const auto table = host_table();
    const mf_state_events events{
        sizeof(mf_state_events), 0,           nullptr, [](void*, mf_slice, mf_slice, uint64_t) {},
        [](void*, mf_slice) {},  [](void*) {}};
    fleet_node node(asked, plugin::host(&table));
    const mf_call call{sizeof(mf_call), 0, 0, {}};
    const auto tell = [](const outcome& one) {
        std::cout << one.status << ' ' << one.number << ' ' << one.text << std::endl;
    };
    tell(wait([&](auto done) { node.start(events, std::move(done)); }));
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream words(line);
        std::string what;
        std::string space;
        std::string key;
        words >> what >> space >> key;
        if (what == "put") {
            std::string value;
            words >> value;
            tell(wait([&](auto done) { node.put(call, space, key, value, {}, std::move(done)); }));
        } else if (what == "get") {
            tell(wait([&](auto done) { node.get(call, space, key, std::move(done)); }));
        } else if (what == "add") {
            std::int64_t delta = 0;
            words >> delta;
            tell(wait([&](auto done) { node.add(call, space, key, delta, 0, INT64_MAX, std::move(done)); }));
        } else if (what == "contact") {
            tell({MF_OK, node.contact(), {}});
        } else if (what == "members") {
            tell({MF_OK, static_cast<std::int64_t>(node.describe().members.size()), {}});
        } else if (what == "stop") {
            break;
        }
    }
    tell(wait([&](auto done) { node.stop(std::move(done)); }));
    return 0;
}
