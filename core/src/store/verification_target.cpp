// Counting over a snapshot; the packed forms are lists of what the structs hold.
#include "store/verification_target.hpp"

#include "model/codec.hpp"
#include "store/disposition.hpp"
#include "store/log_filter.hpp"
#include "store/packed.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <utility>

namespace mockfleet::store {

namespace {

/// What a packed target has.
constexpr std::uint8_t with_id = 1;
constexpr std::uint8_t with_response = 2;
constexpr std::uint8_t mocked_only = 4;
constexpr std::uint8_t forwarded_only = 8;

std::uint8_t flags_of(const verification_target& one) {
    std::uint8_t flags = one.by_id() ? with_id : 0;
    if (one.response()) flags |= with_response;
    if (one.disposition())
        flags |= *one.disposition() == model::disposition::mocked ? mocked_only : forwarded_only;
    return flags;
}

base::error unreadable() {
    return {base::errc::unsupported, "a verification is in a format that this version does not know"};
}

} // namespace

verification_target::verification_target(model::request_matcher matcher)
    : matcher_(std::move(matcher)),
      compiled_(matching::compiled_matcher::compile(&matcher_, matching::direction::control_plane)) {}

verification_target::verification_target(std::string id, model::request_matcher matcher)
    : verification_target(std::move(matcher)) {
    id_ = std::move(id);
    by_id_ = true;
}

void verification_target::answered_with(model::response_matcher response) {
    response_ = std::move(response);
    compiled_response_.emplace(*response_);
}

bool verification_target::selects(const recorded_exchange& made, exchange_facts& facts) const {
    if (by_id_) {
        const auto* const by = answered_by(made);
        return by != nullptr && by->definition.id == id_;
    }
    facts.request.begin(made.request);
    return compiled_.matches(facts.request);
}

bool verification_target::hits(const recorded_exchange& made, exchange_facts& facts) const {
    if (disposition_ && disposition_of(made) != disposition_) return false;
    if (!selects(made, facts)) return false;
    if (!compiled_response_) return true;
    const auto* answered = verifiable_response(made, facts.received);
    if (answered == nullptr) return false;
    facts.response.begin(*answered, verifiable_status(made));
    return compiled_response_->matches(facts.response);
}

std::vector<matching::difference> verification_target::explain(const recorded_exchange& made,
                                                               exchange_facts& facts) const {
    std::vector<matching::difference> found;
    if (!by_id_ || !compiled_response_) {
        facts.request.begin(made.request);
        found = compiled_.explain(facts.request);
    }
    for (auto& one : explain_response(made, facts))
        found.push_back(std::move(one));
    return found;
}

std::vector<matching::difference> verification_target::explain_response(const recorded_exchange& made,
                                                                        exchange_facts& facts) const {
    const auto* answered = compiled_response_ ? verifiable_response(made, facts.received) : nullptr;
    if (answered == nullptr) return {};
    facts.response.begin(*answered, verifiable_status(made));
    return compiled_response_->explain(facts.response);
}

evicted_counts::range verification_target::evicted(const evicted_counts& counts) const {
    auto found = by_id_ ? counts.served_by(id_) : counts.matching(matcher_);
    if (response_ || disposition_) found.least = 0;
    return found;
}

void log_tally::add(const log_tally& other) {
    evicted_requests += other.evicted_requests;
    for (std::size_t i = 0; i < hits.size() && i < other.hits.size(); ++i) {
        hits[i] += other.hits[i];
        evicted[i].least += other.evicted[i].least;
        evicted[i].most += other.evicted[i].most;
    }
}

void log_tally::widen(const log_tally& later) {
    for (std::size_t i = 0; i < evicted.size(); ++i)
        evicted[i].most = std::max(evicted[i].most, later.evicted[i].most);
    evicted_requests = std::max(evicted_requests, later.evicted_requests);
}

log_tally tally_evicted(const log_snapshot& entries, std::span<const verification_target> targets) {
    log_tally counted;
    counted.hits.resize(targets.size());
    counted.evicted_requests = entries.evicted().requests();
    for (const auto& one : targets)
        counted.evicted.push_back(one.evicted(entries.evicted()));
    return counted;
}

log_tally tally(const log_snapshot& entries, std::span<const verification_target> targets) {
    auto counted = tally_evicted(entries, targets);
    recorded_exchange made;
    exchange_facts facts;
    for (std::size_t index = 0; index < entries.size(); ++index) {
        if (entries.is_note(index)) continue;
        entries.read(index, made);
        for (std::size_t i = 0; i < targets.size(); ++i) {
            if (targets[i].hits(made, facts)) ++counted.hits[i];
        }
    }
    return counted;
}

std::string encode(std::span<const verification_target> targets) {
    packer out;
    out.number(targets.size());
    for (const auto& one : targets) {
        out.byte(flags_of(one));
        out.text(one.id());
        out.text(encode(one.matcher()));
        if (one.response()) out.text(json::compact(model::to_stored_json(*one.response())));
    }
    return out.take();
}

base::result<std::vector<verification_target>> decode_targets(std::string_view bytes) {
    unpacker in(bytes);
    std::vector<verification_target> targets;
    const auto count = in.count();
    for (std::size_t i = 0; i < count && in.sound(); ++i) {
        const auto flags = in.byte();
        std::string id(in.text());
        auto matcher = decode_matcher(in.text());
        if (!matcher) return matcher.error();
        if ((flags & with_id) != 0)
            targets.emplace_back(std::move(id), std::move(*matcher));
        else
            targets.emplace_back(std::move(*matcher));
        if ((flags & with_response) != 0) {
            const auto document = json::read_tolerant(in.text());
            if (!document) return document.error();
            auto response = model::response_matcher_from_json(*document);
            if (!response) return response.error();
            targets.back().answered_with(std::move(*response));
        }
        if ((flags & mocked_only) != 0) targets.back().answered(model::disposition::mocked);
        if ((flags & forwarded_only) != 0) targets.back().answered(model::disposition::forwarded);
    }
    if (!in.ended()) return unreadable();
    return targets;
}

std::string encode(const log_tally& counted) {
    packer out;
    out.number(counted.evicted_requests);
    out.number(counted.hits.size());
    for (std::size_t i = 0; i < counted.hits.size(); ++i) {
        out.number(counted.hits[i]);
        out.number(counted.evicted[i].least);
        out.number(counted.evicted[i].most);
    }
    return out.take();
}

base::result<log_tally> decode_tally(std::string_view bytes, std::size_t targets) {
    unpacker in(bytes);
    log_tally counted;
    counted.evicted_requests = in.number();
    const auto count = in.count();
    for (std::size_t i = 0; i < count && in.sound(); ++i) {
        counted.hits.push_back(in.number());
        const auto least = in.number();
        counted.evicted.push_back({least, in.number()});
    }
    if (!in.ended() || count != targets)
        return base::error{base::errc::internal, "it does not have the counts that were asked for"};
    return counted;
}

} // namespace mockfleet::store
