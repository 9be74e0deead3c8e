// The only place that calls PCRE2.
#include "matching/pcre_program.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>

namespace mockfleet::matching {
namespace {

constexpr std::size_t full_steps = 200'000;
constexpr std::size_t reduced_steps = full_steps / 10;
constexpr std::size_t steps_per_byte = 4;
constexpr std::uint32_t heap_kibibytes = 16 * 1024;

/// What one thread needs to match; PCRE2 keeps its backtracking memory in the match data between calls.
struct workspace {
    pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);

    std::size_t steps = full_steps;

    workspace() { pcre2_set_heap_limit(context, heap_kibibytes); }
    ~workspace() {
        pcre2_match_context_free(context);
        pcre2_match_data_free(data);
    }
    workspace(const workspace&) = delete;
    workspace& operator=(const workspace&) = delete;
};

workspace& thread_workspace() {
    static thread_local workspace memory;
    return memory;
}

} // namespace

void pcre_code_deleter::operator()(pcre2_real_code_8* code) const {
    pcre2_code_free(code);
}

pcre_program compile_pcre(const std::string& text, subject_type subject, std::string& error) {
    const std::uint32_t encoding = subject == subject_type::unicode ? PCRE2_UTF : PCRE2_CASELESS;
    // PCRE2 10.42 makes `a*` possessive before `(?>b?)a`, which loses matches.
    const std::uint32_t careful = text.find("(?>") == std::string::npos ? 0 : PCRE2_NO_AUTO_POSSESS;
    const std::uint32_t options = careful | encoding | PCRE2_DOTALL | PCRE2_ANCHORED | PCRE2_ENDANCHORED;
    int number = 0;
    PCRE2_SIZE offset = 0;
    pcre_program program(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options,
                                       &number, &offset, nullptr));
    if (!program) {
        std::array<PCRE2_UCHAR, 256> message{};
        pcre2_get_error_message(number, message.data(), message.size());
        error = reinterpret_cast<const char*>(message.data());
    }
    return program;
}

void refill_steps() {
    thread_workspace().steps = full_steps;
}

pcre_outcome run_pcre(const pcre2_real_code_8* program, std::string_view subject) {
    auto& memory = thread_workspace();
    const std::size_t steps =
        std::min<std::size_t>(memory.steps + subject.size() * steps_per_byte, 0xffffffff);
    pcre2_set_match_limit(memory.context, static_cast<std::uint32_t>(steps));
    const int found = pcre2_match(program, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0,
                                  PCRE2_NO_UTF_CHECK, memory.data, memory.context);
    if (found >= 0) return pcre_outcome::matched;
    if (found != PCRE2_ERROR_MATCHLIMIT && found != PCRE2_ERROR_HEAPLIMIT) return pcre_outcome::not_matched;
    memory.steps = reduced_steps;
    return pcre_outcome::given_up;
}

} // namespace mockfleet::matching
