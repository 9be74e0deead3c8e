// Compiled PCRE2 programs and their bounded, allocation-free execution.
#pragma once

#include "matching/pcre_translation.hpp"

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

/// Whether all of `subject` matches; it must be ASCII or well-formed UTF-8, as the program wants.
/// Interpreted, not compiled to machine code. A match that would take more than about five million steps
/// (some tenths of a second) or 16 MB counts as none.
[[nodiscard]] bool run_pcre(const pcre2_real_code_8* program, std::string_view subject);

} // namespace mockfleet::matching
