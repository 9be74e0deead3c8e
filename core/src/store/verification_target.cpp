// Counting over a snapshot; the packed forms are lists of what the structs hold.
#include "store/verification_target.hpp"

#include "store/log_filter.hpp"
#include "store/packed.hpp"

#include <utility>

namespace mockfleet::store {

namespace {

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

bool verification_target::hits(const recorded_exchange& made, matching::request_facts& facts) const {
    if (by_id_) return made.served_by != nullptr && made.served_by->definition.id == id_;
    facts.begin(made.request);
    return compiled_.matches(facts);
}

evicted_counts::range verification_target::evicted(const evicted_counts& counts) const {
    return by_id_ ? counts.served_by(id_) : counts.matching(matcher_);
}

void log_tally::add(const log_tally& other) {
    evicted_requests += other.evicted_requests;
    for (std::size_t i = 0; i < hits.size() && i < other.hits.size(); ++i) {
        hits[i] += other.hits[i];
        evicted[i].least += other.evicted[i].least;
        evicted[i].most += other.evicted[i].most;
    }
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
    matching::request_facts facts;
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
        out.byte(one.by_id() ? 1 : 0);
        out.text(one.id());
        out.text(encode(one.matcher()));
    }
    return out.take();
}

base::result<std::vector<verification_target>> decode_targets(std::string_view bytes) {
    unpacker in(bytes);
    std::vector<verification_target> targets;
    const auto count = in.count();
    for (std::size_t i = 0; i < count && in.sound(); ++i) {
        const bool by_id = in.byte() != 0;
        std::string id(in.text());
        auto matcher = decode_matcher(in.text());
        if (!matcher) return matcher.error();
        if (by_id)
            targets.emplace_back(std::move(id), std::move(*matcher));
        else
            targets.emplace_back(std::move(*matcher));
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

base::result<log_tally> decode_tally(std::string_view bytes) {
    unpacker in(bytes);
    log_tally counted;
    counted.evicted_requests = in.number();
    const auto count = in.count();
    for (std::size_t i = 0; i < count && in.sound(); ++i) {
        counted.hits.push_back(in.number());
        const auto least = in.number();
        counted.evicted.push_back({least, in.number()});
    }
    if (!in.ended()) return unreadable();
    return counted;
}

} // namespace mockfleet::store
