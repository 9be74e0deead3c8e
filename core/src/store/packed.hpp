// What nodes tell each other, as bytes: little-endian numbers, lengths before texts, reads that cannot run
// over the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mockfleet::store {

class packer {
public:
    void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
    void fixed(std::uint64_t value) {
        for (int i = 0; i < 8; ++i, value >>= 8)
            byte(static_cast<std::uint8_t>(value));
    }
    void fixed(std::int64_t value) { fixed(static_cast<std::uint64_t>(value)); }
    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7)
            byte(static_cast<std::uint8_t>(value | 0x80));
        byte(static_cast<std::uint8_t>(value));
    }
    void text(std::string_view bytes) {
        number(bytes.size());
        out_.append(bytes);
    }
    void raw(std::string_view bytes) { out_.append(bytes); }
    [[nodiscard]] std::size_t size() const { return out_.size(); }
    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    std::string out_;
};

/// Once something did not fit, sound() stays false and everything reads as 0 or empty. Views are of the bytes
/// given.
class unpacker {
public:
    explicit unpacker(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t byte() {
        if (rest_.empty()) {
            sound_ = false;
            return 0;
        }
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    std::uint64_t fixed() {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i)
            value |= static_cast<std::uint64_t>(byte()) << (8 * i);
        return sound_ ? value : 0;
    }
    std::int64_t fixed_signed() { return static_cast<std::int64_t>(fixed()); }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const auto part = byte();
            value |= static_cast<std::uint64_t>(part & 0x7fU) << shift;
            if (part < 0x80) return sound_ ? value : 0;
        }
        fail();
        return 0;
    }
    std::string_view text() {
        const auto size = number();
        if (size > rest_.size()) {
            fail();
            return {};
        }
        const auto bytes = rest_.substr(0, static_cast<std::size_t>(size));
        rest_.remove_prefix(static_cast<std::size_t>(size));
        return bytes;
    }
    /// A count of things of at least one byte each, so that a damaged one cannot ask for all memory.
    std::size_t count() {
        const auto value = number();
        if (value <= rest_.size()) return static_cast<std::size_t>(value);
        fail();
        return 0;
    }
    [[nodiscard]] std::string_view rest() const { return rest_; }
    [[nodiscard]] bool sound() const { return sound_; }
    [[nodiscard]] bool ended() const { return sound_ && rest_.empty(); }
    void fail() {
        sound_ = false;
        rest_ = {};
    }

private:
    std::string_view rest_;
    bool sound_ = true;
};

} // namespace mockfleet::store
