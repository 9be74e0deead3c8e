// Decoded names and values of query strings, form bodies and Cookie headers.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

struct name_value {
    std::string_view name;
    std::string_view value;
};

/// Reused for text after text; the entries live until the next call and as long as the text. Not thread-safe.
class parameter_list {
public:
    [[nodiscard]] std::span<const name_value> entries() const { return entries_; }
    void clear() { entries_.clear(); }

    /// `&` separates, a parameter without `=` has the value "", percent and plus are decoded, a fragment is
    /// cut off. One malformed escape and there are no parameters at all, as in the original.
    void read_query(std::string_view text);
    /// The same with `;` as a second separator.
    void read_form(std::string_view text);
    /// Appends the cookies of one Cookie header. Lenient: `;` and `,` may lead, quotes around a value are
    /// taken off, a name without `=` and an empty name are passed over.
    void add_cookies(std::string_view header);
    void keep_first_of_each_name();

private:
    void read(std::string_view text, std::string_view separators);
    bool decode(std::string_view text, std::string_view& out);

    std::vector<name_value> entries_;
    std::unique_ptr<char[]> decoded_; ///< room for the whole text, so that entries never move
    std::size_t capacity_ = 0;
    std::size_t used_ = 0;
};

} // namespace mockfleet::matching
