// PUT /mockserver/files/store, retrieve, list and delete (core.md 1.13).
#include "control/resources.hpp"

#include "base/ascii.hpp"
#include "model/base64.hpp"
#include "store/file_store.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

namespace mockfleet::control {

namespace {

/// A member as text; nullopt when it is absent or has none.
std::optional<std::string> text_of(const json::value& document, std::string_view name) {
    const auto* found = document.find(name);
    if (found == nullptr) return std::nullopt;
    if (found->is_string()) return found->as_string();
    if (found->is_number()) return found->number_text();
    if (found->is_bool()) return std::string(found->as_bool() ? "true" : "false");
    return std::nullopt;
}

std::string why_no_base64(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    const auto at = text.find_first_not_of(alphabet);
    if (at == std::string_view::npos) return "the content is not base64";
    char digits[8];
    std::snprintf(digits, sizeof(digits), "%x", static_cast<unsigned>(static_cast<unsigned char>(text[at])));
    return std::string("Illegal base64 character ") + digits;
}

answer failed(std::string_view doing, const std::string& why) {
    return text_answer(400, "failed to " + std::string(doing) + " file: " + why);
}

answer unknown(const std::string& name) {
    return text_answer(404, "file not found: " + name);
}

/// The backend's own troubles have answers of their own.
answer refused(std::string_view doing, const base::error& why) {
    if (why.code == base::errc::unavailable || why.code == base::errc::timeout) return error_answer(why);
    return failed(doing, why.message);
}

/// The name that retrieve and delete ask for, or their complete answer.
struct asked {
    std::string name;
    std::optional<answer> refusal;
};
asked name_in(call& request, std::string_view doing) {
    if (base::is_blank(request.body())) return {{}, failed(doing, "argument \"content\" is null")};
    const auto document = json::read_tolerant(request.body());
    if (!document) return {{}, failed(doing, document.error().message)};
    auto name = text_of(*document, "name");
    if (!name) return {{}, text_answer(400, "request body must contain 'name' field")};
    return {std::move(*name), std::nullopt};
}

} // namespace

boost::asio::awaitable<answer> store_file(const wiring* parts, call* request) {
    if (base::is_blank(request->body())) co_return text_answer(400, "request body is empty");
    const auto document = json::read_tolerant(request->body());
    if (!document) co_return failed("store", document.error().message);
    auto name = text_of(*document, "name");
    auto content = text_of(*document, "content");
    if (!name || !content)
        co_return text_answer(400, "request body must contain 'name' and 'content' fields");
    const auto* encoded = document->find("base64");
    if (encoded != nullptr && encoded->is_bool() && encoded->as_bool()) {
        auto decoded = model::decode_base64(*content);
        if (!decoded) co_return failed("store", why_no_base64(*content));
        content = std::move(*decoded);
    }
    const auto size = static_cast<std::int64_t>(content->size());
    const auto stored = co_await parts->files->put(*name, std::move(*content));
    if (!stored) co_return refused("store", stored.error());
    answer made;
    made.status = 201;
    made.headers.emplace_back("content-type", "application/json; charset=utf-8");
    made.body = json::compact(json::object{{"name", *name}, {"size", size}});
    co_return made;
}

boost::asio::awaitable<answer> retrieve_file(const wiring* parts, call* request) {
    auto wanted = name_in(*request, "retrieve");
    if (wanted.refusal) co_return std::move(*wanted.refusal);
    auto found = co_await parts->files->get(wanted.name);
    if (!found && found.error().code == base::errc::not_found) co_return unknown(wanted.name);
    if (!found) co_return refused("retrieve", found.error());
    answer made;
    made.body = std::move(*found);
    co_return made;
}

boost::asio::awaitable<answer> list_files(const wiring* parts, call*) {
    auto names = co_await parts->files->names();
    if (!names) co_return error_answer(names.error());
    json::array listed;
    for (auto& one : *names)
        listed.emplace_back(std::move(one));
    co_return json_answer(200, listed);
}

boost::asio::awaitable<answer> delete_file(const wiring* parts, call* request) {
    auto wanted = name_in(*request, "delete");
    if (wanted.refusal) co_return std::move(*wanted.refusal);
    const auto removed = co_await parts->files->remove(wanted.name);
    if (!removed && removed.error().code == base::errc::not_found) co_return unknown(wanted.name);
    if (!removed) co_return refused("delete", removed.error());
    co_return empty_answer(200);
}

} // namespace mockfleet::control
