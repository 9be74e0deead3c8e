// Requests, answers, and what they mean for the contract.
#include "client.hpp"

#include "error.hpp"
#include "list_page.hpp"
#include "metadata.hpp"
#include "sign_v4.hpp"

#include "common/digest.hpp"
#include "common/failure_text.hpp"
#include "common/place_probe.hpp"
#include "common/xml.hpp"

#include <algorithm>
#include <chrono>

namespace mockfleet::s3 {

namespace {

using common::http_outcome;
using common::in_quotes;
using plugin::failure;

constexpr std::uint32_t most_per_page = 1000;
constexpr auto empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Refusals that another attempt may turn into an answer: S3 asks for that itself.
bool is_passing_code(const http_outcome& outcome) {
    if (!outcome.answered() || outcome.answer.status < 400) return false;
    const auto code = read_refusal(outcome.answer).code;
    return code == "RequestTimeout" || code == "ConditionalRequestConflict" || code == "OperationAborted" ||
           code == "SlowDown";
}

bool is_expired(const http_outcome& outcome) {
    if (!outcome.answered() || outcome.answer.status < 400) return false;
    const auto code = read_refusal(outcome.answer).code;
    return code == "ExpiredToken" || code == "TokenRefreshRequired" || code == "InvalidToken";
}

/// Of an object, not of a bucket or a page of some other server.
bool is_missing_object(const http_outcome& outcome) {
    if (!outcome.is(404)) return false;
    const auto code = read_refusal(outcome.answer).code;
    return code == "NoSuchKey" || code == "NoSuchVersion";
}

std::string tag_of(const http_outcome& outcome) {
    return std::string(outcome.answer.header("etag"));
}

} // namespace

client::client(settings used, common::retry_limits limits)
    : used_(std::move(used)), names_(used_.key_prefix), limits_(limits),
      http_(common::http_client_options{used_.ca_file}), credentials_(used_, http_, stop_) {}

void client::stop() {
    stop_.raise();
    http_.abort();
}

common::http_request client::signed_request(const call& what) {
    signable parts{what.method, used_.base + what.path, what.query, what.headers,
                   what.payload_hash.empty() ? empty_hash : what.payload_hash};
    // The bucket itself has no slash behind it.
    if (what.path.empty() && parts.path.size() > 1) parts.path.pop_back();
    parts.headers.emplace_back("Host", used_.at.authority);
    sign(parts, {used_.region, "s3", std::chrono::system_clock::now()}, credentials_.get().keys);
    common::http_request made;
    made.method = what.method;
    made.url = used_.at.origin() + parts.path;
    if (!what.query.empty()) made.url += "?" + common::encode_query(what.query);
    made.headers = std::move(parts.headers);
    if (!what.body.empty()) made.body = {what.body};
    return made;
}

common::repeated_call client::repeated(const call& what) {
    return {[this, what] { return signed_request(what); },
            [this, renewed = false](const http_outcome& outcome) mutable {
                if (is_expired(outcome) && !renewed) {
                    renewed = true;
                    credentials_.drop();
                    return true;
                }
                return is_passing_code(outcome);
            },
            {}};
}

http_outcome client::perform(const call& what) {
    return common::perform_repeatedly(http_, stop_, repeated(what), limits_);
}

failure client::failed(const http_outcome& outcome, const std::string& doing) {
    std::string source = "an unknown source";
    try {
        source = credentials_.get().source;
    } catch (const failure&) {
        // It was there for the request; the refusal matters more.
    }
    return failure_of(outcome, doing, used_, source);
}

std::string client::object_of(std::string_view key) const {
    constexpr std::size_t most = 1024;
    auto name = names_.name_of(key);
    if (!names_.key_of(name)) throw failure(MF_INVALID, "an empty key");
    if (name.size() > most)
        throw failure(MF_INVALID, "the key is longer than the 1024 bytes that S3 allows with its prefix");
    return name;
}

std::optional<plugin::document> client::get(std::string_view key) {
    call what{"GET", common::percent_encode_path(object_of(key)), {}, {}, {}, {}};
    auto outcome = perform(what);
    if (is_missing_object(outcome)) return std::nullopt;
    if (!outcome.is(200)) throw failed(outcome, "get of " + in_quotes(key));
    plugin::document found;
    found.tag = tag_of(outcome);
    found.metadata = metadata_of(outcome.answer);
    found.data = std::move(outcome.answer.body);
    return found;
}

std::optional<common::seen_object> client::look(const std::string& object) {
    const auto outcome = perform({"HEAD", object, {}, {}, {}, {}});
    if (outcome.is(404)) return std::nullopt;
    if (!outcome.is(200)) throw failed(outcome, "look at '" + object + "'");
    return common::seen_object{tag_of(outcome), std::string(outcome.answer.header(
                                                    "x-amz-meta-" + std::string(common::write_id_name)))};
}

std::string client::put(std::string_view key, std::string_view data, std::span<const mf_pair> metadata,
                        mf_blob_condition when) {
    common::check_put_condition(when);
    const auto object = common::percent_encode_path(object_of(key));
    const auto doing = "put of " + in_quotes(key);
    call what{"PUT", object, {}, metadata_headers(metadata), data, {}};
    what.headers.emplace_back("Content-Type", "application/octet-stream");
    what.payload_hash = common::hex(common::view_of(common::sha256(data)));
    if (when.kind != MF_IF_ANY) return put_conditionally(std::move(what), object, when, doing);
    const auto outcome = perform(what);
    if (!outcome.is(200)) throw failed(outcome, doing);
    return tag_of(outcome);
}

std::string client::put_conditionally(call what, const std::string& object, mf_blob_condition when,
                                      const std::string& doing) {
    if (when.kind == MF_IF_TAG && !common::is_entity_tag(plugin::view(when.tag)))
        common::refuse_tag(look(object));
    what.headers.push_back(common::condition_header(when));
    common::conditional_put put;
    put.kind = when.kind;
    put.write_id = common::random_id();
    what.headers.emplace_back("x-amz-meta-" + std::string(common::write_id_name), put.write_id);
    put.call = repeated(what);
    put.lost_race = [&](const http_outcome& outcome) {
        return outcome.is(412) || (when.kind == MF_IF_TAG && is_missing_object(outcome));
    };
    put.look = [&] { return look(object); };
    std::string tag;
    const auto outcome = common::perform_conditional_put(http_, stop_, put, tag, limits_);
    if (!outcome) return tag;
    if (!outcome->is(200)) throw failed(*outcome, doing);
    return tag_of(*outcome);
}

client::call client::list_call(const std::string& prefix, const std::string& after, std::uint32_t limit) {
    call what{"GET", {}, {{"encoding-type", "url"}, {"list-type", "2"}}, {}, {}, {}};
    what.query.emplace_back("max-keys", std::to_string(limit));
    if (!prefix.empty()) what.query.emplace_back("prefix", prefix);
    if (!after.empty()) what.query.emplace_back("start-after", after);
    return what;
}

plugin::key_page client::list(std::string_view prefix, std::string_view after, std::uint32_t limit) {
    const auto wanted = limit == 0 ? most_per_page : std::min(limit, most_per_page);
    const auto object_prefix = names_.name_of(prefix);
    auto from = after.empty() ? std::string() : names_.name_of(after);
    plugin::key_page page;
    for (;;) {
        const auto outcome = perform(list_call(object_prefix, from, wanted));
        if (!outcome.is(200)) throw failed(outcome, "list of " + in_quotes(prefix));
        const auto found = read_list_page(outcome.answer.body);
        if (!found)
            throw failure(MF_INTERNAL, "S3 list of " + in_quotes(prefix) +
                                           ": the answer is no list; check that blobStoreEndpoint is an S3 "
                                           "service");
        for (const auto& name : found->names) {
            auto key = names_.key_of(name);
            if (key && page.keys.size() < wanted) page.keys.push_back(std::move(*key));
        }
        page.more = found->truncated && !found->names.empty();
        // A page may hold nothing but an object that is no key.
        if (!page.keys.empty() || !page.more) return page;
        from = found->names.back();
    }
}

bool client::remove(std::string_view key, mf_blob_condition when) {
    common::check_removal_condition(when);
    const auto object = common::percent_encode_path(object_of(key));
    // S3 answers the removal of nothing like any other, and not every service of its kind knows a
    // condition here.
    const auto seen = look(object);
    if (!seen) return false;
    call what{"DELETE", object, {}, {}, {}, {}};
    if (when.kind == MF_IF_TAG) {
        if (seen->tag != plugin::view(when.tag)) common::refuse_tag(seen);
        what.headers.push_back(common::condition_header(when));
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
    bucket.look = [this] { return perform(list_call(names_.name_of(""), {}, 1)); };
    bucket.good = [](const http_outcome& outcome) {
        return outcome.is(200) && read_list_page(outcome.answer.body);
    };
    bucket.missing = [](const http_outcome& outcome) {
        return outcome.is(404) && read_refusal(outcome.answer).code == "NoSuchBucket";
    };
    if (used_.create_if_missing) bucket.create = [this] { create_bucket(); };
    bucket.failed = [this](const http_outcome& outcome) {
        return failed(outcome, "probe of bucket " + in_quotes(used_.bucket));
    };
    common::probe_place(bucket);
}

void client::create_bucket() {
    call what{"PUT", {}, {}, {}, {}, {}};
    std::string body;
    if (used_.region != "us-east-1") {
        body = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
               "<LocationConstraint>" +
               used_.region + "</LocationConstraint></CreateBucketConfiguration>";
        what.body = body;
        what.payload_hash = common::hex(common::view_of(common::sha256(body)));
    }
    const auto outcome = perform(what);
    if (outcome.is(200)) return;
    // Another node was faster.
    const auto code = outcome.answered() ? read_refusal(outcome.answer).code : std::string();
    if (code == "BucketAlreadyOwnedByYou") return;
    throw failed(outcome, "creation of bucket " + in_quotes(used_.bucket));
}

} // namespace mockfleet::s3
