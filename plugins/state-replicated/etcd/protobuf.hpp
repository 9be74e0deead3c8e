// The wire format of Protocol Buffers: a writer of messages within messages, and a reader that trusts
// nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace mockfleet::replicated {

/// Appends fields to a message. A message within it is what is written between begin() and end().
class protobuf_writer {
public:
    void number(std::uint32_t field, std::uint64_t value);
    void bytes(std::uint32_t field, std::string_view value);
    /// The place that end() wants.
    [[nodiscard]] std::size_t begin(std::uint32_t field);
    void end(std::size_t place);
    void reserve(std::size_t bytes) { text_.reserve(bytes); }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    void varint(std::uint64_t value);

    std::string text_;
};

/// Goes through the fields of a message in the order they have there; what is read points into the message.
class protobuf_reader {
public:
    explicit protobuf_reader(std::string_view message) : left_(message) {}

    /// Moves to the next field; false at the end, and when the message is no such thing (broken()).
    [[nodiscard]] bool next();
    [[nodiscard]] std::uint32_t field() const { return field_; }
    /// Of the present field. One that is of another kind breaks the reader and is zero or empty.
    [[nodiscard]] std::uint64_t number();
    [[nodiscard]] std::string_view bytes();
    [[nodiscard]] bool broken() const { return broken_; }

private:
    enum class kind : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

    bool varint(std::uint64_t& value);
    bool take(std::uint64_t count);
    bool fail();

    std::string_view left_;
    std::uint32_t field_ = 0;
    kind kind_ = kind::varint;
    std::uint64_t number_ = 0;
    std::string_view bytes_;
    bool broken_ = false;
};

} // namespace mockfleet::replicated
