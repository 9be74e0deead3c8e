// Requests, answers, and what they mean for the contract.
#include "client.hpp"

#include "error.hpp"

#include "common/digest.hpp"
#include "common/failure_text.hpp"
#include "common/place_probe.hpp"

#include <algorithm>

namespace mockfleet::gcs {

namespace {

using common::http_outcome;
using common::in_quotes;
using common::json_text;
using plugin::failure;

constexpr std::uint32_t most_per_page = 1000;

bool is_missing_object(const http_outcome& outcome) {
    return outcome.is(404) && !is_missing_bucket(outcome);
}

bool is_generation(std::string_view text) {
    return !text.empty() && text.size() < 20 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The JSON resource of an object to be made. Throws plugin::failure (MF_INVALID) for what JSON cannot hold.
std::string resource_of(const std::string& name, std::span<const mf_pair> metadata,
                        const std::string& write_id) {
    auto text = "{\"name\":" + common::json_string(name) + ",\"contentType\":\"application/octet-stream\"";
    std::string entries;
    const auto add = [&](std::string_view key, std::string_view value) {
        entries += (entries.empty() ? "" : ",") + common::json_string(key) + ":" + common::json_string(value);
    };
    for (const auto& pair : metadata) {
        const auto key = plugin::view(pair.key);
        const auto value = plugin::view(pair.value);
        if (key.empty() || !common::is_utf8(key) || !common::is_utf8(value))
            throw failure(MF_INVALID, "a metadata name is empty, or an entry is no UTF-8");
        if (key == common::write_id_name)
            throw failure(MF_INVALID, "the metadata name " + in_quotes(key) + " is used by the store itself");
        add(key, value);
    }
    if (!write_id.empty()) add(common::write_id_name, write_id);
    if (!entries.empty()) text += ",\"metadata\":{" + entries + "}";
    return text + "}";
}

} // namespace

client::client(settings used, common::retry_limits limits)
    : used_(std::move(used)), names_(used_.key_prefix), limits_(limits),
      http_(common::http_client_options{used_.ca_file}), tokens_(http_, stop_) {}

void client::stop() {
    stop_.raise();
    http_.abort();
}

common::http_request client::authorised(const call& what) {
    common::http_request made;
    made.method = what.method;
    made.url = used_.at.origin() + used_.at.path + what.path;
    if (!what.query.empty()) made.url += "?" + common::encode_query(what.query);
    if (!what.content_type.empty()) made.headers.emplace_back("Content-Type", what.content_type);
    made.body = what.body;
    if (used_.emulator) return made;
    const auto token = tokens_.get();
    made.headers.emplace_back("Authorization", "Bearer " + token.text);
    if (!token.quota_project.empty()) made.headers.emplace_back("x-goog-user-project", token.quota_project);
    return made;
}

common::repeated_call client::repeated(const call& what) {
    return {[this, what] { return authorised(what); },
            [this, renewed = false](const http_outcome& outcome) mutable {
                if (used_.emulator || !outcome.is(401) || renewed) return false;
                renewed = true;
                tokens_.drop();
                return true;
            },
            {}};
}

http_outcome client::perform(const call& what) {
    return common::perform_repeatedly(http_, stop_, repeated(what), limits_);
}

failure client::failed(const http_outcome& outcome, const std::string& doing) {
    std::string source = "the caller without credentials";
    if (!used_.emulator) {
        try {
            source = tokens_.get().source;
        } catch (const failure&) {
            // It was there for the request; the refusal matters more.
        }
    }
    return failure_of(outcome, doing, used_, source);
}

std::string client::object_of(std::string_view key) const {
    constexpr std::size_t most = 1024;
    const auto name = names_.name_of(key);
    if (!names_.key_of(name)) throw failure(MF_INVALID, "an empty key");
    if (name.size() > most || name == "." || name == ".." ||
        name.find_first_of("\r\n") != std::string::npos || !common::is_utf8(name))
        throw failure(MF_INVALID, "Google Cloud Storage cannot keep the key " + in_quotes(key) +
                                      ": UTF-8 of at most 1024 bytes with its prefix, without line breaks");
    return name;
}

std::string client::path_of(const std::string& object) const {
    return "/storage/v1/b/" + used_.bucket + "/o/" + common::percent_encode(object);
}

std::optional<client::object_state> client::read_state(const http_outcome& outcome) {
    const auto answer = json_text::parse(outcome.answer.body);
    if (!answer) return std::nullopt;
    object_state made;
    made.generation = answer->text("/generation").value_or("");
    for (auto& entry : answer->texts("/metadata")) {
        if (entry.first == common::write_id_name)
            made.write_id = entry.second;
        else
            made.metadata.push_back(std::move(entry));
    }
    return is_generation(made.generation) ? std::optional(std::move(made)) : std::nullopt;
}

std::optional<client::object_state> client::state_of(const std::string& object) {
    const auto outcome = perform({"GET", path_of(object), {}, {}, {}});
    if (is_missing_object(outcome)) return std::nullopt;
    auto state = outcome.is(200) ? read_state(outcome) : std::nullopt;
    if (!state) throw failed(outcome, "look at '" + object + "'");
    return state;
}

std::optional<common::seen_object> client::look(const std::string& object) {
    const auto state = state_of(object);
    if (!state) return std::nullopt;
    return common::seen_object{state->generation, state->write_id};
}

std::optional<plugin::document> client::get(std::string_view key) {
    const auto object = object_of(key);
    constexpr int most_races = 50;
    for (int attempt = 0;; ++attempt) {
        auto state = state_of(object);
        if (!state) return std::nullopt;
        // Of that generation only, so that data and metadata belong together.
        auto outcome =
            perform({"GET", path_of(object), {{"alt", "media"}, {"generation", state->generation}}, {}, {}});
        if (is_missing_object(outcome)) {
            // Replaced meanwhile, which is progress of somebody else's: no pause.
            if (attempt < most_races) continue;
            throw failure(MF_UNAVAILABLE, "Google Cloud Storage get of " + in_quotes(key) +
                                              ": it is replaced all the time; try again later");
        }
        if (!outcome.is(200)) throw failed(outcome, "get of " + in_quotes(key));
        // A service that does not know generations tells what it sent.
        const auto sent = outcome.answer.header("x-goog-generation");
        if (!sent.empty() && sent != state->generation && attempt < most_races) continue;
        return plugin::document{std::move(outcome.answer.body), std::move(state->generation),
                                std::move(state->metadata)};
    }
}

std::string client::put(std::string_view key, std::string_view data, std::span<const mf_pair> metadata,
                        mf_blob_condition when) {
    common::check_put_condition(when);
    const auto object = object_of(key);
    const auto doing = "put of " + in_quotes(key);
    const auto wanted = plugin::view(when.tag);
    if (when.kind == MF_IF_TAG && !is_generation(wanted)) common::refuse_tag(look(object));
    const auto write_id = common::random_id();
    const bool conditional = when.kind != MF_IF_ANY;
    const auto boundary = "mockfleet-" + write_id;
    const auto head = "--" + boundary + "\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n" +
                      resource_of(object, metadata, conditional ? write_id : "") + "\r\n--" + boundary +
                      "\r\nContent-Type: application/octet-stream\r\n\r\n";
    const auto tail = "\r\n--" + boundary + "--\r\n";
    call what{"POST",
              "/upload/storage/v1/b/" + used_.bucket + "/o",
              {{"uploadType", "multipart"}},
              "multipart/related; boundary=" + boundary,
              {head, data, tail}};
    const auto generation_of = [&](const http_outcome& outcome) {
        const auto state = outcome.is(200) ? read_state(outcome) : std::nullopt;
        if (!state) throw failed(outcome, doing);
        return state->generation;
    };
    if (!conditional) return generation_of(perform(what));
    what.query.emplace_back("ifGenerationMatch",
                            when.kind == MF_IF_ABSENT ? std::string("0") : std::string(wanted));
    common::conditional_put put;
    put.kind = when.kind;
    put.write_id = write_id;
    put.call = repeated(what);
    put.lost_race = [&](const http_outcome& outcome) {
        return outcome.is(412) || is_missing_object(outcome);
    };
    put.look = [&] { return look(object); };
    std::string tag;
    const auto outcome = common::perform_conditional_put(http_, stop_, put, tag, limits_);
    return outcome ? generation_of(*outcome) : tag;
}

http_outcome client::list_once(const std::string& prefix, const std::string& from, const std::string& mark,
                               std::uint32_t limit) {
    call what{"GET", "/storage/v1/b/" + used_.bucket + "/o", {}, {}, {}};
    what.query = {{"fields", "items(name),nextPageToken"}, {"maxResults", std::to_string(limit)}};
    if (!prefix.empty()) what.query.emplace_back("prefix", prefix);
    if (!mark.empty()) what.query.emplace_back("pageToken", mark);
    if (!from.empty()) what.query.emplace_back("startOffset", from);
    return perform(what);
}

plugin::key_page client::list(std::string_view prefix, std::string_view after, std::uint32_t limit) {
    const auto wanted = limit == 0 ? most_per_page : std::min(limit, most_per_page);
    const auto object_prefix = names_.name_of(prefix);
    const auto from = after.empty() ? std::string() : names_.name_of(after);
    // startOffset is part of the answer, hence one more.
    const auto page_size = from.empty() ? wanted : wanted + 1;
    std::string mark;
    plugin::key_page page;
    for (;;) {
        const auto outcome = list_once(object_prefix, from, mark, page_size);
        const auto answer = outcome.is(200) ? json_text::parse(outcome.answer.body) : std::nullopt;
        if (!answer) throw failed(outcome, "list of " + in_quotes(prefix));
        for (const auto& name : answer->each("/items", "name")) {
            if (!from.empty() && name <= from) continue;
            auto key = names_.key_of(name);
            if (!key) continue;
            if (page.keys.size() == wanted) {
                page.more = true;
                return page;
            }
            page.keys.push_back(std::move(*key));
        }
        mark = answer->text("/nextPageToken").value_or("");
        page.more = !mark.empty();
        if (!page.more || page.keys.size() == wanted) return page;
    }
}

bool client::remove(std::string_view key, mf_blob_condition when) {
    common::check_removal_condition(when);
    const auto object = object_of(key);
    call what{"DELETE", path_of(object), {}, {}, {}};
    if (when.kind == MF_IF_TAG) {
        const auto seen = look(object);
        if (!seen) return false;
        if (seen->tag != plugin::view(when.tag)) common::refuse_tag(seen);
        what.query.emplace_back("ifGenerationMatch", seen->tag);
    }
    common::removal wanted;
    wanted.conditional = when.kind == MF_IF_TAG;
    wanted.call = repeated(what);
    wanted.removed = [](const http_outcome& outcome) { return outcome.is(204) || outcome.is(200); };
    wanted.missing = is_missing_object;
    wanted.failed = [&](const http_outcome& outcome) {
        return failed(outcome, "remove of " + in_quotes(key));
    };
    return common::perform_removal(http_, stop_, wanted, limits_);
}

void client::probe() {
    if (!used_.probe && !used_.create_if_missing) return;
    common::place_probe bucket;
    bucket.look = [this] { return list_once(names_.name_of(""), {}, {}, 1); };
    bucket.good = [](const http_outcome& outcome) {
        return outcome.is(200) && json_text::parse(outcome.answer.body);
    };
    // A list is about the bucket alone, so any 404 means that.
    bucket.missing = [](const http_outcome& outcome) { return outcome.is(404); };
    if (used_.create_if_missing) bucket.create = [this] { create_bucket(); };
    bucket.failed = [this](const http_outcome& outcome) {
        if (outcome.is(404))
            return failure(MF_INVALID, "Google Cloud Storage probe: " + missing_bucket_remedy(used_));
        return failed(outcome, "probe of bucket " + in_quotes(used_.bucket));
    };
    common::probe_place(bucket);
}

void client::create_bucket() {
    auto project = used_.project;
    if (project.empty()) project = tokens_.get().project;
    if (project.empty())
        throw failure(MF_INVALID, "to create bucket '" + used_.bucket + "', set blobStoreProjectId");
    const auto body = "{\"name\":" + common::json_string(used_.bucket) + "}";
    const auto outcome =
        perform({"POST", "/storage/v1/b", {{"project", project}}, "application/json", {body}});
    if (outcome.is(200) || outcome.is(409)) return;
    throw failed(outcome, "creation of bucket " + in_quotes(used_.bucket));
}

} // namespace mockfleet::gcs
