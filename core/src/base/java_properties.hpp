// The Java properties format: logical lines of key and value with their escapes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::base {

/// Goes through a text, which it borrows; comments and blank lines are passed over. Bytes that are no escape
/// are taken as they are.
class properties_reader {
public:
    explicit properties_reader(std::string_view text) : rest_(text) {}

    struct item {
        std::size_t line = 0; ///< the first of its natural lines, from 1
        std::string key;
        std::string value;
        bool valid = true; ///< false: a `\u` names no character, and key and value are not to be used
    };
    [[nodiscard]] std::optional<item> next();

private:
    bool next_line();
    bool natural(std::string_view& line);

    std::string_view rest_;
    std::string logical_;
    std::size_t number_ = 0;
    std::size_t first_ = 0;
};

/// `key=value` and a line end, escaped so that it is ASCII and is read back the same. UTF-8 in.
void append_property(std::string& out, std::string_view key, std::string_view value);

} // namespace mockfleet::base
