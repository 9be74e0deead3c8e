// The members of the objects in a JSON text, listed level by level when they are first asked for.
#pragma once

#include "json/field_tree.hpp"
#include "json/skip_value.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mockfleet::json {

enum class scan_result { yes, no, unsure };

/// For long texts of which only some fields count: what an asked for level does not contain itself is
/// skipped. Reused for text after text; steady state allocates nothing. Not thread-safe.
class object_outline {
public:
    /// Lists nothing yet. At least `skip_padding` readable bytes must follow `text`, which must stay as long
    /// as it is asked about.
    void assign(std::string_view text);

    /// Does the object that the text is have the fields? Of duplicates the last counts. Unsure if that takes
    /// a real parser: the text is no object, not strict JSON as far as it was looked at, or a name has
    /// escapes. Inside arrays and objects that the tree does not name only strings and brackets are
    /// followed; there broken JSON may go unnoticed.
    [[nodiscard]] scan_result holds(const field_tree& wanted);

private:
    struct member {
        std::string_view name;  ///< as it stands, without escapes
        std::string_view value; ///< as it stands
        std::size_t level = not_listed;
    };
    /// Which of members_ an object has.
    struct level {
        std::size_t first = 0;
        std::size_t end = 0;
    };
    static constexpr auto not_listed = static_cast<std::size_t>(-1);
    static constexpr std::size_t kept_members = 4096;

    /// Adds the level of the object behind whose opening bracket `at` stands and answers where it ends, or
    /// nullptr.
    const char* list(const char* at);
    [[nodiscard]] const char* skip_space(const char* at) const;
    [[nodiscard]] const char* skip_value(const char* at) const;
    [[nodiscard]] scan_result level_holds(std::size_t number, const field_tree& wanted);
    [[nodiscard]] scan_result member_equals(std::size_t number, const field_tree& wanted);

    std::string_view text_;
    std::vector<member> members_;
    std::vector<level> levels_; ///< the first is that of the text itself
};

} // namespace mockfleet::json
