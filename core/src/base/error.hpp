// Expected failures as values: errc (equal to mf_status), error, result<T>.
#pragma once

#include <mockfleet/abi.h>

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace mockfleet::base {

/// Outcomes a caller can act on; the numbers are those of mf_status.
enum class errc : std::int32_t {
    not_found = MF_NOT_FOUND,
    conflict = MF_CONFLICT,
    invalid = MF_INVALID,
    unsupported = MF_UNSUPPORTED,
    unavailable = MF_UNAVAILABLE,
    timeout = MF_TIMEOUT,
    cancelled = MF_CANCELLED,
    denied = MF_DENIED,
    exhausted = MF_EXHAUSTED,
    internal = MF_INTERNAL,
};

/// For a status other than MF_OK; one that this version does not know is `internal`.
[[nodiscard]] constexpr errc to_errc(mf_status status) {
    return status > MF_OK && status <= MF_INTERNAL ? static_cast<errc>(status) : errc::internal;
}

/// What went wrong, in words fit for the caller's user. `code` is what to act on.
struct error {
    errc code = errc::internal;
    std::string message;
};

/// A value or an error; never throws unless value() is called on an error.
template <class T>
using result = boost::system::result<T, error>;

[[noreturn]] void throw_exception_from_error(const error& failure, const boost::source_location& where);

inline error invalid(std::string message) {
    return {errc::invalid, std::move(message)};
}
inline error not_found(std::string message) {
    return {errc::not_found, std::move(message)};
}

} // namespace mockfleet::base
