// Each call of the engine as a path and a body.
#include "etcd/etcd_client.hpp"

#include "etcd/etcd_json.hpp"
#include "etcd/etcd_protobuf.hpp"
#include "etcd/etcd_watch.hpp"

#include <chrono>
#include <utility>

namespace mockfleet::replicated {

using namespace std::chrono_literals;
using manner = etcd_calls::manner;

namespace {

/// A page of a range may hold many megabytes.
constexpr auto range_overall = 10s;
/// A change of the members is one entry of the log, but the engine looks around before.
constexpr auto member_overall = 5s;
constexpr auto defragment_overall = 120s;

constexpr const char* kv_range = "/etcdserverpb.KV/Range";
constexpr const char* kv_txn = "/etcdserverpb.KV/Txn";

/// Turns the body into T, or an undecodable one into an error.
template <class T, class Convert>
etcd_calls::body_done decoded(std::shared_ptr<etcd_calls> calls, engine_done<T> done, Convert convert) {
    return [calls = std::move(calls), done = std::move(done),
            convert = std::move(convert)](engine_answer<std::string> with) {
        engine_answer<T> answer{with.failed, std::move(with.error), {}};
        if (!with.failed && !convert(calls->parser(), with.value, answer.value)) {
            answer.failed = true;
            answer.error = {engine_errc::unknown, "the engine's answer cannot be read"};
        }
        done(std::move(answer));
    };
}

template <class T>
etcd_calls::body_done decoded(std::shared_ptr<etcd_calls> calls, engine_done<T> done) {
    return decoded<T>(std::move(calls), std::move(done),
                      [](simdjson::dom::parser& parser, const std::string& body, T& to) {
                          return etcd_json::decode(parser, body, to);
                      });
}

template <class T>
etcd_calls::body_done decoded_message(std::shared_ptr<etcd_calls> calls, engine_done<T> done) {
    return decoded<T>(std::move(calls), std::move(done),
                      [](simdjson::dom::parser& /*parser*/, const std::string& body, T& to) {
                          return etcd_protobuf::decode(body, to);
                      });
}

etcd_calls::body_done succeeded(engine_done<bool> done) {
    return [done = std::move(done)](engine_answer<std::string> with) {
        done({with.failed, std::move(with.error), !with.failed});
    };
}

} // namespace

std::string prefix_end(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty()) {
        if (static_cast<unsigned char>(end.back()) < 0xff) {
            ++end.back();
            return end;
        }
        end.pop_back();
    }
    return std::string(1, '\0'); // the engine's word for "to the last key"
}

etcd_client::etcd_client(const boost::asio::any_io_executor& on, etcd_options options)
    : calls_(std::make_shared<etcd_calls>(on, std::move(options))) {}

etcd_client::~etcd_client() {
    close();
}

void etcd_client::set_endpoints(const std::vector<std::string>& urls) {
    calls_->set_endpoints(urls);
}

std::vector<std::string> etcd_client::endpoints() const {
    return calls_->endpoints();
}

void etcd_client::close() {
    end_watch();
    calls_->close();
}

void etcd_client::confirm(std::chrono::milliseconds within, engine_done<bool> done) {
    calls_->call(kv_range, etcd_protobuf::encode(range_request{.key = "/", .keys_only = true}),
                 manner::repeat, within, succeeded(std::move(done)));
}

void etcd_client::transact(transaction asked, engine_done<transaction_result> done) {
    bool writes = false;
    for (const auto* branch : {&asked.then, &asked.otherwise}) {
        for (const auto& one : *branch)
            writes = writes || one.what != operation::kind::range;
    }
    calls_->call(kv_txn, etcd_protobuf::encode(asked), writes ? manner::once : manner::repeat,
                 decoded<transaction_result>(
                     calls_, std::move(done),
                     [made = asked.then.size(), instead = asked.otherwise.size()](
                         simdjson::dom::parser& /*parser*/, const std::string& body, transaction_result& to) {
                         return etcd_protobuf::decode(body, to) &&
                                to.results.size() == (to.succeeded ? made : instead);
                     }));
}

void etcd_client::range(range_request asked, engine_done<range_result> done) {
    calls_->call(kv_range, etcd_protobuf::encode(asked), manner::repeat, range_overall,
                 decoded_message<range_result>(calls_, std::move(done)));
}

void etcd_client::watch(std::string prefix, std::uint64_t revision, watch_listener listener) {
    end_watch();
    watch_ = std::make_shared<etcd_watch>(calls_, std::move(listener));
    watch_->start(prefix, revision);
}

void etcd_client::end_watch() {
    if (watch_) watch_->stop();
    watch_.reset();
}

void etcd_client::grant_lease(std::uint32_t seconds, engine_done<std::int64_t> done) {
    // Repeated, it may leave a lease behind that nobody renews; it ends by itself.
    calls_->call(
        "/v3/lease/grant", etcd_json::encode_number("TTL", seconds), manner::repeat,
        decoded<std::int64_t>(calls_, std::move(done),
                              [](simdjson::dom::parser& parser, const std::string& body, std::int64_t& to) {
                                  etcd_json::lease_answer read;
                                  const bool good = etcd_json::decode(parser, body, read);
                                  to = read.id;
                                  return good;
                              }));
}

void etcd_client::renew_lease(std::int64_t lease, engine_done<std::uint32_t> done) {
    calls_->call(
        "/v3/lease/keepalive", etcd_json::encode_number("ID", static_cast<std::uint64_t>(lease)),
        manner::repeat,
        decoded<std::uint32_t>(calls_, std::move(done),
                               [](simdjson::dom::parser& parser, const std::string& body, std::uint32_t& to) {
                                   etcd_json::lease_answer read;
                                   const bool good = etcd_json::decode(parser, body, read);
                                   to = read.seconds;
                                   return good;
                               }));
}

void etcd_client::revoke_lease(std::int64_t lease, engine_done<bool> done) {
    calls_->call("/v3/lease/revoke", etcd_json::encode_number("ID", static_cast<std::uint64_t>(lease)),
                 manner::repeat, [done = std::move(done)](engine_answer<std::string> with) {
                     // Gone already: by its time, or by an attempt whose answer was lost.
                     if (with.failed && with.error.message.find("lease not found") != std::string::npos)
                         done({false, {}, false});
                     else
                         done({with.failed, std::move(with.error), !with.failed});
                 });
}

void etcd_client::compact(std::uint64_t revision, engine_done<bool> done) {
    calls_->call("/v3/kv/compaction", etcd_json::encode_number("revision", revision), manner::repeat,
                 [done = std::move(done)](engine_answer<std::string> with) {
                     if (with.failed && with.error.code == engine_errc::compacted)
                         done({false, {}, false});
                     else
                         done({with.failed, std::move(with.error), !with.failed});
                 });
}

void etcd_client::defragment(engine_done<bool> done) {
    calls_->call("/v3/maintenance/defragment", "{}", manner::here, defragment_overall,
                 succeeded(std::move(done)));
}

void etcd_client::disarm(engine_done<bool> done) {
    calls_->call("/v3/maintenance/alarm", R"({"action":"GET"})", manner::repeat,
                 decoded<std::vector<etcd_json::alarm>>(
                     calls_, [calls = calls_, done = std::move(done)](
                                 const engine_answer<std::vector<etcd_json::alarm>>& listed) {
                         if (listed.failed) {
                             done({true, listed.error, false});
                             return;
                         }
                         // All of them at once; the engine sets an alarm again when its reason has stayed.
                         struct progress {
                             std::size_t left = 1;
                             engine_answer<bool> answer{false, {}, false};
                         };
                         const auto shared = std::make_shared<progress>();
                         const auto finish = [shared, done] {
                             if (--shared->left == 0) done(shared->answer);
                         };
                         for (const auto& one : listed.value) {
                             if (one.kind != "NOSPACE") continue;
                             ++shared->left;
                             shared->answer.value = true;
                             calls->call("/v3/maintenance/alarm",
                                         R"({"action":"DEACTIVATE","alarm":"NOSPACE","memberID":")" +
                                             std::to_string(one.member) + "\"}",
                                         manner::repeat,
                                         [shared, finish](const engine_answer<std::string>& with) {
                                             if (with.failed) shared->answer = {true, with.error, false};
                                             finish();
                                         });
                         }
                         finish();
                     }));
}

void etcd_client::status_within(std::chrono::milliseconds within, engine_done<engine_status> done) {
    calls_->call("/v3/maintenance/status", "{}", manner::here, within,
                 decoded<engine_status>(calls_, std::move(done)));
}

void etcd_client::status(engine_done<engine_status> done) {
    calls_->call("/v3/maintenance/status", "{}", manner::here,
                 decoded<engine_status>(calls_, std::move(done)));
}

void etcd_client::members(engine_done<std::vector<engine_member>> done) {
    calls_->call("/v3/cluster/member/list", "{}", manner::repeat,
                 decoded<std::vector<engine_member>>(calls_, std::move(done)));
}

void etcd_client::add_member(std::string peer_url, bool learner, engine_done<engine_member> done) {
    calls_->call("/v3/cluster/member/add", etcd_json::encode_new_member(peer_url, learner), manner::patient,
                 member_overall, decoded<engine_member>(calls_, std::move(done)));
}

void etcd_client::promote_member(std::uint64_t id, engine_done<bool> done) {
    calls_->call("/v3/cluster/member/promote", etcd_json::encode_number("ID", id), manner::patient,
                 member_overall, succeeded(std::move(done)));
}

void etcd_client::remove_member(std::uint64_t id, engine_done<bool> done) {
    calls_->call("/v3/cluster/member/remove", etcd_json::encode_number("ID", id), manner::patient,
                 member_overall, succeeded(std::move(done)));
}

void etcd_client::move_leader(std::uint64_t to, engine_done<bool> done) {
    calls_->call("/v3/maintenance/transfer-leadership", etcd_json::encode_number("targetID", to),
                 manner::here, succeeded(std::move(done)));
}

} // namespace mockfleet::replicated
