// Bounded addition and the messages between a counter's users and its owner.
#include "state/counter_book.hpp"

#include "base/wire.hpp"

#include <charconv>

namespace mockfleet::replicated {

namespace {

constexpr std::uint8_t format = 1;

} // namespace

std::optional<std::int64_t> counter_value(std::string_view text) {
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc() || stopped != end) return std::nullopt;
    return number;
}

bool add_to(std::int64_t& number, const addition& one) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(number, one.delta, &sum) || sum < one.min || sum > one.max) return false;
    number = sum;
    return true;
}

bool add_all(std::int64_t& number, const std::vector<addition>& additions) {
    bool changed = false;
    for (const auto& one : additions) {
        for (std::uint32_t i = 0; i < one.count; ++i) {
            // The next of a run would fail the same way.
            if (!add_to(number, one)) break;
            changed = true;
        }
    }
    return changed;
}

std::string encode(const take_request& asked) {
    std::string bytes;
    wire_writer to(bytes);
    to.byte(format);
    to.fixed64(asked.life);
    to.number(asked.sequence);
    to.text(asked.space);
    to.text(asked.key);
    to.number(asked.additions.size());
    for (const auto& one : asked.additions) {
        to.number(one.count);
        to.integer(one.delta);
        to.integer(one.min);
        to.integer(one.max);
    }
    return bytes;
}

std::optional<take_request> decode_take_request(std::string_view bytes) {
    wire_reader from(bytes);
    if (from.byte() != format) return std::nullopt;
    take_request asked;
    asked.life = from.fixed64();
    asked.sequence = from.number();
    asked.space = from.text();
    asked.key = from.text();
    const auto count = from.number();
    if (count > most_additions) return std::nullopt;
    for (std::uint64_t i = 0; i < count && from.ok(); ++i) {
        addition one;
        const auto times = from.number();
        one.delta = from.integer();
        one.min = from.integer();
        one.max = from.integer();
        if (times == 0 || times > most_additions) return std::nullopt;
        one.count = static_cast<std::uint32_t>(times);
        asked.additions.push_back(one);
    }
    if (!from.ended()) return std::nullopt;
    return asked;
}

std::string encode(const take_answer& answer) {
    std::string bytes;
    wire_writer to(bytes);
    to.byte(format);
    to.integer(answer.before);
    to.number(answer.version);
    return bytes;
}

std::optional<take_answer> decode_take_answer(std::string_view bytes) {
    wire_reader from(bytes);
    if (from.byte() != format) return std::nullopt;
    take_answer answer;
    answer.before = from.integer();
    answer.version = from.number();
    if (!from.ended()) return std::nullopt;
    return answer;
}

} // namespace mockfleet::replicated
