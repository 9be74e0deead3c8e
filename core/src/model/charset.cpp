// Character sets of bodies.
#include "model/charset.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <cstdint>
#include <optional>

namespace mockfleet::model {
namespace {

enum class encoding { utf_8, latin_1, ascii, utf_16, utf_16_be, utf_16_le };

constexpr std::uint32_t replacement = 0xFFFD;

struct charset_name {
    std::string_view name;
    encoding kind;
};
constexpr charset_name names[] = {
    {"utf-8", encoding::utf_8},        {"utf8", encoding::utf_8},         {"iso-8859-1", encoding::latin_1},
    {"iso8859_1", encoding::latin_1},  {"latin1", encoding::latin_1},     {"us-ascii", encoding::ascii},
    {"ascii", encoding::ascii},        {"utf-16", encoding::utf_16},      {"utf16", encoding::utf_16},
    {"utf-16be", encoding::utf_16_be}, {"utf-16le", encoding::utf_16_le},
};

std::optional<encoding> encoding_of(std::string_view charset) {
    for (const auto& [name, kind] : names) {
        if (base::equal_ignoring_case(name, charset)) return kind;
    }
    return std::nullopt;
}

std::string decode_utf16(std::string_view bytes, bool big_endian) {
    std::string out;
    const auto unit = [&](std::size_t i) -> std::uint32_t {
        const auto high = static_cast<unsigned char>(bytes[big_endian ? i : i + 1]);
        const auto low = static_cast<unsigned char>(bytes[big_endian ? i + 1 : i]);
        return static_cast<std::uint32_t>(high) << 8 | low;
    };
    std::size_t i = 0;
    for (; i + 1 < bytes.size(); i += 2) {
        auto code = unit(i);
        if (code >= 0xD800 && code <= 0xDFFF) {
            const auto low = code < 0xDC00 && i + 3 < bytes.size() ? unit(i + 2) : 0;
            if (low >= 0xDC00 && low <= 0xDFFF) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                i += 2;
            } else {
                code = replacement;
            }
        }
        base::append_utf8(out, code);
    }
    if (i < bytes.size()) base::append_utf8(out, replacement);
    return out;
}

void append_utf16(std::string& out, std::uint32_t unit, bool big_endian) {
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit);
    out.push_back(big_endian ? high : low);
    out.push_back(big_endian ? low : high);
}

} // namespace

std::string media_type(std::string_view content_type) {
    const auto type = base::trim(content_type.substr(0, content_type.find(';')));
    const auto slash = type.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == type.size()) return {};
    return base::to_lower(type);
}

std::string_view charset_of(std::string_view content_type) {
    auto at = content_type.find(';');
    while (at != std::string_view::npos) {
        const auto next = content_type.find(';', at + 1);
        const auto parameter =
            content_type.substr(at + 1, next == std::string_view::npos ? next : next - at - 1);
        const auto equals = parameter.find('=');
        if (equals != std::string_view::npos &&
            base::equal_ignoring_case(base::trim(parameter.substr(0, equals)), "charset")) {
            auto charset = base::trim(parameter.substr(equals + 1));
            if (charset.size() >= 2 && charset.front() == '"' && charset.back() == '"') {
                charset = charset.substr(1, charset.size() - 2);
            }
            return charset;
        }
        at = next;
    }
    return {};
}

bool is_known_charset(std::string_view charset) {
    return encoding_of(charset).has_value();
}

std::string to_utf8(std::string_view bytes, std::string_view charset) {
    std::string out;
    switch (encoding_of(charset).value_or(encoding::utf_8)) {
    case encoding::utf_8:
        return std::string(base::repaired_utf8(bytes, out));
    case encoding::latin_1:
        for (const char c : bytes)
            base::append_utf8(out, static_cast<unsigned char>(c));
        break;
    case encoding::ascii:
        for (const char c : bytes)
            base::append_utf8(out, (c & 0x80) == 0 ? static_cast<unsigned char>(c) : replacement);
        break;
    case encoding::utf_16: {
        const bool little = bytes.substr(0, 2) == "\xFF\xFE";
        const bool marked = little || bytes.substr(0, 2) == "\xFE\xFF";
        return decode_utf16(bytes.substr(marked ? 2 : 0), !little);
    }
    case encoding::utf_16_be:
        return decode_utf16(bytes, true);
    case encoding::utf_16_le:
        return decode_utf16(bytes, false);
    }
    return out;
}

std::string from_utf8(std::string_view text, std::string_view charset) {
    const auto kind = encoding_of(charset).value_or(encoding::utf_8);
    if (kind == encoding::utf_8) return std::string(text);
    std::string out;
    const bool big_endian = kind != encoding::utf_16_le;
    if (kind == encoding::utf_16) append_utf16(out, 0xFEFF, big_endian);
    while (!text.empty()) {
        const auto step = base::decode_utf8(text);
        text.remove_prefix(step.size);
        const std::uint32_t code = step.code;
        if (kind == encoding::latin_1 || kind == encoding::ascii) {
            const std::uint32_t limit = kind == encoding::latin_1 ? 0x100 : 0x80;
            out.push_back(code < limit ? static_cast<char>(code) : '?');
        } else if (code < 0x10000) {
            append_utf16(out, code, big_endian);
        } else {
            append_utf16(out, 0xD800 + ((code - 0x10000) >> 10), big_endian);
            append_utf16(out, 0xDC00 + ((code - 0x10000) & 0x3FF), big_endian);
        }
    }
    return out;
}

bool is_valid_utf8(std::string_view bytes) {
    std::string scratch;
    return base::repaired_utf8(bytes, scratch).data() == bytes.data();
}

std::string head_text(std::string_view bytes) {
    return to_utf8(bytes, is_valid_utf8(bytes) ? "utf-8" : "iso-8859-1");
}

} // namespace mockfleet::model
