// Version 1 of the bytes. Fields are appended only, so a reader takes what it knows and leaves the rest.
#include "life/seed_question.hpp"

#include "base/wire.hpp"

namespace mockfleet::replicated {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t most_items = 1000;

void write_texts(wire_writer& to, const std::vector<std::string>& texts) {
    to.number(texts.size());
    for (const auto& text : texts)
        to.text(text);
}

void read_texts(wire_reader& from, std::vector<std::string>& texts) {
    const auto count = from.number();
    for (std::uint64_t i = 0; i < count && i < most_items && from.ok(); ++i)
        texts.emplace_back(from.text());
}

} // namespace

std::string encode(const seed_question& question) {
    std::string bytes;
    wire_writer to(bytes);
    to.byte(version);
    to.byte(static_cast<std::uint8_t>(question.what));
    to.text(question.cluster);
    to.text(question.name);
    to.text(question.peer_url);
    to.fixed64(question.member_id);
    return bytes;
}

std::optional<seed_question> decode_seed_question(std::string_view bytes) {
    wire_reader from(bytes);
    if (from.byte() != version) return std::nullopt;
    seed_question made;
    const auto kind = from.byte();
    if (kind > static_cast<std::uint8_t>(seed_question::kind::promote)) return std::nullopt;
    made.what = static_cast<seed_question::kind>(kind);
    made.cluster = from.text();
    made.name = from.text();
    made.peer_url = from.text();
    made.member_id = from.fixed64();
    if (!from.ok()) return std::nullopt;
    return made;
}

std::string encode(const seed_answer& answer) {
    std::string bytes;
    wire_writer to(bytes);
    to.byte(version);
    to.byte(answer.accepted ? 1 : 0);
    to.text(answer.reason);
    to.text(answer.cluster);
    to.text(answer.name);
    to.byte(static_cast<std::uint8_t>(answer.phase));
    to.byte(answer.votes ? 1 : 0);
    to.text(answer.token);
    to.fixed64(answer.cluster_id);
    to.fixed64(answer.member_id);
    to.fixed64(answer.term);
    to.fixed64(answer.log_index);
    to.byte(answer.learner ? 1 : 0);
    to.number(answer.members.size());
    for (const auto& one : answer.members) {
        to.fixed64(one.id);
        to.text(one.name);
        write_texts(to, one.peer_urls);
        write_texts(to, one.client_urls);
        to.byte(one.learner ? 1 : 0);
    }
    return bytes;
}

std::optional<seed_answer> decode_seed_answer(std::string_view bytes) {
    wire_reader from(bytes);
    if (from.byte() != version) return std::nullopt;
    seed_answer made;
    made.accepted = from.byte() != 0;
    made.reason = from.text();
    made.cluster = from.text();
    made.name = from.text();
    const auto phase = from.byte();
    if (phase > static_cast<std::uint8_t>(seed_phase::running)) return std::nullopt;
    made.phase = static_cast<seed_phase>(phase);
    made.votes = from.byte() != 0;
    made.token = from.text();
    made.cluster_id = from.fixed64();
    made.member_id = from.fixed64();
    made.term = from.fixed64();
    made.log_index = from.fixed64();
    made.learner = from.byte() != 0;
    const auto count = from.number();
    for (std::uint64_t i = 0; i < count && i < most_items && from.ok(); ++i) {
        auto& one = made.members.emplace_back();
        one.id = from.fixed64();
        one.name = from.text();
        read_texts(from, one.peer_urls);
        read_texts(from, one.client_urls);
        one.learner = from.byte() != 0;
    }
    if (!from.ok()) return std::nullopt;
    return made;
}

} // namespace mockfleet::replicated
