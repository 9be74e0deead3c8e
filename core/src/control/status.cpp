// status, bind, stop and the liveness path (core.md 1.10).
#include "control/resources.hpp"

#include "base/version.hpp"
#include "json/reader.hpp"

namespace mockfleet::control {

namespace {

json::value ports_json(const std::vector<std::uint16_t>& ports) {
    json::array list;
    for (const auto port : ports)
        list.emplace_back(static_cast<int>(port));
    return list;
}

json::value status_json(const std::vector<std::uint16_t>& ports) {
    json::value document;
    document.set("artifactId", "mockfleet");
    document.set("groupId", "org.mockfleet");
    if (!ports.empty()) document.set("ports", ports_json(ports));
    document.set("version", base::version);
    return document;
}

} // namespace

boost::asio::awaitable<answer> status(const wiring* parts, call*) {
    co_return json_answer(200, status_json(parts->server->ports()));
}

boost::asio::awaitable<answer> bind(const wiring* parts, call* request) {
    if (request->body().empty()) co_return text_answer(400, "invalid or missing port binding");
    const auto refused =
        text_answer(400, "exception while parsing PortBinding for [" + std::string(request->body()) + "]");
    const auto document = json::read_tolerant(request->body());
    if (!document || !document->is_object()) co_return refused;
    std::vector<std::uint16_t> wanted;
    if (const auto* listed = document->find("ports")) {
        if (!listed->is_array()) co_return refused;
        for (const auto& item : listed->as_array()) {
            std::int64_t port = 0;
            if (!item.is_number() || !item.to_int64(port)) co_return refused;
            if (port < 0 || port > 65535)
                co_return text_answer(400,
                                      "Exception while binding MockServer to port " + std::to_string(port));
            wanted.push_back(static_cast<std::uint16_t>(port));
        }
    }
    const auto bound = parts->server->bind(wanted);
    if (!bound) co_return error_answer(bound.error());
    co_return json_answer(200, status_json(*bound));
}

boost::asio::awaitable<answer> stop(const wiring*, call*) {
    auto made = empty_answer(200);
    made.stop_server = true;
    co_return made;
}

} // namespace mockfleet::control
