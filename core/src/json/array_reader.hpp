// Reading the items of a JSON array one by one, so that a bad one does not cost the others.
#pragma once

#include "json/reader.hpp"
#include "json/value.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace mockfleet::json {

/// For documents that people edit and crashes cut: every item is parsed by itself, as parse_tolerant does,
/// and after a broken one reading goes on where its brackets end or, when these are broken too, where the
/// next begins in the layout of pretty(). A text that is no array is one item; a blank one has none.
class array_reader {
public:
    /// `text` outlives the reader.
    explicit array_reader(std::string_view text);

    struct item {
        std::size_t number = 0; ///< from 1
        std::size_t line = 1;   ///< where it begins, from 1
        value content;
        std::optional<parse_failure>
            failure; ///< then `content` is unspecified; its place is that in the text
    };
    [[nodiscard]] std::optional<item> next();
    /// After the last item: the array was closed, and nothing but broken items is missing.
    [[nodiscard]] bool complete() const { return complete_; }
    /// Where reading stands, from 1.
    [[nodiscard]] std::size_t line() const { return line_; }

private:
    void move_to(const char* place);
    void skip_to_item();
    [[nodiscard]] const char* end_of_item() const;
    [[nodiscard]] bool is_between_items(const char* place) const;
    [[nodiscard]] const char* end_of_broken_item() const;

    const char* at_;
    const char* end_;
    const char* line_begin_;
    std::size_t line_ = 1;
    std::size_t count_ = 0;
    bool is_array_ = false;
    bool complete_ = false;
    bool ended_ = false;
};

} // namespace mockfleet::json
