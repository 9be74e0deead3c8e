// The list of contract core 1.1.6 and 11.5, less what router.cpp has.
#include "control/unbuilt.hpp"

#include "control/call.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace mockfleet::control {

namespace {

enum methods : unsigned { get = 1, put = 2, patch = 4, remove = 8, post = 16 };

unsigned bit_of(std::string_view method) {
    if (method == "GET") return get;
    if (method == "PUT") return put;
    if (method == "PATCH") return patch;
    if (method == "DELETE") return remove;
    return method == "POST" ? post : 0U;
}

struct endpoint {
    unsigned taken;
    std::string_view name; ///< behind /mockserver/; one that ends in a slash goes on
    bool bare = true;      ///< behind a mere slash too
};

constexpr std::array endpoints{
    endpoint{put, "openapi"},
    endpoint{put, "wsdl"},
    endpoint{put, "oidc"},
    endpoint{put, "graphql"},
    endpoint{put, "import"},
    endpoint{put, "pact"},
    endpoint{put, "pact/verify"},
    endpoint{put, "pact/import"},
    endpoint{get | put, "mode"},
    endpoint{put, "debugMismatch"},
    endpoint{put, "explainUnmatched"},
    endpoint{put, "generateExpectation"},
    endpoint{put, "diff"},
    endpoint{put, "replay"},
    endpoint{put, "recordings/promote"},
    endpoint{get, "drift"},
    endpoint{put, "drift/clear"},
    endpoint{put, "breakpoint/matcher"},
    endpoint{get | put, "breakpoint/matchers"},
    endpoint{put, "breakpoint/matcher/remove"},
    endpoint{put, "breakpoint/matcher/clear"},
    endpoint{get | put, "clock"},
    endpoint{get | put | patch, "serviceChaos"},
    endpoint{get | put | patch, "tcpChaos"},
    endpoint{get | put | patch, "grpcChaos"},
    endpoint{get | put | remove, "chaosExperiment"},
    endpoint{get, "chaosExperiment/history"},
    endpoint{get, "chaosExperiment/profiles"},
    endpoint{get | put | remove, "chaosExperiment/profiles/"},
    endpoint{post, "chaosExperiment/apply/"},
    endpoint{get | put | remove, "preemption"},
    endpoint{put, "crud"},
    endpoint{put, "grpc/descriptors"},
    endpoint{put, "grpc/services"},
    endpoint{get | put, "grpc/health"},
    endpoint{put, "grpc/clear"},
    endpoint{get | put | remove, "wasm/modules"},
    endpoint{get | put, "asyncapi"},
    endpoint{put, "asyncapi/verify"},
    endpoint{put, "asyncapi/http"},
    endpoint{put, "contractTest"},
    endpoint{put, "trafficValidate"},
    endpoint{put, "verifySLO"},
    endpoint{get | put | remove, "loadScenario"},
    endpoint{get | put | remove, "loadScenario/"},
    endpoint{get, "audit"},
    endpoint{get, "config"},
    endpoint{get, "proxyConfiguration"},
    endpoint{get, "http3status"},
    endpoint{get | put | post | patch, "mcp", false},
    endpoint{get, "dashboard", false},
    endpoint{get, "dashboard/", false},
    endpoint{get, "openapi.yaml", false},
};

constexpr std::string_view prefix = "/mockserver/";
constexpr std::array<std::string_view, 2> sockets{"/_mockserver_callback_websocket",
                                                  "/_mockserver_ui_websocket"};

/// For each length of a name the first letters that names of this length have, and under 0 those of names
/// that go on: what mocked requests are told apart by.
constexpr std::size_t length_count = 32;
constexpr auto first_letters = [] {
    std::array<std::uint32_t, length_count> letters{};
    for (const auto& one : endpoints) {
        const bool open = one.name.back() == '/';
        letters[open ? 0 : one.name.size()] |= 1U << static_cast<unsigned>(one.name.front() - 'a');
    }
    return letters;
}();

bool may_be_name(std::string_view text) {
    if (text.empty() || text.front() < 'a' || text.front() > 'z') return false;
    const auto letter = 1U << static_cast<unsigned>(text.front() - 'a');
    const auto of_length = text.size() < length_count ? first_letters[text.size()] : 0U;
    return ((of_length | first_letters[0]) & letter) != 0;
}

} // namespace

bool is_unbuilt(std::string_view method, std::string_view path) {
    if (path.size() < 2 || path.front() != '/') return false;
    const bool prefixed = path.starts_with(prefix);
    const auto name = path.substr(prefixed ? prefix.size() : 1);
    if (!prefixed && name.front() == '_') return method == "GET" && is_socket(path);
    if (!may_be_name(name)) return false;
    const auto given = bit_of(method);
    return std::any_of(endpoints.begin(), endpoints.end(), [&](const endpoint& one) {
        if ((one.taken & given) == 0 || (!prefixed && !one.bare)) return false;
        return one.name.back() == '/' ? name.starts_with(one.name) : name == one.name;
    });
}

bool is_socket(std::string_view path) {
    return std::find(sockets.begin(), sockets.end(), path) != sockets.end();
}

answer unbuilt_answer(std::string_view method, std::string_view path) {
    const auto what = std::string(method) + " " + std::string(path);
    return json_answer(501, json::object{{"error", what + " is not supported by this version of mockfleet"}});
}

} // namespace mockfleet::control
