// A query's packed form: flags, then whatever the flags announce.
#include "store/log_filter.hpp"

#include "model/codec.hpp"
#include "store/packed.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <utility>

namespace mockfleet::store {

namespace {

constexpr std::uint8_t with_notes = 1;
constexpr std::uint8_t with_visible_only = 2;
constexpr std::uint8_t with_filter = 4;
constexpr std::uint8_t with_correlation = 8;

base::error unreadable() {
    return {base::errc::unsupported,
            "a question about the log is in a format that this version does not know"};
}

} // namespace

request_filter::request_filter(const std::optional<model::request_matcher>& source) {
    if (source) compiled_ = matching::compiled_matcher::compile(&*source, matching::direction::control_plane);
    open_ = !source || *source == model::request_matcher{};
}

bool request_filter::operator()(const recorded_exchange& made) {
    if (open_) return true;
    facts_.begin(made.request);
    return compiled_.matches(facts_);
}

bool request_filter::operator()(const recorded_note& made) const {
    if (open_ || (made.request == nullptr && made.about == nullptr)) return true;
    if (made.request != nullptr) return matching::filter_selects(compiled_, made.request);
    return (*this)(*made.about);
}

bool request_filter::operator()(const live_expectation& one) const {
    const auto& own = one.definition.request;
    return open_ || matching::filter_selects(compiled_, own ? &*own : nullptr);
}

std::string encode(const model::request_matcher& matcher) {
    // In an expectation, whose stored form loses nothing, and which needs an action.
    model::expectation around;
    around.request = matcher;
    around.response.emplace();
    return json::compact(model::to_stored_json(around));
}

base::result<model::request_matcher> decode_matcher(std::string_view text) {
    const auto document = json::read_tolerant(text);
    if (!document) return document.error();
    auto around = model::expectation_from_json(*document);
    if (!around) return around.error();
    return around->request ? std::move(*around->request) : model::request_matcher();
}

std::string encode(const log_query& query) {
    packer out;
    out.byte(static_cast<std::uint8_t>(
        (query.notes ? with_notes : 0) | (query.visible_only ? with_visible_only : 0) |
        (query.filter ? with_filter : 0) | (query.correlation_id ? with_correlation : 0)));
    if (query.filter) out.text(encode(*query.filter));
    if (query.correlation_id) out.text(*query.correlation_id);
    out.number(query.any_of.size());
    for (const auto& one : query.any_of)
        out.text(encode(one));
    out.number(query.served_by.size());
    for (const auto& one : query.served_by)
        out.text(one);
    return out.take();
}

base::result<log_query> decode_query(std::string_view bytes) {
    unpacker in(bytes);
    log_query query;
    const auto flags = in.byte();
    query.notes = (flags & with_notes) != 0;
    query.visible_only = (flags & with_visible_only) != 0;
    if ((flags & with_filter) != 0) {
        auto filter = decode_matcher(in.text());
        if (!filter) return filter.error();
        query.filter = std::move(*filter);
    }
    if ((flags & with_correlation) != 0) query.correlation_id = in.text();
    const auto matchers = in.count();
    for (std::size_t i = 0; i < matchers && in.sound(); ++i) {
        auto one = decode_matcher(in.text());
        if (!one) return one.error();
        query.any_of.push_back(std::move(*one));
    }
    const auto ids = in.count();
    for (std::size_t i = 0; i < ids && in.sound(); ++i)
        query.served_by.emplace_back(in.text());
    if (!in.ended()) return unreadable();
    return query;
}

log_filter::log_filter(const log_query& query) : query_(query), filter_(query.filter) {
    for (const auto& one : query.any_of)
        any_of_.push_back(matching::compiled_matcher::compile(&one, matching::direction::control_plane));
}

bool log_filter::operator()(const recorded_exchange& made) {
    if (query_.correlation_id) return correlation_id(made.correlation) == *query_.correlation_id;
    if (!query_.served_by.empty()) {
        const auto* const by = answered_by(made);
        if (by == nullptr) return false;
        const auto& ids = query_.served_by;
        if (std::find(ids.begin(), ids.end(), by->definition.id) == ids.end()) return false;
    }
    if (!any_of_.empty()) {
        facts_.begin(made.request);
        if (std::none_of(any_of_.begin(), any_of_.end(),
                         [&](const auto& one) { return one.matches(facts_); }))
            return false;
    }
    return filter_(made);
}

bool log_filter::operator()(const recorded_note& made) {
    if (!query_.notes) return false;
    if (query_.correlation_id) return correlation_id(made.correlation) == *query_.correlation_id;
    return filter_(made);
}

} // namespace mockfleet::store
