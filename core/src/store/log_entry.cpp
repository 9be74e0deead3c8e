// Names of entry types and the correlation ids of entries.
#include "store/log_entry.hpp"

#include <cstdio>

namespace mockfleet::store {

namespace {

std::uint64_t scrambled(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

} // namespace

std::string_view to_text(entry_type type) {
    switch (type) {
    case entry_type::received_request:
        return "RECEIVED_REQUEST";
    case entry_type::expectation_matched:
        return "EXPECTATION_MATCHED";
    case entry_type::expectation_response:
        return "EXPECTATION_RESPONSE";
    case entry_type::no_match_response:
        return "NO_MATCH_RESPONSE";
    case entry_type::forwarded_request:
        return "FORWARDED_REQUEST";
    case entry_type::created_expectation:
        return "CREATED_EXPECTATION";
    case entry_type::updated_expectation:
        return "UPDATED_EXPECTATION";
    case entry_type::removed_expectation:
        return "REMOVED_EXPECTATION";
    case entry_type::cleared:
        return "CLEARED";
    case entry_type::retrieved:
        return "RETRIEVED";
    case entry_type::verification:
        return "VERIFICATION";
    case entry_type::verification_passed:
        return "VERIFICATION_PASSED";
    case entry_type::verification_failed:
        return "VERIFICATION_FAILED";
    case entry_type::server_configuration:
        return "SERVER_CONFIGURATION";
    case entry_type::authentication_failed:
        return "AUTHENTICATION_FAILED";
    case entry_type::trace:
        return "TRACE";
    case entry_type::debug:
        return "DEBUG";
    case entry_type::info:
        return "INFO";
    case entry_type::warn:
        return "WARN";
    case entry_type::error:
        return "ERROR";
    case entry_type::exception:
        return "EXCEPTION";
    }
    return "INFO";
}

std::string correlation_id(std::uint64_t correlation) {
    // Both halves come from the one number by bijections, so different entries cannot share an id.
    const auto high = scrambled(correlation);
    const auto low = scrambled(correlation ^ 0x9e3779b97f4a7c15);
    char text[37];
    std::snprintf(text, sizeof(text), "%08x-%04x-4%03x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                  static_cast<unsigned>(high >> 16 & 0xffff), static_cast<unsigned>(high & 0xfff),
                  static_cast<unsigned>(low >> 48 & 0x3fff) | 0x8000U,
                  static_cast<unsigned long long>(low & 0xffffffffffff));
    return text;
}

} // namespace mockfleet::store
