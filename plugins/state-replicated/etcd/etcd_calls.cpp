// Attempts, failover and the meaning of the engine's refusals.
#include "etcd/etcd_calls.hpp"

#include "etcd/etcd_json.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace mockfleet::replicated {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct etcd_calls::asked {
    explicit asked(const asio::any_io_executor& on) : timer(on) {}
    std::string path;
    std::string body;
    manner how = manner::repeat;
    clock::time_point until;
    std::uint32_t attempts = 0;
    std::size_t tried_in_round = 0;
    asio::steady_timer timer;
    body_done done;
};

namespace {

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// Codes of gRPC.
constexpr int grpc_invalid = 3;
constexpr int grpc_deadline = 4;
constexpr int grpc_denied = 7;
constexpr int grpc_exhausted = 8;
constexpr int grpc_out_of_range = 11;
constexpr int grpc_unavailable = 14;
constexpr int grpc_unauthenticated = 16;

} // namespace

etcd_calls::etcd_calls(const asio::any_io_executor& on, etcd_options options)
    : on_(on), options_(std::move(options)), preferred_timer_(on) {
    set_endpoints(options_.endpoints);
}

void etcd_calls::set_endpoints(const std::vector<std::string>& urls) {
    if (urls == urls_ || closed_) return;
    const auto before = current();
    std::vector<std::shared_ptr<etcd_endpoint>> made;
    for (const auto& url : urls) {
        const auto origin = parse_origin(url);
        if (!origin) continue;
        const auto known = std::find_if(endpoints_.begin(), endpoints_.end(),
                                        [&](const auto& one) { return one->origin() == *origin; });
        made.push_back(
            known != endpoints_.end() ? *known : std::make_shared<etcd_endpoint>(on_, *origin, options_.tls));
    }
    auto dropped = std::exchange(endpoints_, std::move(made));
    std::erase_if(dropped, [this](const auto& one) {
        return std::find(endpoints_.begin(), endpoints_.end(), one) != endpoints_.end();
    });
    urls_ = urls;
    const auto kept = std::find(endpoints_.begin(), endpoints_.end(), before);
    current_ = kept == endpoints_.end() ? 0 : static_cast<std::size_t>(kept - endpoints_.begin());
    watch_preferred();
    // Last: what waited there goes elsewhere, and may change the list again.
    for (const auto& one : dropped)
        one->close();
}

std::shared_ptr<etcd_endpoint> etcd_calls::current() const {
    return endpoints_.empty() ? nullptr : endpoints_[current_];
}

void etcd_calls::avoid(const std::shared_ptr<etcd_endpoint>& endpoint) {
    if (endpoints_.size() < 2 || endpoints_[current_] != endpoint) return;
    current_ = (current_ + 1) % endpoints_.size();
    watch_preferred();
}

/// Calls go back to the first endpoint, usually the one on this host, once it serves again.
void etcd_calls::watch_preferred() {
    if (watching_preferred_ || closed_ || current_ == 0) return;
    watching_preferred_ = true;
    preferred_timer_.expires_after(1s);
    preferred_timer_.async_wait([self = shared_from_this()](const auto& cancelled) {
        if (cancelled || self->closed_ || self->endpoints_.empty()) {
            self->watching_preferred_ = false;
            return;
        }
        const auto first = self->endpoints_.front();
        first->exchange("/health", {}, self->options_.attempt, [self, first](const http_answer& with) {
            self->watching_preferred_ = false;
            if (self->closed_ || self->endpoints_.empty()) return;
            if (with.what == http_answer::outcome::answered && with.status == 200 &&
                self->endpoints_.front() == first)
                self->current_ = 0;
            self->watch_preferred();
        });
    });
}

void etcd_calls::call(std::string path, std::string body, manner how, body_done done) {
    call(std::move(path), std::move(body), how, options_.overall, std::move(done));
}

void etcd_calls::call(std::string path, std::string body, manner how, std::chrono::milliseconds overall,
                      body_done done) {
    auto one = std::make_shared<asked>(on_);
    one->path = std::move(path);
    one->body = std::move(body);
    one->how = how;
    one->until = clock::now() + overall;
    one->done = std::move(done);
    open_.insert(one);
    attempt(one);
}

void etcd_calls::attempt(const asked_ptr& one) {
    if (closed_ || endpoints_.empty()) {
        again(one, {engine_errc::unavailable, closed_ ? "closed" : "the engine has no endpoint yet"});
        return;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(one->until - clock::now());
    // Big requests and repeated ones get more time: else a slow engine would never answer them.
    auto deadline = options_.attempt + std::chrono::milliseconds(one->body.size() / 4096);
    const bool patient = one->how == manner::here || one->how == manner::patient;
    deadline = patient ? left : deadline * (1U << std::min(one->attempts, 3U));
    deadline = std::clamp(deadline, 1ms, std::max(left, 1ms));
    ++one->attempts;
    const auto to = one->how == manner::here ? endpoints_.front() : endpoints_[current_];
    to->exchange(one->path, one->body, deadline, [self = shared_from_this(), one, to](http_answer with) {
        if (one->done) self->answered(one, to, std::move(with));
    });
}

void etcd_calls::answered(const asked_ptr& one, const std::shared_ptr<etcd_endpoint>& by, http_answer with) {
    if (with.what == http_answer::outcome::answered && with.status == 200 && with.grpc <= 0) {
        finish(one, {false, {}, std::move(with.body)});
        return;
    }
    engine_error error;
    const auto how = judge(*one, with, *by, error);
    if (how == verdict::final) {
        finish(one, {true, std::move(error), {}});
        return;
    }
    if (how == verdict::ambiguous && one->how != manner::repeat) {
        avoid(by);
        error.code = engine_errc::unknown;
        finish(one, {true, std::move(error), {}});
        return;
    }
    avoid(by);
    again(one, std::move(error));
}

void etcd_calls::again(const asked_ptr& one, engine_error why) {
    const auto now = clock::now();
    if (closed_ || one->how == manner::here || now >= one->until) {
        asio::post(on_, [self = shared_from_this(), one, why = std::move(why)] {
            self->finish(one, {true, why, {}});
        });
        return;
    }
    ++one->tried_in_round;
    const bool at_once = one->tried_in_round < endpoints_.size();
    if (!at_once) one->tried_in_round = 0;
    one->timer.expires_at(at_once ? now : std::min(one->until, now + 25ms));
    one->timer.async_wait([self = shared_from_this(), one, why = std::move(why)](const auto& cancelled) {
        if (!one->done) return;
        if (cancelled || self->closed_ || clock::now() >= one->until)
            self->finish(one, {true, why, {}});
        else
            self->attempt(one);
    });
}

void etcd_calls::finish(const asked_ptr& one, engine_answer<std::string> with) {
    open_.erase(one);
    const auto done = std::exchange(one->done, nullptr);
    if (done) done(std::move(with));
}

etcd_calls::verdict etcd_calls::judge(const asked& one, const http_answer& with, const etcd_endpoint& by,
                                      engine_error& error) {
    error = {engine_errc::unavailable, with.reason};
    if (with.what == http_answer::outcome::not_sent) return verdict::elsewhere;
    if (with.what == http_answer::outcome::lost) return verdict::ambiguous;
    const auto said = with.grpc > 0 ? etcd_json::refusal{with.grpc, with.reason}
                      : with.json   ? etcd_json::decode_refusal(parser_, with.body)
                                    : etcd_json::refusal{};
    error.message = "the engine at " + by.origin().authority() + " says: " + said.message;
    if (said.grpc < 0) {
        const bool grpc = etcd_endpoint::is_grpc(one.path);
        error.message = "the engine at " + by.origin().authority() + " answers HTTP " +
                        std::to_string(with.status) + " where its " + (grpc ? "gRPC" : "JSON gateway") +
                        " should be";
        if (with.status != 404) return verdict::ambiguous;
        error.code = engine_errc::refused;
        error.message += grpc ? "; is it etcd 3.4 or newer?"
                              : "; is it etcd 3.4 or newer, and is the gateway switched off there "
                                "(--enable-grpc-gateway=false)?";
        return verdict::final;
    }
    // Said before anything was proposed to the others.
    const bool untouched = contains(said.message, "too many requests") || contains(said.message, "learner");
    if (untouched && (said.grpc == grpc_exhausted || said.grpc == grpc_unavailable))
        return verdict::elsewhere;
    if (contains(said.message, "unhealthy cluster") || contains(said.message, "not enough started members")) {
        error.code = engine_errc::refused;
        return verdict::final;
    }
    switch (said.grpc) {
    case grpc_invalid:
        error.code = contains(said.message, "too large") || contains(said.message, "too many operations")
                         ? engine_errc::too_large
                         : engine_errc::refused;
        return verdict::final;
    case grpc_exhausted:
        error.code = contains(said.message, "space") ? engine_errc::no_space : engine_errc::too_large;
        return verdict::final;
    case grpc_denied:
    case grpc_unauthenticated:
        error.code = engine_errc::denied;
        return verdict::final;
    case grpc_out_of_range:
        error.code = contains(said.message, "compacted") ? engine_errc::compacted : engine_errc::refused;
        return verdict::final;
    case grpc_deadline:
    case grpc_unavailable:
    case 1:  // cancelled
    case 2:  // not known to the engine itself
    case 13: // internal
        return verdict::ambiguous;
    default:
        error.code = engine_errc::refused;
        return verdict::final;
    }
}

void etcd_calls::close() {
    if (closed_) return;
    closed_ = true;
    preferred_timer_.cancel();
    const auto open = std::exchange(open_, {});
    for (const auto& one : open) {
        one->timer.cancel();
        const auto code = one->how == manner::repeat ? engine_errc::unavailable : engine_errc::unknown;
        const auto done = std::exchange(one->done, nullptr);
        if (done) done({true, {code, "the client of the engine was closed"}, {}});
    }
    for (const auto& one : endpoints_)
        one->close();
}

} // namespace mockfleet::replicated
