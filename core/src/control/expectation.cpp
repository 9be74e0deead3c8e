// PUT /mockserver/expectation (core.md 1.3).
#include "control/resources.hpp"

#include "model/codec.hpp"
#include "store/expectations.hpp"

namespace mockfleet::control {

boost::asio::awaitable<answer> put_expectation(const wiring* parts, call* request) {
    auto posted = model::read_expectations(request->body());
    if (!posted) co_return error_answer(posted.error());
    using pace = store::expectations::pace;
    const auto how = request->how() == call::pace::at_once ? pace::at_once : pace::may_wait;
    const auto stored = co_await parts->expectations->upsert(std::move(*posted), how);
    if (!stored && how == pace::at_once && stored.error().code == base::errc::cancelled)
        co_return left_over();
    if (!stored) co_return error_answer(stored.error());
    json::array list;
    list.reserve(stored->size());
    for (const auto& one : *stored)
        list.push_back(model::to_json(one->definition));
    co_return json_answer(201, list);
}

} // namespace mockfleet::control
