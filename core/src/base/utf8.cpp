// UTF-8 decoding, validation and repair.
#include "base/utf8.hpp"

#include <cstring>

namespace mockfleet::base {

namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080u;

std::uint64_t word_at(const char* bytes) {
    std::uint64_t word;
    std::memcpy(&word, bytes, 8);
    return word;
}

/// How many bytes at the start are surely ASCII, in steps of 32.
std::size_t ascii_start(std::string_view text) {
    std::size_t at = 0;
    for (; at + 32 <= text.size(); at += 32) {
        const char* bytes = text.data() + at;
        if (((word_at(bytes) | word_at(bytes + 8) | word_at(bytes + 16) | word_at(bytes + 24)) & high_bits) !=
            0)
            break;
    }
    return at;
}

} // namespace

bool is_ascii(std::string_view text) {
    text.remove_prefix(ascii_start(text));
    const char* at = text.data();
    std::size_t left = text.size();
    std::uint64_t seen = 0;
    for (; left >= 8; at += 8, left -= 8)
        seen |= word_at(at);
    for (; left > 0; ++at, --left)
        seen |= static_cast<unsigned char>(*at);
    return (seen & high_bits) == 0;
}

utf8_step decode_utf8(std::string_view text) {
    const auto byte = [text](std::size_t index) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[index]));
    };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};

    std::uint32_t length = 0;
    std::uint32_t code = 0;
    std::uint32_t second_low = 0x80;
    std::uint32_t second_high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
        code = lead & 0x1f;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
        code = lead & 0x0f;
        if (lead == 0xe0) second_low = 0xa0;
        if (lead == 0xed) second_high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
        code = lead & 0x07;
        if (lead == 0xf0) second_low = 0x90;
        if (lead == 0xf4) second_high = 0x8f;
    } else {
        return {0xfffd, 1, false};
    }
    for (std::uint32_t index = 1; index < length; ++index) {
        if (index >= text.size()) return {0xfffd, index, false};
        const std::uint32_t next = byte(index);
        const std::uint32_t low = index == 1 ? second_low : 0x80;
        const std::uint32_t high = index == 1 ? second_high : 0xbf;
        if (next < low || next > high) return {0xfffd, index, false};
        code = code << 6 | (next & 0x3f);
    }
    return {code, length, true};
}

void append_utf8(std::string& out, char32_t code) {
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0 | code >> 6);
        put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        put(0xe0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    } else {
        put(0xf0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3f));
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    }
}

std::string_view repaired_utf8(std::string_view text, std::string& scratch) {
    std::size_t good = ascii_start(text);
    while (good < text.size()) {
        if (good + 8 <= text.size() && (word_at(text.data() + good) & high_bits) == 0) {
            good += 8;
            continue;
        }
        const utf8_step step = decode_utf8(text.substr(good));
        if (!step.valid) break;
        good += step.size;
    }
    if (good == text.size()) return text;

    scratch.assign(text.substr(0, good));
    while (good < text.size()) {
        const utf8_step step = decode_utf8(text.substr(good));
        if (step.valid)
            scratch.append(text.substr(good, step.size));
        else
            scratch.append("\xef\xbf\xbd");
        good += step.size;
    }
    return scratch;
}

} // namespace mockfleet::base
