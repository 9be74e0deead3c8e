// The route table (core.md 1.1) and the headers that every control answer carries.
#include "control/router.hpp"

#include "base/log.hpp"
#include "control/cors.hpp"
#include "control/node_health.hpp"
#include "control/resources.hpp"
#include "control/unbuilt.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>

namespace mockfleet::control {

namespace {

struct route {
    std::string_view method;
    std::string_view name; ///< without the leading slash
    resource handler;
    bool alone = false;  ///< about this node, so it is answered while the node is cut off from the fleet too
    bool prefix = false; ///< with /mockserver/ only; without it the path is the user's to mock
    bool early = false;  ///< answered before the node has joined its fleet, too
};

constexpr std::array routes{
    route{"PUT", "expectation", put_expectation},
    route{"PUT", "clear", clear},
    route{"PUT", "reset", reset},
    route{"PUT", "retrieve", retrieve},
    route{"PUT", "verify", verify},
    route{"PUT", "verifySequence", verify_sequence},
    route{"PUT", "status", status, true},
    route{"PUT", "bind", bind, true},
    route{"PUT", "stop", stop, true},
    route{"GET", "configuration", read_configuration, true},
    route{"PUT", "configuration", change_configuration, true},
    route{"GET", "ready", ready, true, false, true},
    route{"GET", "live", live, true, true, true},
    route{"GET", "cluster", read_cluster, true, false, true},
    route{"GET", "metrics", read_metrics, true, true},
    route{"GET", "scenario", list_scenarios},
    route{"PUT", "files/store", store_file},
    route{"PUT", "files/retrieve", retrieve_file},
    route{"PUT", "files/list", list_files},
    route{"PUT", "files/delete", delete_file},
    route{"GET", "cassettes", list_cassettes},
    route{"PUT", "cassettes", put_cassette},
    route{"DELETE", "cassettes", delete_cassette},
};

/// Names that go on: the rest of the path, not decoded, says what is meant.
constexpr std::array open_routes{
    route{"GET", "scenario/", read_scenario},
    route{"PUT", "scenario/", change_scenario},
};

constexpr std::size_t longest_short_body = 4096;

constexpr std::string_view prefix = "/mockserver/";

/// The longest name decides how long a path can be and still be a control path.
constexpr std::size_t longest_name = [] {
    std::size_t longest = 0;
    for (const auto& one : routes)
        longest = std::max(longest, one.name.size());
    return longest;
}();

const route* find_route(std::string_view method, std::string_view path) {
    const bool prefixed = path.starts_with(prefix);
    if (prefixed)
        path.remove_prefix(prefix.size());
    else if (path.starts_with('/'))
        path.remove_prefix(1);
    else
        return nullptr;
    if (path.size() <= longest_name) {
        for (const auto& one : routes) {
            if (one.name == path && one.method == method) return prefixed || !one.prefix ? &one : nullptr;
        }
    }
    for (const auto& one : open_routes) {
        if (path.starts_with(one.name) && one.method == method) return &one;
    }
    return nullptr;
}

} // namespace

struct router::state {
    wiring parts;

    /// Replaced whole, and kept, because requests look at it while it changes.
    std::atomic<const std::string*> liveness_path{nullptr};
    std::mutex changing;
    std::deque<std::string> liveness_paths;

    [[nodiscard]] bool is_liveness(std::string_view path) const {
        const auto& configured = *liveness_path.load(std::memory_order_acquire);
        return !configured.empty() && path == configured;
    }
    void set_liveness(const std::string& path) {
        const std::lock_guard lock(changing);
        if (!liveness_paths.empty() && liveness_paths.back() == path) return;
        liveness_paths.push_back(path);
        liveness_path.store(&liveness_paths.back(), std::memory_order_release);
    }
};

router::router(const wiring& parts) : state_(std::make_shared<state>()) {
    state_->parts = parts;
    parts.settings->on_change([state = state_](const config::settings& now) {
        state->set_liveness(now.text("livenessHttpGetPath"));
    });
}

router::~router() = default;

bool router::handles(std::string_view method, std::string_view path) const {
    const bool reads = method == "GET";
    if ((reads || method == "PUT" || method == "DELETE") && find_route(method, path) != nullptr) return true;
    return (reads && state_->is_liveness(path)) || is_unbuilt(method, path);
}

bool router::is_short(const model::request_view& request) {
    if (request.method != "PUT" || request.path != "/mockserver/expectation") return false;
    const auto body = request.body;
    if (body.size() > longest_short_body) return false;
    // A counted repetition of a regular expression multiplies what has to be compiled; as an escape it would
    // not be seen.
    if (body.find("\\u") != std::string_view::npos) return false;
    for (auto at = body.find('{'); at != std::string_view::npos; at = body.find('{', at + 1)) {
        const char next = at + 1 < body.size() ? body[at + 1] : ' ';
        if (next == ',' || (next >= '0' && next <= '9')) return false;
    }
    return true;
}

boost::asio::awaitable<answer> router::handle(model::request request) const {
    call current(request);
    co_return co_await answer_to(&current);
}

boost::asio::awaitable<answer> router::attempt(const model::request* request) const {
    call current(*request, call::pace::at_once);
    co_return co_await answer_to(&current);
}

boost::asio::awaitable<answer> router::answer_to(call* asked) const {
    auto& current = *asked;
    const auto path = current.request().path;
    const auto method = current.request().method;
    const bool liveness = method == "GET" && state_->is_liveness(path);
    const auto* target = find_route(method, path);
    const bool unbuilt = target == nullptr && !liveness;
    answer made;
    const bool about_node = target == nullptr || target->alone;
    const bool any_time = liveness || (target != nullptr && target->early);
    try {
        if (!any_time && !state_->parts.health->is_loaded())
            made = joining_answer();
        else if (unbuilt)
            made = unbuilt_answer(method, path);
        else if (!about_node && state_->parts.health->in_contact() == store::contact::lost)
            made = isolated_answer();
        else
            made =
                co_await (target != nullptr ? target->handler : resource(status))(&state_->parts, &current);
    } catch (const std::exception& bug) {
        base::log::error("control-call-failed", "a control call failed unexpectedly",
                         {{"path", std::string(path)}, {"error", bug.what()}});
        made = text_answer(500,
                           "unexpected error processing request, see the log for path: " + std::string(path));
    }
    if (made.left_over) co_return made;
    const cors_policy cors(state_->parts.settings->current());
    for (auto& header : cors_headers(cors, current.request()))
        made.headers.push_back(std::move(header));
    if (!path.starts_with(prefix) && !liveness && !is_socket(path)) {
        const std::string bare(path);
        made.headers.emplace_back("deprecated",
                                  "\"" + bare + "\" is deprecated use \"/mockserver" + bare + "\" instead");
    }
    co_return made;
}

} // namespace mockfleet::control
