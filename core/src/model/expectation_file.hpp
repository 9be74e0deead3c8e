// Expectations in a file (core.md 8): every entry by itself, the bad ones named with their places.
#pragma once

#include "model/expectation.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::model {

struct file_entry {
    expectation content; ///< its id may be empty
    std::string text;    ///< compact JSON as it stands in the file: what tells whether it has changed
    std::size_t number = 0;
    std::size_t line = 0;
};

struct file_problem {
    std::size_t number = 0; ///< of the entry, from 1; 0: about the file as a whole
    std::size_t line = 0;
    std::string id; ///< empty when it cannot be told
    std::string what;
};

/// "entry 3 at line 12", or "line 12".
[[nodiscard]] std::string place_of(const file_problem& problem);

struct expectation_file {
    std::vector<file_entry> entries; ///< the good ones, in order
    std::vector<file_problem> problems;
};

/// Reads one expectation or an array of them, as PUT /mockserver/expectation takes them. A blank text and an
/// empty array hold none.
[[nodiscard]] expectation_file read_expectation_file(std::string_view text);

} // namespace mockfleet::model
