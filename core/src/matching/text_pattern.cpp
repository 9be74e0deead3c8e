// The compact record behind text_pattern and the order in which its ways of matching are tried.
#include "matching/text_pattern.hpp"

#include "matching/unicode_case.hpp"
#include "matching/utf8.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>

namespace mockfleet::matching {

/// A header and, in the same block, the bytes: lower, source (absent if the same), required literals (each
/// behind its length), error.
struct text_pattern::record {
    mutable std::atomic<std::uint32_t> references{0};
    std::uint32_t lower_size = 0;
    std::uint32_t source_size = 0;
    std::uint32_t required_size = 0;
    std::uint32_t error_size = 0;
    bool blank = false;
    pcre2_code* code = nullptr;

    [[nodiscard]] const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
    [[nodiscard]] std::string_view lower() const { return {bytes(), lower_size}; }
    [[nodiscard]] std::string_view source() const {
        return source_size == 0 ? lower() : std::string_view(bytes() + lower_size, source_size);
    }
};

void intrusive_ptr_add_ref(const text_pattern::record* counted) {
    counted->references.fetch_add(1, std::memory_order_relaxed);
}

void intrusive_ptr_release(const text_pattern::record* counted) {
    if (counted->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    pcre2_code_free(counted->code);
    counted->~record();
    ::operator delete(const_cast<text_pattern::record*>(counted));
}

namespace {

std::vector<std::string> literal_runs(std::string_view pattern) {
    std::vector<std::string> runs;
    std::string run;
    int depth = 0;
    const auto end_run = [&] {
        if (!run.empty()) runs.push_back(run);
        run.clear();
    };
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        char byte = pattern[at];
        if (byte == '|') return {};
        if (byte == '\\') {
            if (++at == pattern.size() || std::isalnum(static_cast<unsigned char>(pattern[at]))) {
                end_run();
                continue;
            }
            byte = pattern[at];
        } else if (byte == '[') {
            end_run();
            while (at < pattern.size() && pattern[at] != ']')
                ++at;
            continue;
        } else if (byte == '(' || byte == ')') {
            depth += byte == '(' ? 1 : -1;
            end_run();
            continue;
        } else if (std::string_view("*?{").find(byte) != std::string_view::npos) {
            if (!run.empty()) run.pop_back();
            end_run();
            if (byte == '{')
                while (at < pattern.size() && pattern[at] != '}')
                    ++at;
            continue;
        } else if (std::string_view(".^$+").find(byte) != std::string_view::npos) {
            end_run();
            continue;
        }
        if (depth == 0) run.push_back(byte);
    }
    end_run();
    std::stable_sort(runs.begin(), runs.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
    return runs;
}

} // namespace

text_pattern::text_pattern(std::string_view pattern) {
    if (pattern.empty()) return;
    std::string folded;
    fold_text(pattern, folded);

    pcre2_code* code = nullptr;
    std::string error;
    std::string required;
    if (pattern.find_first_of("\\^$.|?*+()[]{}") != std::string_view::npos && pattern.size() <= 8192) {
        int number = 0;
        PCRE2_SIZE offset = 0;
        code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                             PCRE2_UTF | PCRE2_DOTALL | PCRE2_CASELESS | PCRE2_ANCHORED | PCRE2_ENDANCHORED,
                             &number, &offset, nullptr);
        if (code == nullptr) {
            char message[256];
            pcre2_get_error_message(number, reinterpret_cast<PCRE2_UCHAR*>(message), sizeof message);
            error = "position " + std::to_string(offset) + ": " + message;
        } else {
            for (const std::string& run : literal_runs(folded)) {
                const auto size = static_cast<std::uint16_t>(run.size());
                required.append(reinterpret_cast<const char*>(&size), 2);
                required += run;
            }
        }
    }
    const bool same = folded == pattern;
    void* memory = ::operator new(sizeof(record) + folded.size() + (same ? 0 : pattern.size()) +
                                  required.size() + error.size());
    auto* made = new (memory) record;
    made->lower_size = static_cast<std::uint32_t>(folded.size());
    made->source_size = same ? 0 : static_cast<std::uint32_t>(pattern.size());
    made->required_size = static_cast<std::uint32_t>(required.size());
    made->error_size = static_cast<std::uint32_t>(error.size());
    made->blank = pattern.find_first_not_of(" \t\n\v\f\r\x1c\x1d\x1e\x1f") == std::string_view::npos;
    made->code = code;
    auto* at = const_cast<char*>(made->bytes());
    for (const std::string_view part : {std::string_view(folded), same ? std::string_view() : pattern,
                                        std::string_view(required), std::string_view(error)}) {
        std::memcpy(at, part.data(), part.size());
        at += part.size();
    }
    record_.reset(made);
}

bool text_pattern::matches(std::string_view text, std::string_view lower) const {
    if (blank()) return true;
    if (lower.data() != nullptr ? lower == record_->lower() : equal_ignoring_case(text, record_->source()))
        return true;
    if (record_->code == nullptr) return false;
    static thread_local pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
    std::string scratch;
    const std::string_view subject = repaired_utf8(text, scratch);
    return pcre2_match(record_->code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0,
                       PCRE2_NO_UTF_CHECK, data, nullptr) >= 0;
}

bool text_pattern::blank() const {
    return !record_ || record_->blank;
}

std::string_view text_pattern::source() const {
    return record_ ? record_->source() : std::string_view();
}

bool text_pattern::literal() const {
    return !record_ || record_->code == nullptr;
}

std::string_view text_pattern::lower() const {
    return record_ ? record_->lower() : std::string_view();
}

std::string_view text_pattern::regex_error() const {
    if (!record_) return {};
    return {record_->bytes() + record_->lower_size + record_->source_size + record_->required_size,
            record_->error_size};
}

std::vector<std::string_view> text_pattern::required_literals() const {
    std::vector<std::string_view> runs;
    if (!record_) return runs;
    const char* at = record_->bytes() + record_->lower_size + record_->source_size;
    const char* end = at + record_->required_size;
    while (at < end) {
        std::uint16_t size;
        std::memcpy(&size, at, 2);
        runs.emplace_back(at + 2, size);
        at += 2 + size;
    }
    return runs;
}

void to_lower(std::string_view text, std::string& out) {
    fold_text(text, out);
}

} // namespace mockfleet::matching
