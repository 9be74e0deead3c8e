// The compact record behind text_pattern and the order in which its ways of matching are tried.
#include "matching/text_pattern.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"
#include "matching/java_pattern.hpp"
#include "matching/java_property.hpp"
#include "matching/one_pass.hpp"
#include "matching/pcre_program.hpp"
#include "matching/required_literals.hpp"
#include "matching/unicode_case.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>

namespace mockfleet::matching {
namespace {

constexpr std::size_t longest_regex = 8192; // in UTF-16 units, as the original counts

/// Where a required literal stands in the bytes of the record.
struct literal_slot {
    std::uint32_t offset;
    std::uint32_t size;
};

std::size_t utf16_length(std::string_view text) {
    std::size_t length = 0;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        length += (byte & 0xc0) != 0x80 ? 1 : 0;
        length += byte >= 0xf0 ? 1 : 0;
    }
    return length;
}

bool white_space_only(std::string_view text) {
    static const code_set spaces =
        *java_property("javaWhitespace", property_style::plain, property_case::sensitive)->codes();
    while (!text.empty()) {
        const base::utf8_step step = base::decode_utf8(text);
        if (!step.valid || !spaces.contains(step.code)) return false;
        text.remove_prefix(step.size);
    }
    return true;
}

/// At most one line a second, because every request may try the pattern.
void warn_given_up(std::string_view source) {
    static std::atomic<std::int64_t> quiet_until{0};
    const auto now = base::monotonic_ns();
    auto until = quiet_until.load(std::memory_order_relaxed);
    if (now < until || !quiet_until.compare_exchange_strong(until, now + 1'000'000'000)) return;
    base::log::warn("pattern-given-up", "a pattern took too many steps and counted as no match",
                    {{"pattern", std::string(source)}});
}

std::string explained(const pattern_error& error) {
    std::string text = "position " + std::to_string(error.position) + ": " + error.reason;
    if (error.cause == pattern_error::cause_type::unsupported) text += " (valid in Java, not supported here)";
    return text;
}

/// What is worked out before the record's size is known.
struct draft {
    std::string one_pass;
    pcre_program ascii_program;
    std::vector<std::string> required;
    std::string error;
    bool regex = false;

    explicit draft(std::string_view source) {
        if (source.find_first_of("\\^$.|?*+()[{") == std::string_view::npos) return;
        if (utf16_length(source) > longest_regex) {
            error = "longer than 8192 characters";
            return;
        }
        const java_parse parsed = parse_java_pattern(source);
        if (!parsed.pattern) {
            error = explained(parsed.error);
            return;
        }
        if (auto program = compile_one_pass(*parsed.pattern))
            one_pass = std::move(*program);
        else if (!compile_ascii(*parsed.pattern))
            return;
        required = required_literals(parsed.pattern->root);
        regex = true;
    }

private:
    bool compile_ascii(const java_pattern& pattern) {
        const pcre_translation translated = translate_to_pcre(pattern, subject_type::ascii);
        if (translated.error) {
            error = explained(*translated.error);
            return false;
        }
        ascii_program = compile_pcre(translated.text, subject_type::ascii, error);
        return ascii_program != nullptr;
    }
};

/// Stands for a program that could not be made, so that nobody tries again.
pcre2_real_code_8* no_program() {
    static char mark;
    return reinterpret_cast<pcre2_real_code_8*>(&mark);
}

pcre_program make_unicode_program(std::string_view source) {
    const java_parse parsed = parse_java_pattern(source);
    if (!parsed.pattern) return nullptr;
    const pcre_translation translated = translate_to_pcre(*parsed.pattern, subject_type::unicode);
    std::string error;
    return translated.error ? nullptr : compile_pcre(translated.text, subject_type::unicode, error);
}

} // namespace

/// A header and, in the same block, the bytes: one-pass program, which is read most and so stands next to the
/// header, lower, source (absent if the same), slots of the required literals, literals that stand nowhere
/// else, error.
struct text_pattern::record {
    enum class kind_type : std::uint8_t { blank, literal, one_pass, pcre };

    mutable std::atomic<std::uint32_t> references{0};
    std::uint32_t lower_size = 0;
    std::uint32_t source_size = 0;
    std::uint32_t program_size = 0;
    std::uint32_t required_count = 0;
    std::uint32_t loose_size = 0;
    std::uint32_t error_size = 0;
    kind_type kind = kind_type::literal;
    pcre2_real_code_8* ascii_program = nullptr;
    mutable std::atomic<pcre2_real_code_8*> unicode_program{
        nullptr}; ///< made at the first subject that is not ASCII

    ~record() {
        pcre_code_deleter()(ascii_program);
        pcre2_real_code_8* const unicode = unicode_program.load(std::memory_order_relaxed);
        if (unicode != no_program()) pcre_code_deleter()(unicode);
    }

    [[nodiscard]] const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
    [[nodiscard]] std::string_view program() const { return {bytes(), program_size}; }
    [[nodiscard]] std::string_view lower() const { return {bytes() + program_size, lower_size}; }
    [[nodiscard]] std::string_view source() const {
        return source_size == 0 ? lower()
                                : std::string_view(bytes() + program_size + lower_size, source_size);
    }
    [[nodiscard]] const char* slots() const { return bytes() + program_size + lower_size + source_size; }
    [[nodiscard]] std::string_view error() const {
        return {slots() + required_count * sizeof(literal_slot) + loose_size, error_size};
    }

    static record* make(std::string_view source);
    [[nodiscard]] bool regex_matches(std::string_view text, std::string_view lower) const;
    [[nodiscard]] bool unicode_matches(std::string_view text) const;
    [[nodiscard]] bool decided(pcre_outcome outcome) const;
};

text_pattern::record* text_pattern::record::make(std::string_view source) {
    std::string lower;
    fold_text(source, lower);
    const bool blank = white_space_only(source);
    draft made(blank ? std::string_view() : source);

    std::string bytes = made.one_pass + lower;
    const std::size_t source_size = lower == source ? 0 : source.size();
    if (source_size != 0) bytes += source;
    const std::size_t slots_size = made.required.size() * sizeof(literal_slot);
    std::string slots;
    std::string loose;
    for (const std::string& literal : made.required) {
        std::size_t offset = bytes.find(literal);
        if (offset == std::string::npos) {
            offset = bytes.size() + slots_size + loose.size();
            loose += literal;
        }
        const literal_slot slot{static_cast<std::uint32_t>(offset),
                                static_cast<std::uint32_t>(literal.size())};
        slots.append(reinterpret_cast<const char*>(&slot), sizeof slot);
    }
    bytes += slots;
    bytes += loose;
    bytes += made.error;

    auto* result = new (::operator new(sizeof(record) + bytes.size())) record;
    std::memcpy(const_cast<char*>(result->bytes()), bytes.data(), bytes.size());
    result->lower_size = static_cast<std::uint32_t>(lower.size());
    result->source_size = static_cast<std::uint32_t>(source_size);
    result->program_size = static_cast<std::uint32_t>(made.one_pass.size());
    result->required_count = static_cast<std::uint32_t>(made.required.size());
    result->loose_size = static_cast<std::uint32_t>(loose.size());
    result->error_size = static_cast<std::uint32_t>(made.error.size());
    result->ascii_program = made.ascii_program.release();
    if (blank)
        result->kind = kind_type::blank;
    else if (made.regex)
        result->kind = result->ascii_program != nullptr ? kind_type::pcre : kind_type::one_pass;
    return result;
}

bool text_pattern::record::regex_matches(std::string_view text, std::string_view lowered) const {
    if (!base::is_ascii(text)) return unicode_matches(text);
    if (kind == kind_type::one_pass) return run_one_pass(program(), lowered);
    return decided(run_pcre(ascii_program, text));
}

bool text_pattern::record::unicode_matches(std::string_view text) const {
    pcre2_real_code_8* code = unicode_program.load(std::memory_order_acquire);
    if (code == nullptr) {
        pcre_program made = make_unicode_program(source());
        pcre2_real_code_8* const wanted = made ? made.get() : no_program();
        if (unicode_program.compare_exchange_strong(code, wanted, std::memory_order_acq_rel)) {
            made.release();
            code = wanted;
        }
    }
    if (code == no_program()) return false;
    static thread_local std::string repaired;
    return decided(run_pcre(code, base::repaired_utf8(text, repaired)));
}

bool text_pattern::record::decided(pcre_outcome outcome) const {
    if (outcome == pcre_outcome::given_up) warn_given_up(source());
    return outcome == pcre_outcome::matched;
}

void intrusive_ptr_add_ref(const text_pattern::record* counted) {
    counted->references.fetch_add(1, std::memory_order_relaxed);
}

void intrusive_ptr_release(const text_pattern::record* counted) {
    if (counted->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    counted->~record();
    ::operator delete(const_cast<text_pattern::record*>(counted));
}

text_pattern::text_pattern(std::string_view pattern) {
    if (!pattern.empty()) record_.reset(record::make(pattern));
}

bool text_pattern::matches(std::string_view text, std::string_view lower) const {
    if (blank()) return true;
    const record& own = *record_;
    if (own.kind == record::kind_type::literal && lower.data() == nullptr)
        return equal_ignoring_case(text, own.source());
    if (lower.data() == nullptr) {
        static thread_local std::string folded;
        fold_text(text, folded);
        lower = folded;
    }
    if (lower == own.lower()) return true;
    return own.kind != record::kind_type::literal && own.regex_matches(text, lower);
}

bool text_pattern::blank() const {
    return !record_ || record_->kind == record::kind_type::blank;
}

std::string_view text_pattern::source() const {
    return record_ ? record_->source() : std::string_view();
}

bool text_pattern::literal() const {
    return !record_ || record_->kind <= record::kind_type::literal;
}

std::string_view text_pattern::lower() const {
    return record_ ? record_->lower() : std::string_view();
}

std::string_view text_pattern::regex_error() const {
    return record_ ? record_->error() : std::string_view();
}

std::vector<std::string_view> text_pattern::required_literals() const {
    std::vector<std::string_view> runs;
    if (!record_) return runs;
    for (std::uint32_t index = 0; index < record_->required_count; ++index) {
        literal_slot slot;
        std::memcpy(&slot, record_->slots() + index * sizeof slot, sizeof slot);
        runs.emplace_back(record_->bytes() + slot.offset, slot.size);
    }
    return runs;
}

void to_lower(std::string_view text, std::string& out) {
    fold_text(text, out);
}

} // namespace mockfleet::matching
