// Compiled PCRE2 programs and their bounded, allocation-free execution.
#pragma once

#include "matching/pcre_translation.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct pcre2_real_code_8;

namespace mockfleet::matching {

struct pcre_code_deleter {
    void operator()(pcre2_real_code_8* code) const;
};
using pcre_program = std::unique_ptr<pcre2_real_code_8, pcre_code_deleter>;

/// `text` as translate_to_pcre writes it. Null if PCRE2 refuses it (too large), with the reason in `error`.
[[nodiscard]] pcre_program compile_pcre(const std::string& text, subject_type subject, std::string& error);

enum class pcre_outcome : std::uint8_t { matched, not_matched, given_up };

/// Whether all of `subject` matches; it must be ASCII or well-formed UTF-8, as the program wants.
/// Interpreted, not compiled to machine code. Given up when it takes more steps than this thread has left
/// (see refill_steps) or 16 MB.
[[nodiscard]] pcre_outcome run_pcre(const pcre2_real_code_8* program, std::string_view subject);

/// A new request: 200,000 steps, about 20 ms, and four for each byte of a subject. After the first program
/// that used them up, each further one has a tenth, so that many bad patterns do not hold a thread up.
void refill_steps();

} // namespace mockfleet::matching
