// Prefixes of five bytes, and percent codes.
#include "net/grpc_message.hpp"

#include <charconv>
#include <cstdint>
#include <utility>

namespace mockfleet::replicated {

namespace {

/// Whether it is compressed, and its length.
constexpr std::size_t prefix_size = 5;

} // namespace

std::string grpc_frame(std::string_view message) {
    std::string made;
    made.reserve(prefix_size + message.size());
    made.push_back('\0');
    for (int shift = 24; shift >= 0; shift -= 8)
        made.push_back(static_cast<char>(message.size() >> shift & 0xff));
    made.append(message);
    return made;
}

std::optional<std::string> grpc_message_reader::next() {
    if (broken_ || pending_.size() - at_ < prefix_size) return std::nullopt;
    std::uint32_t length = 0;
    for (std::size_t i = 1; i < prefix_size; ++i)
        length = length << 8 | static_cast<unsigned char>(pending_[at_ + i]);
    // Compression was not offered.
    if (pending_[at_] != '\0' || length > most_message) {
        broken_ = true;
        return std::nullopt;
    }
    if (pending_.size() - at_ - prefix_size < length) {
        if (at_ != 0) pending_.erase(0, std::exchange(at_, 0));
        return std::nullopt;
    }
    auto made = pending_.substr(at_ + prefix_size, length);
    at_ += prefix_size + length;
    if (at_ == pending_.size()) {
        pending_.clear();
        at_ = 0;
    }
    return made;
}

std::string percent_decoded(std::string_view text) {
    std::string made;
    made.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::uint8_t byte = 0;
        if (text[i] == '%' && i + 2 < text.size()) {
            const auto* end = text.data() + i + 3;
            const auto [stop, problem] = std::from_chars(end - 2, end, byte, 16);
            if (problem == std::errc() && stop == end) {
                made.push_back(static_cast<char>(byte));
                i += 2;
                continue;
            }
        }
        made.push_back(text[i]);
    }
    return made;
}

} // namespace mockfleet::replicated
