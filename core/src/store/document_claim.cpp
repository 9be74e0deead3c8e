// One entry of lines: the fleet, the loader while it loads, whether it loads, the tag of what there was.
#include "store/document_claim.hpp"

#include "base/random_id.hpp"

#include <algorithm>
#include <string_view>

namespace mockfleet::store {

namespace {

constexpr std::string_view space = "persistence";
constexpr std::string_view loading = "load";
constexpr std::string_view passing = "pass";

std::string take_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    return std::string(line);
}

} // namespace

std::string document_claim::encoded() const {
    return fleet_ + '\n' + loader_ + '\n' + std::string(load_ ? loading : passing) + '\n' + tag_;
}

void document_claim::learn(const entry& found) {
    std::string_view rest = found.value;
    fleet_ = take_line(rest);
    loader_ = take_line(rest);
    load_ = take_line(rest) == loading;
    tag_ = std::string(rest);
    version_ = found.version;
}

document_claim::answer<document_claim::turn> document_claim::take(bool load) {
    const auto info = co_await state_.describe();
    if (!info) co_return info.error();
    const auto& own = info->node_id;
    const auto found = co_await state_.get(space, key_);
    if (!found) {
        if (found.error().code != base::errc::not_found) co_return found.error();
        fleet_ = base::random_id();
        load_ = load;
        const auto entered = co_await enter(own, condition::absent());
        co_return entered;
    }
    learn(*found);
    if (loader_.empty()) co_return turn::done;
    if (loader_ == own) co_return turn::mine;
    const bool lives = std::any_of(info->members.begin(), info->members.end(),
                                   [&](const member& one) { return one.id == loader_; });
    if (lives) co_return turn::another;
    const auto entered = co_await enter(own, condition::unchanged_since(version_));
    co_return entered;
}

document_claim::answer<document_claim::turn> document_claim::enter(const std::string& own, condition when) {
    loader_ = own;
    const auto value = encoded();
    const auto put = co_await state_.put(space, key_, value, when);
    if (!put) co_return put.error();
    if (put->applied) {
        version_ = put->version;
        co_return turn::mine;
    }
    learn(put->winner);
    co_return loader_.empty() ? turn::done : turn::another;
}

document_claim::answer<void> document_claim::settle(std::string tag) {
    loader_.clear();
    tag_ = std::move(tag);
    const auto value = encoded();
    const auto put = co_await state_.put(space, key_, value, condition::unchanged_since(version_));
    if (!put) co_return put.error();
    if (!put->applied) learn(put->winner); // it took too long, and another one has done it meanwhile
    co_return base::result<void>();
}

} // namespace mockfleet::store
