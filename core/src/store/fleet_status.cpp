// Topic `status`: format, state, version, revision, uptime.
#include "store/fleet_status.hpp"

#include "base/clock.hpp"
#include "store/packed.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

constexpr std::uint8_t format = 1;
constexpr const char* topic = "status";

std::optional<member_status> decode(std::string_view bytes) {
    unpacker in(bytes);
    if (in.byte() != format) return std::nullopt;
    member_status read;
    read.answered = true;
    read.state = in.text();
    read.version = in.text();
    read.revision = in.number();
    read.uptime_ms = static_cast<std::int64_t>(in.number());
    if (!in.sound()) return std::nullopt;
    return read;
}

} // namespace

fleet_status::fleet_status(state_client state, peer_topics& peers, std::string version,
                           std::function<std::string()> own_state)
    : state_(state), peers_(peers), version_(std::move(version)), own_state_(std::move(own_state)),
      started_ns_(base::monotonic_ns()) {
    peers.add(topic, [this](std::string payload) { return answer(std::move(payload)); });
}

asio::awaitable<base::result<std::string>> fleet_status::answer(std::string) {
    const auto info = co_await state_.describe();
    packer out;
    out.byte(format);
    out.text(own_state_());
    out.text(version_);
    out.number(info ? info->revision : 0);
    out.number(static_cast<std::uint64_t>((base::monotonic_ns() - started_ns_) / 1'000'000));
    co_return out.take();
}

asio::awaitable<base::result<fleet_view>> fleet_status::read() {
    auto info = co_await state_.describe();
    if (!info) co_return info.error();
    fleet_view view;
    view.info = std::move(*info);
    ask_options how;
    how.deadline = std::chrono::milliseconds(1000);
    how.again = false;
    how.partial = true;
    const auto others = co_await peers_.ask(topic, {}, how);
    for (const auto& one : view.info.members) {
        member_status shown;
        if (one.local) {
            shown.answered = true;
            shown.state = own_state_();
            shown.version = version_;
            shown.revision = view.info.revision;
            shown.uptime_ms = (base::monotonic_ns() - started_ns_) / 1'000'000;
        } else if (others) {
            const auto found = std::find_if(others->begin(), others->end(),
                                            [&](const peer_answer& other) { return other.node == one.id; });
            if (found != others->end()) shown = decode(found->payload).value_or(member_status());
        }
        if (!shown.answered) shown.state = "unreachable";
        shown.who = one;
        view.members.push_back(std::move(shown));
    }
    co_return view;
}

} // namespace mockfleet::store
