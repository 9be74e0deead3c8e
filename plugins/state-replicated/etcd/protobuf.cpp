// Varints, lengths, and what to do with fields that nobody asked for.
#include "etcd/protobuf.hpp"

#include <array>

namespace mockfleet::replicated {

namespace {

constexpr std::uint32_t most_field = (1U << 29) - 1;
constexpr std::size_t longest_varint = 10;

std::size_t put_varint(std::uint64_t value, char* to) {
    std::size_t count = 0;
    for (; value >= 0x80; value >>= 7)
        to[count++] = static_cast<char>((value & 0x7f) | 0x80);
    to[count++] = static_cast<char>(value);
    return count;
}

} // namespace

void protobuf_writer::varint(std::uint64_t value) {
    std::array<char, longest_varint> made{};
    text_.append(made.data(), put_varint(value, made.data()));
}

void protobuf_writer::number(std::uint32_t field, std::uint64_t value) {
    varint(std::uint64_t{field} << 3);
    varint(value);
}

void protobuf_writer::bytes(std::uint32_t field, std::string_view value) {
    varint(std::uint64_t{field} << 3 | 2);
    varint(value.size());
    text_.append(value);
}

std::size_t protobuf_writer::begin(std::uint32_t field) {
    varint(std::uint64_t{field} << 3 | 2);
    text_.push_back('\0'); // most lengths take one byte; end() makes room for the others
    return text_.size();
}

void protobuf_writer::end(std::size_t place) {
    std::array<char, longest_varint> made{};
    const auto count = put_varint(text_.size() - place, made.data());
    text_.replace(place - 1, 1, made.data(), count);
}

bool protobuf_reader::fail() {
    broken_ = true;
    left_ = {};
    number_ = 0;
    bytes_ = {};
    return false;
}

bool protobuf_reader::varint(std::uint64_t& value) {
    value = 0;
    for (std::size_t i = 0; i < longest_varint && i < left_.size(); ++i) {
        const auto byte = static_cast<unsigned char>(left_[i]);
        if (i == longest_varint - 1 && byte > 1) return fail();
        value |= std::uint64_t{byte & 0x7fU} << (7 * i);
        if (byte < 0x80) {
            left_.remove_prefix(i + 1);
            return true;
        }
    }
    return fail();
}

bool protobuf_reader::take(std::uint64_t count) {
    if (count > left_.size()) return fail();
    bytes_ = left_.substr(0, static_cast<std::size_t>(count));
    left_.remove_prefix(static_cast<std::size_t>(count));
    return true;
}

bool protobuf_reader::next() {
    if (left_.empty()) return false;
    std::uint64_t tag = 0;
    if (!varint(tag)) return false;
    const auto field = tag >> 3;
    if (field == 0 || field > most_field) return fail();
    field_ = static_cast<std::uint32_t>(field);
    switch (tag & 7) {
    case 0:
        kind_ = kind::varint;
        return varint(number_);
    case 1:
        kind_ = kind::fixed64;
        return take(8);
    case 2:
        kind_ = kind::bytes;
        return varint(number_) && take(number_);
    case 5:
        kind_ = kind::fixed32;
        return take(4);
    default: // groups are of another age, and 6 and 7 of none
        return fail();
    }
}

std::uint64_t protobuf_reader::number() {
    if (kind_ != kind::varint) fail();
    return number_;
}

std::string_view protobuf_reader::bytes() {
    if (kind_ != kind::bytes) fail();
    return bytes_;
}

} // namespace mockfleet::replicated
