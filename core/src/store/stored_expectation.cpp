// {"order":...,"expires":...,"expectation":{...}}
#include "store/stored_expectation.hpp"

#include "model/codec.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <limits>
#include <utility>

namespace mockfleet::store {

std::string encode(const model::expectation& definition, std::uint64_t order, std::int64_t expires_ns) {
    std::string text = "{\"order\":" + std::to_string(order);
    if (expires_ns != 0) text += ",\"expires\":" + std::to_string(expires_ns);
    text += ",\"expectation\":";
    text += json::compact(model::to_stored_json(definition));
    text += '}';
    return text;
}

base::result<stored_expectation> decode(std::string_view text) {
    const auto document = json::read_tolerant(text);
    if (!document) return document.error();
    stored_expectation read;
    const auto* order = document->find("order");
    std::int64_t number = 0;
    if (order == nullptr || !order->to_int64(number) || number < 0)
        return base::invalid("member `order` is missing");
    read.order = static_cast<std::uint64_t>(number);
    if (const auto* expires = document->find("expires")) {
        if (!expires->to_int64(read.expires_ns)) return base::invalid("member `expires` is no integer");
    }
    const auto* definition = document->find("expectation");
    if (definition == nullptr) return base::invalid("member `expectation` is missing");
    auto parsed = model::expectation_from_json(*definition);
    if (!parsed) return parsed.error();
    read.definition = std::move(*parsed);
    return read;
}

std::int64_t deadline_of(const model::time_to_live& span, std::int64_t now_ns) {
    constexpr auto latest = std::numeric_limits<std::int64_t>::max();
    if (span.unlimited) return 0;
    std::int64_t deadline = 0;
    if (span.end_date_ms) {
        if (__builtin_mul_overflow(*span.end_date_ms, std::int64_t{1'000'000}, &deadline)) return latest;
    } else if (__builtin_mul_overflow(span.value, model::nanoseconds_per(span.unit), &deadline) ||
               __builtin_add_overflow(deadline, now_ns, &deadline)) {
        return latest;
    }
    return deadline == 0 ? 1 : deadline;
}

} // namespace mockfleet::store
