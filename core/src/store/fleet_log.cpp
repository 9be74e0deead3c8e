// Topics log.count, log.entries and log.clear. Payloads begin with their format, so that a node of another
// version says so instead of guessing.
#include "store/fleet_log.hpp"

#include "store/log_filter.hpp"
#include "store/log_transfer.hpp"
#include "store/packed.hpp"
#include "store/recheck.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace mockfleet::store {

namespace asio = boost::asio;

namespace {

constexpr std::uint8_t format = 3;
constexpr const char* count_topic = "log.count";
constexpr const char* entries_topic = "log.entries";
constexpr const char* clear_topic = "log.clear";

base::error other_version() {
    return {base::errc::unsupported, "the question is of another version of mockfleet"};
}

/// An answer that cannot be what was asked for.
base::error malformed(const std::string& node, const base::error& why) {
    return {base::errc::internal, "node " + node + " sent a malformed answer: " + why.message};
}

} // namespace

fleet_log::fleet_log(event_log& log, const expectations& live, peer_topics& peers)
    : log_(log), live_(live), peers_(peers) {
    peers.add(count_topic, [this](std::string payload) { return answer_count(std::move(payload)); });
    peers.add(entries_topic, [this](std::string payload) { return answer_entries(std::move(payload)); });
    peers.add(clear_topic, [this](std::string payload) { return answer_clear(std::move(payload)); });
}

bool fleet_log::alone(scope whose) const {
    return whose == scope::this_node || !fan_in_.load(std::memory_order_relaxed) || !peers_.clustered();
}

// Asking.

fleet_log::answer<log_tally> fleet_log::count(std::span<const verification_target> targets,
                                              const log_snapshot* mine) {
    auto total = tally(*mine, targets);
    packer question;
    question.byte(format);
    question.raw(encode(targets));
    const auto answers = co_await peers_.ask(count_topic, question.take());
    if (!answers) co_return answers.error();
    for (const auto& one : *answers) {
        const auto counted = decode_tally(one.payload, targets.size());
        if (!counted) co_return malformed(one.node, counted.error());
        total.add(*counted);
    }
    co_return total;
}

fleet_log::answer<fleet_log::merged> fleet_log::gather(log_query query,
                                                       std::span<const verification_target> targets) {
    struct part {
        std::vector<std::shared_ptr<log_segment>> segments;
        std::optional<page_mark> next;
        std::optional<log_tally> gone;
        std::int64_t bound = 0;
    };
    std::map<std::string, part> parts;
    const auto wanted = encode(targets);
    const auto packed = encode(query);
    ask_options how;
    for (bool first = true; first || !how.nodes.empty(); first = false) {
        packer question;
        question.byte(format);
        question.number(page_bytes_);
        question.number(how.nodes.size());
        for (const auto& node : how.nodes) {
            const auto& mark = *parts[node].next;
            question.text(node);
            question.fixed(mark.stamp);
            question.fixed(mark.correlation);
            question.fixed(mark.until);
        }
        question.text(wanted);
        question.raw(packed);
        auto answers = co_await peers_.ask(entries_topic, question.take(), how);
        if (!answers) co_return answers.error();
        how.nodes.clear();
        for (auto& one : *answers) {
            unpacker in(one.payload);
            const auto gone = decode_tally(in.text(), targets.size());
            if (!gone) co_return malformed(one.node, gone.error());
            auto page = unpack_page(in.rest());
            if (!page) co_return malformed(one.node, page.error());
            auto& known = parts[one.node];
            // An entry that is evicted before its page is sent is on no page.
            if (known.gone)
                known.gone->widen(*gone);
            else
                known.gone = *gone;
            if (page->entries) known.segments.push_back(std::move(page->entries));
            known.next = page->next;
            known.bound = std::max(known.bound, one.clock_bound);
            if (page->next) how.nodes.push_back(one.node);
        }
    }

    // Taken last, so that what this node received while it asked is not missing from an otherwise newer log.
    merged all;
    all.entries = log_.take();
    all.gone = tally_evicted(all.entries, targets);
    if (query.visible_only) all.entries.keep_visible();
    // Nodes are numbered in the order of their ids: every node merges alike.
    const auto& own = peers_.own_id();
    const auto own_number = static_cast<std::uint32_t>(
        std::count_if(parts.begin(), parts.end(), [&](const auto& one) { return one.first < own; }));
    std::uint32_t number = 0;
    all.entries.of_node(own_number);
    all.bounds.assign(parts.size() + 1, 0);
    for (auto& [node, one] : parts) {
        if (number == own_number) ++number;
        all.bounds[number] = one.bound;
        if (one.gone) all.gone.add(*one.gone);
        for (auto& segment : one.segments)
            all.entries.add(std::move(segment), number);
        ++number;
    }
    all.entries.put_in_order();
    co_return all;
}

fleet_log::answer<std::optional<std::string>> fleet_log::verify(model::verification asked,
                                                                verification_options options, scope whose) {
    const auto question = count_verification::of(live_, asked, options);
    if (!question) co_return question.error();
    const auto since = log_.clock().now();
    recheck again(asked.patience(), ending_);
    for (;;) {
        const bool just_here = alone(whose);
        const auto seen = log_.at_present();
        const auto mine = log_.take();
        base::result<log_tally> counted{log_tally()};
        if (just_here)
            counted = tally(mine, question->targets());
        else
            counted = co_await count(question->targets(), &mine);
        if (!counted) co_return counted.error();
        if (question->holds(*counted)) {
            question->note_passed(log_);
            co_return std::optional<std::string>();
        }
        bool once_more = co_await again.wait();
        while (once_more && just_here && alone(whose) && log_.at_present() == seen)
            once_more = co_await again.wait();
        if (once_more) continue;
        if (just_here) co_return question->conclude(log_, mine, *counted, since);
        const auto all = co_await gather({}, question->targets());
        if (!all) co_return all.error();
        co_return question->conclude(log_, all->entries, all->gone, since);
    }
}

fleet_log::answer<std::optional<std::string>>
fleet_log::verify_sequence(model::verification_sequence asked, verification_options options, scope whose) {
    const auto question = sequence_verification::of(live_, asked, options);
    if (!question) co_return question.error();
    const auto since = log_.clock().now();
    recheck again(asked.patience(), ending_);
    if (question->targets().empty()) co_return question->conclude(log_, {}, {}, {}, since);
    bool just_here = false;
    log_snapshot mine;
    event_log::revision seen;
    for (bool once_more = true; once_more; once_more = co_await again.wait()) {
        if (just_here && alone(whose) && log_.at_present() == seen) continue;
        just_here = alone(whose);
        auto found = sequence_verification::order::none;
        if (just_here) {
            seen = log_.at_present();
            mine = log_.take();
            found = question->found_in(mine, clock_bounds{0});
        } else {
            // Most sequences are found, and for that the entries that a step selects are enough.
            log_query query;
            if (asked.by_id)
                query.served_by = asked.expectation_ids;
            else
                query.any_of = asked.requests;
            const auto selected = co_await gather(std::move(query));
            if (!selected) co_return selected.error();
            found = question->found_in(selected->entries, selected->bounds);
        }
        if (found != sequence_verification::order::every) continue;
        question->note_passed(log_);
        co_return std::optional<std::string>();
    }
    if (just_here)
        co_return question->conclude(log_, mine, tally_evicted(mine, question->targets()), {}, since);
    log_query everything;
    if (asked.by_id) everything.served_by = asked.expectation_ids;
    const auto all = co_await gather(std::move(everything), question->targets());
    if (!all) co_return all.error();
    co_return question->conclude(log_, all->entries, all->gone, all->bounds, since);
}

fleet_log::answer<std::string> fleet_log::retrieve(retrieval asked, scope whose) {
    if (alone(whose) || !reads_log(asked)) co_return store::retrieve(log_, live_, asked);
    auto filter = filter_of(live_, asked);
    if (!filter) co_return filter.error();
    log_query query;
    query.notes = asked.what == retrieval::kind::logs;
    query.visible_only = true;
    query.filter = std::move(*filter);
    if (asked.what == retrieval::kind::logs) query.correlation_id = asked.correlation_id;
    const auto all = co_await gather(std::move(query));
    if (!all) co_return all.error();
    co_return store::retrieve(log_, live_, asked, all->entries);
}

fleet_log::answer<void> fleet_log::clear_others(std::string payload) {
    // Also without fan-in: requests that a test left on other nodes would disturb the next one.
    const auto answers = co_await peers_.ask(clear_topic, std::move(payload));
    if (!answers) co_return answers.error();
    co_return base::result<void>();
}

fleet_log::answer<void> fleet_log::clear(std::optional<model::request_matcher> filter) {
    if (peers_.clustered()) {
        packer question;
        question.byte(format);
        question.byte(filter ? 1 : 0);
        if (filter) question.raw(encode(*filter));
        const auto done = co_await clear_others(question.take());
        if (!done) co_return done.error();
    }
    if (filter)
        log_.clear_matching(*filter);
    else
        log_.clear();
    co_return base::result<void>();
}

fleet_log::answer<void> fleet_log::reset() {
    if (peers_.clustered()) {
        packer question;
        question.byte(format);
        question.byte(0);
        const auto done = co_await clear_others(question.take());
        if (!done) co_return done.error();
    }
    log_.reset();
    co_return base::result<void>();
}

// Answering.

fleet_log::answer<std::string> fleet_log::answer_count(std::string payload) {
    unpacker in(payload);
    if (in.byte() != format) co_return other_version();
    const auto targets = decode_targets(in.rest());
    if (!in.sound()) co_return other_version();
    if (!targets) co_return targets.error();
    co_return encode(tally(log_.take(), *targets));
}

fleet_log::answer<std::string> fleet_log::answer_entries(std::string payload) {
    unpacker in(payload);
    if (in.byte() != format) co_return other_version();
    const auto most_bytes = static_cast<std::size_t>(in.number());
    std::optional<page_mark> after;
    const auto nodes = in.count();
    for (std::size_t i = 0; i < nodes && in.sound(); ++i) {
        const auto node = in.text();
        page_mark mark;
        mark.stamp = in.fixed_signed();
        mark.correlation = in.fixed();
        mark.until = in.fixed_signed();
        if (node == peers_.own_id()) after = mark;
    }
    const auto wanted = in.text();
    if (!in.sound()) co_return other_version();
    const auto targets = decode_targets(wanted);
    if (!targets) co_return targets.error();
    const auto query = decode_query(in.rest());
    if (!query) co_return query.error();
    const auto now = log_.clock().now();
    auto mine = log_.take();
    packer page;
    page.text(encode(tally_evicted(mine, *targets)));
    if (query->visible_only) mine.keep_visible();
    // An exchange that waited for the backend is recorded behind later ones; a mark needs the order of
    // stamps.
    mine.put_in_order();
    page.raw(pack_page(mine, *query, after, now, most_bytes));
    co_return page.take();
}

fleet_log::answer<std::string> fleet_log::answer_clear(std::string payload) {
    unpacker in(payload);
    if (in.byte() != format) co_return other_version();
    const bool filtered = in.byte() != 0;
    if (!in.sound()) co_return other_version();
    if (!filtered) {
        log_.clear(event_log::trace::none);
        co_return std::string();
    }
    const auto filter = decode_matcher(in.rest());
    if (!filter) co_return filter.error();
    log_.clear_matching(*filter, event_log::trace::none);
    co_return std::string();
}

} // namespace mockfleet::store
