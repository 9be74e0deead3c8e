// GET, PUT and DELETE /mockserver/cassettes (core.md 1.20); to record and to load one are additions.
#include "control/resources.hpp"

#include "base/ascii.hpp"
#include "model/codec.hpp"
#include "model/expectation_file.hpp"
#include "store/cassettes.hpp"
#include "store/expectations.hpp"
#include "store/fleet_log.hpp"
#include "store/retrieval.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace mockfleet::control {

namespace {

answer refusal(int status, std::string_view why) {
    answer made;
    made.status = status;
    made.headers.emplace_back("content-type", "application/json; charset=utf-8");
    made.body = json::compact(json::object{{"error", why}});
    return made;
}

/// The stores' own troubles have answers of their own.
answer failed(const base::error& why) {
    return why.code == base::errc::invalid ? refusal(400, why.message) : error_answer(why);
}

std::string text_of(const json::value& document, std::string_view name) {
    const auto* found = document.find(name);
    if (found == nullptr) return {};
    if (found->is_string()) return found->as_string();
    return found->is_number() ? found->number_text() : std::string();
}

json::value document_of(const store::cassette& one) {
    return json::object{{"path", one.path},
                        {"filename", one.filename},
                        {"expectationCount", one.expectation_count},
                        {"origin", one.origin},
                        {"lastUsed", one.last_used}};
}

using counted = base::result<std::int64_t>;

/// What was forwarded, by any node, as expectations in the document.
boost::asio::awaitable<counted> record(const wiring* parts, const json::value* body, std::string path) {
    store::retrieval asked;
    asked.what = store::retrieval::kind::recorded_expectations;
    if (const auto* filter = body->find("httpRequest"); filter != nullptr) {
        auto selected = model::read_selection(json::compact(*filter));
        if (!selected) co_return selected.error();
        asked.filter = std::move(selected->matcher);
    }
    auto recorded = co_await parts->fleet_log->retrieve(std::move(asked), store::fleet_log::scope::fleet);
    if (!recorded) co_return recorded.error();
    const auto list = json::read_tolerant(*recorded);
    if (!list || !list->is_array() || list->as_array().empty())
        co_return base::invalid(
            "nothing that was forwarded matches, so nothing was recorded: set up httpForward or a "
            "proxy, and send requests first");
    const auto count = static_cast<std::int64_t>(list->as_array().size());
    const auto stored = co_await parts->cassettes->store(std::move(path), std::move(*recorded));
    if (!stored) co_return stored.error();
    co_return count;
}

/// All of the document's expectations, or none.
boost::asio::awaitable<counted> load(const wiring* parts, std::string path) {
    const auto text = co_await parts->cassettes->content(path);
    if (!text && text.error().code == base::errc::not_found)
        co_return base::error{base::errc::not_found, "there is no cassette '" + path + "'"};
    if (!text) co_return text.error();
    if (base::is_blank(*text)) co_return base::invalid("cassette '" + path + "' is empty: record it again");
    auto parsed = model::read_expectation_file(*text);
    if (!parsed.problems.empty()) {
        const auto& problem = parsed.problems.front();
        co_return base::invalid("cassette '" + path + "', entry " + std::to_string(problem.number) +
                                " at line " + std::to_string(problem.line) + ": " + problem.what);
    }
    std::vector<model::expectation> posted;
    posted.reserve(parsed.entries.size());
    for (auto& one : parsed.entries)
        posted.push_back(std::move(one.content));
    const auto count = static_cast<std::int64_t>(posted.size());
    if (count != 0) {
        const auto stored = co_await parts->expectations->upsert(std::move(posted));
        if (!stored) co_return stored.error();
    }
    co_return count;
}

} // namespace

boost::asio::awaitable<answer> list_cassettes(const wiring* parts, call*) {
    const auto all = co_await parts->cassettes->list();
    if (!all) co_return failed(all.error());
    json::array listed;
    for (const auto& one : *all)
        listed.push_back(document_of(one));
    co_return json_answer(200, json::object{{"cassettes", std::move(listed)}});
}

boost::asio::awaitable<answer> put_cassette(const wiring* parts, call* request) {
    if (base::is_blank(request->body()))
        co_return refusal(400, "request body is required with a 'path' field");
    const auto body = json::read_tolerant(request->body());
    if (!body) co_return refusal(400, "failed to register cassette: " + body.error().message);
    store::cassette one;
    one.path = text_of(*body, "path");
    if (base::is_blank(one.path)) co_return refusal(400, "'path' field is required");
    one.filename = text_of(*body, "filename");
    if (one.filename.empty()) one.filename = store::cassettes::filename_of(one.path);
    one.origin = "loaded";
    const auto action = text_of(*body, "action");
    if (action.empty()) {
        if (const auto* origin = body->find("origin"); origin != nullptr && origin->is_string())
            one.origin = origin->as_string();
        const auto count = text_of(*body, "expectationCount");
        std::from_chars(count.data(), count.data() + count.size(), one.expectation_count);
    } else if (action == "record" || action == "load") {
        // Separate statements: GCC 12 evaluates every co_await of a conditional expression.
        counted done = std::int64_t{0};
        if (action == "record") done = co_await record(parts, &*body, one.path);
        if (action == "load") done = co_await load(parts, one.path);
        if (!done && done.error().code == base::errc::not_found) co_return refusal(404, done.error().message);
        if (!done)
            co_return is_fan_in_failure(done.error()) ? fan_in_answer(done.error()) : failed(done.error());
        one.expectation_count = *done;
        if (action == "record") one.origin = "recorded";
    } else {
        co_return refusal(400, "'action' is \"" + action + "\"; it must be record or load");
    }
    const auto noted = co_await parts->cassettes->note(std::move(one));
    if (!noted) co_return failed(noted.error());
    co_return json_answer(201, document_of(*noted));
}

boost::asio::awaitable<answer> delete_cassette(const wiring* parts, call* request) {
    std::string path(request->parameter("path"));
    if (path.empty() && !base::is_blank(request->body())) {
        const auto body = json::read_tolerant(request->body());
        if (!body) co_return refusal(400, "failed to remove cassette: " + body.error().message);
        path = text_of(*body, "path");
    }
    if (path.empty()) co_return refusal(400, "'path' is required (query parameter or body field)");
    const auto removed = co_await parts->cassettes->remove(std::move(path));
    if (!removed) co_return failed(removed.error());
    answer made;
    made.headers.emplace_back("content-type", "application/json; charset=utf-8");
    made.body = json::compact(json::object{{"removed", *removed}});
    co_return made;
}

} // namespace mockfleet::control
