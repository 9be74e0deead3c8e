// Requests, answers, and what they mean for the contract.
#include "client.hpp"

#include "error.hpp"
#include "list_page.hpp"
#include "metadata.hpp"
#include "shared_key.hpp"

#include "common/digest.hpp"
#include "common/failure_text.hpp"
#include "common/place_probe.hpp"
#include "common/timestamps.hpp"

#include <algorithm>
#include <chrono>

namespace mockfleet::azure {

namespace {

using common::http_outcome;
using common::in_quotes;
using plugin::failure;

constexpr std::uint32_t most_per_page = 5000;
constexpr auto api_version = "2020-10-02";

std::string tag_of(const http_outcome& outcome) {
    return std::string(outcome.answer.header("etag"));
}

bool is_missing_blob(const http_outcome& outcome) {
    if (!outcome.is(404)) return false;
    const auto code = code_of(outcome);
    return code == "BlobNotFound" || code == "ResourceNotFound";
}

} // namespace

client::client(settings used, common::retry_limits limits)
    : used_(std::move(used)), names_(used_.key_prefix), limits_(limits),
      http_(common::http_client_options{used_.ca_file}), identity_(http_, stop_) {}

void client::stop() {
    stop_.raise();
    http_.abort();
}

common::http_request client::signed_request(const call& what) {
    signable parts{what.method, used_.at.path + "/" + used_.container, what.query, what.headers,
                   what.body.size()};
    if (!what.blob.empty()) parts.path += "/" + what.blob;
    parts.headers.emplace_back("x-ms-date", common::http_date(std::chrono::system_clock::now()));
    parts.headers.emplace_back("x-ms-version", api_version);
    auto query = common::encode_query(what.query);
    if (!used_.key.key.empty()) {
        auto value = authorization(parts, used_.key);
        parts.headers.emplace_back("Authorization", std::move(value));
    } else if (!used_.sas.empty()) {
        query += (query.empty() ? "" : "&") + used_.sas;
    } else {
        parts.headers.emplace_back("Authorization", "Bearer " + identity_.get().text);
    }
    common::http_request made;
    made.method = what.method;
    made.url = used_.at.origin() + parts.path;
    if (!query.empty()) made.url += "?" + query;
    made.headers = std::move(parts.headers);
    if (!what.body.empty()) made.body = {what.body};
    return made;
}

common::repeated_call client::repeated(const call& what) {
    return {[this, what] { return signed_request(what); },
            [this, renewed = false](const http_outcome& outcome) mutable {
                if (used_.by_identity() && outcome.is(401) && !renewed) {
                    renewed = true;
                    identity_.drop();
                    return true;
                }
                return code_of(outcome) == "ContainerBeingDeleted";
            },
            {}};
}

http_outcome client::perform(const call& what) {
    return common::perform_repeatedly(http_, stop_, repeated(what), limits_);
}

failure client::failed(const http_outcome& outcome, const std::string& doing) {
    std::string source;
    if (used_.by_identity()) {
        try {
            source = identity_.get().source;
        } catch (const failure&) {
            // It was there for the request; the refusal matters more.
        }
    }
    return failure_of(outcome, doing, used_, source);
}

std::string client::blob_of(std::string_view key) const {
    constexpr std::size_t most = 1024;
    const auto name = names_.name_of(key);
    if (!names_.key_of(name)) throw failure(MF_INVALID, "an empty key");
    if (name.size() > most)
        throw failure(MF_INVALID, "the key is longer than the 1024 bytes that Azure allows with its prefix");
    // The service drops these.
    if (name.back() == '.' || name.back() == '/' || name.find("/./") != std::string::npos ||
        name.find("/../") != std::string::npos || name.find('\\') != std::string::npos ||
        name.starts_with("./") || name.starts_with("../"))
        throw failure(MF_INVALID, "Azure cannot keep the key " + in_quotes(key) +
                                      ": no end in '.' or '/', no '.' or '..' between slashes, no backslash");
    return common::percent_encode_path(name);
}

std::optional<plugin::document> client::get(std::string_view key) {
    auto outcome = perform({"GET", blob_of(key), {}, {}, {}});
    if (is_missing_blob(outcome)) return std::nullopt;
    if (!outcome.is(200)) throw failed(outcome, "get of " + in_quotes(key));
    plugin::document found;
    found.tag = tag_of(outcome);
    found.metadata = metadata_of(outcome.answer);
    found.data = std::move(outcome.answer.body);
    return found;
}

std::optional<common::seen_object> client::look(const std::string& blob) {
    const auto outcome = perform({"HEAD", blob, {}, {}, {}});
    if (is_missing_blob(outcome)) return std::nullopt;
    if (!outcome.is(200)) throw failed(outcome, "look at '" + blob + "'");
    return common::seen_object{tag_of(outcome), std::string(outcome.answer.header(
                                                    "x-ms-meta-" + std::string(common::write_id_name)))};
}

std::string client::put(std::string_view key, std::string_view data, std::span<const mf_pair> metadata,
                        mf_blob_condition when) {
    common::check_put_condition(when);
    const auto doing = "put of " + in_quotes(key);
    call what{"PUT", blob_of(key), {}, metadata_headers(metadata), data};
    what.headers.emplace_back("x-ms-blob-type", "BlockBlob");
    what.headers.emplace_back("Content-Type", "application/octet-stream");
    if (when.kind != MF_IF_ANY) return put_conditionally(std::move(what), when, doing);
    const auto outcome = perform(what);
    if (!outcome.is(201)) throw failed(outcome, doing);
    return tag_of(outcome);
}

std::string client::put_conditionally(call what, mf_blob_condition when, const std::string& doing) {
    const auto blob = what.blob;
    if (when.kind == MF_IF_TAG && !common::is_entity_tag(plugin::view(when.tag)))
        common::refuse_tag(look(blob));
    what.headers.push_back(common::condition_header(when));
    common::conditional_put put;
    put.kind = when.kind;
    put.write_id = common::random_id();
    what.headers.emplace_back("x-ms-meta-" + std::string(common::write_id_name), put.write_id);
    put.call = repeated(what);
    put.lost_race = [&](const http_outcome& outcome) {
        return outcome.is(412) || code_of(outcome) == "BlobAlreadyExists" ||
               (when.kind == MF_IF_TAG && is_missing_blob(outcome));
    };
    put.look = [&] { return look(blob); };
    std::string tag;
    const auto outcome = common::perform_conditional_put(http_, stop_, put, tag, limits_);
    if (!outcome) return tag;
    if (!outcome->is(201)) throw failed(*outcome, doing);
    return tag_of(*outcome);
}

http_outcome client::list_once(const std::string& prefix, const std::string& mark, std::uint32_t limit) {
    call what{"GET", {}, {{"restype", "container"}, {"comp", "list"}}, {}, {}};
    what.query.emplace_back("maxresults", std::to_string(limit));
    if (!prefix.empty()) what.query.emplace_back("prefix", prefix);
    if (!mark.empty()) what.query.emplace_back("marker", mark);
    return perform(what);
}

plugin::key_page client::list(std::string_view prefix, std::string_view after, std::uint32_t limit) {
    const auto wanted = limit == 0 ? most_per_page : std::min(limit, most_per_page);
    const auto blob_prefix = names_.name_of(prefix);
    const auto from = after.empty() ? std::string() : names_.name_of(after);
    const auto known = from.empty() ? std::nullopt : cursors_.find(blob_prefix, from);
    auto mark = known.value_or("");
    // Without a mark everything up to `after` has to be passed over, in large pages.
    const auto page_size = known || from.empty() ? wanted : most_per_page;
    plugin::key_page page;
    for (;;) {
        const auto outcome = list_once(blob_prefix, mark, page_size);
        if (!outcome.is(200)) throw failed(outcome, "list of " + in_quotes(prefix));
        const auto found = read_list_page(outcome.answer.body);
        if (!found)
            throw failure(MF_INTERNAL, "Azure list of " + in_quotes(prefix) +
                                           ": the answer is no list; check " + used_.at.origin());
        for (const auto& name : found->names) {
            if (!from.empty() && name <= from) continue;
            auto key = names_.key_of(name);
            if (!key) continue;
            if (page.keys.size() == wanted) {
                // Some of this service page are left: the next call reads it again.
                page.more = true;
                cursors_.keep(blob_prefix, names_.name_of(page.keys.back()), mark);
                return page;
            }
            page.keys.push_back(std::move(*key));
        }
        page.more = !found->next.empty();
        if (!page.more) return page;
        mark = found->next;
        if (page.keys.size() == wanted || (!page.keys.empty() && page_size == wanted)) {
            cursors_.keep(blob_prefix, names_.name_of(page.keys.back()), mark);
            return page;
        }
    }
}

bool client::remove(std::string_view key, mf_blob_condition when) {
    common::check_removal_condition(when);
    call what{"DELETE", blob_of(key), {}, {}, {}};
    if (when.kind == MF_IF_TAG) {
        const auto seen = look(what.blob);
        if (!seen) return false;
        if (seen->tag != plugin::view(when.tag)) common::refuse_tag(seen);
        what.headers.push_back(common::condition_header(when));
    }
    common::removal wanted;
    wanted.conditional = when.kind == MF_IF_TAG;
    wanted.call = repeated(what);
    wanted.removed = [](const http_outcome& outcome) { return outcome.is(202); };
    wanted.missing = is_missing_blob;
    wanted.failed = [&](const http_outcome& outcome) {
        return failed(outcome, "remove of " + in_quotes(key));
    };
    return common::perform_removal(http_, stop_, wanted, limits_);
}

void client::probe() {
    if (!used_.probe && !used_.create_if_missing) return;
    common::place_probe container;
    container.look = [this] { return list_once(names_.name_of(""), {}, 1); };
    container.good = [](const http_outcome& outcome) {
        return outcome.is(200) && read_list_page(outcome.answer.body);
    };
    container.missing = [](const http_outcome& outcome) { return code_of(outcome) == "ContainerNotFound"; };
    if (used_.create_if_missing) container.create = [this] { create_container(); };
    container.failed = [this](const http_outcome& outcome) {
        return failed(outcome, "probe of container " + in_quotes(used_.container));
    };
    common::probe_place(container);
}

void client::create_container() {
    const auto outcome = perform({"PUT", {}, {{"restype", "container"}}, {}, {}});
    if (outcome.is(201) || code_of(outcome) == "ContainerAlreadyExists") return;
    throw failed(outcome, "creation of container " + in_quotes(used_.container));
}

} // namespace mockfleet::azure
