// Turns an unexpected error value into an exception where value() was called without a check.
#include "base/error.hpp"

#include <stdexcept>

namespace mockfleet::base {

void throw_exception_from_error(const error& failure, const boost::source_location& where) {
    throw std::runtime_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) + ": " +
                             failure.message);
}

} // namespace mockfleet::base
