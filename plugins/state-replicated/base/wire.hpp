// Numbers and byte strings in the plugin's own formats: little-endian, lengths before bytes, reads that
// cannot run over the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mockfleet::replicated {

class wire_writer {
public:
    explicit wire_writer(std::string& out) : out_(out) {}

    void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
    void fixed32(std::uint32_t value) { fixed(value, 4); }
    void fixed64(std::uint64_t value) { fixed(value, 8); }
    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7)
            byte(static_cast<std::uint8_t>(value | 0x80));
        byte(static_cast<std::uint8_t>(value));
    }
    void integer(std::int64_t value) {
        number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
    }
    void raw(std::string_view bytes) { out_.append(bytes); }
    void text(std::string_view bytes) {
        number(bytes.size());
        raw(bytes);
    }

private:
    void fixed(std::uint64_t value, int bytes) {
        for (int i = 0; i < bytes; ++i, value >>= 8)
            byte(static_cast<std::uint8_t>(value));
    }

    std::string& out_;
};

/// Once something did not fit, ok() stays false and everything reads as 0 or empty.
class wire_reader {
public:
    explicit wire_reader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t byte() {
        if (rest_.empty()) return fail();
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    std::uint32_t fixed32() { return static_cast<std::uint32_t>(fixed(4)); }
    std::uint64_t fixed64() { return fixed(8); }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const auto part = byte();
            value |= static_cast<std::uint64_t>(part & 0x7f) << shift;
            if (part < 0x80) return ok_ ? value : 0;
        }
        return fail();
    }
    std::int64_t integer() {
        const auto value = number();
        return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
    }
    std::string_view raw(std::size_t size) {
        if (size > rest_.size()) {
            fail();
            return {};
        }
        const auto bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return bytes;
    }
    std::string_view text() {
        const auto size = number();
        if (size > rest_.size()) {
            fail();
            return {};
        }
        return raw(static_cast<std::size_t>(size));
    }
    std::string_view rest() { return raw(rest_.size()); }

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool ended() const { return ok_ && rest_.empty(); }

private:
    std::uint64_t fixed(int bytes) {
        std::uint64_t value = 0;
        for (int i = 0; i < bytes; ++i)
            value |= static_cast<std::uint64_t>(byte()) << (8 * i);
        return value;
    }
    std::uint8_t fail() {
        ok_ = false;
        rest_ = {};
        return 0;
    }

    std::string_view rest_;
    bool ok_ = true;
};

} // namespace mockfleet::replicated
