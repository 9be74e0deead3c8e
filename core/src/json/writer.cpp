// Writing JSON: pretty and compact layouts.
#include "json/writer.hpp"

namespace mockfleet::json {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

void scalar_to(std::string& out, const value& document) {
    switch (document.type()) {
    case value::kind::boolean:
        out += document.as_bool() ? "true" : "false";
        break;
    case value::kind::number:
        out += document.number_text();
        break;
    case value::kind::string:
        quote_to(out, document.as_string());
        break;
    default:
        out += "null";
    }
}

void line_to(std::string& out, int depth) {
    out.push_back('\n');
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

void compact_to(std::string& out, const value& document) {
    if (document.is_array()) {
        char separator = '[';
        for (const auto& item : document.as_array()) {
            out.push_back(separator);
            compact_to(out, item);
            separator = ',';
        }
        if (separator == '[') out.push_back('[');
        out.push_back(']');
    } else if (document.is_object()) {
        char separator = '{';
        for (const auto& [name, content] : document.as_object()) {
            out.push_back(separator);
            quote_to(out, name);
            out.push_back(':');
            compact_to(out, content);
            separator = ',';
        }
        if (separator == '{') out.push_back('{');
        out.push_back('}');
    } else {
        scalar_to(out, document);
    }
}

enum class array_layout { flowing, lines };

void write_pretty(std::string& out, const value& document, int depth, array_layout layout) {
    if (document.is_array()) {
        if (document.as_array().empty()) {
            out += "[ ]";
            return;
        }
        const bool lines = layout == array_layout::lines;
        char separator = '[';
        for (const auto& item : document.as_array()) {
            out.push_back(separator);
            if (lines) {
                line_to(out, depth + 1);
            } else {
                out.push_back(' ');
            }
            write_pretty(out, item, lines ? depth + 1 : depth, layout);
            separator = ',';
        }
        if (lines) {
            line_to(out, depth);
        } else {
            out.push_back(' ');
        }
        out.push_back(']');
    } else if (document.is_object()) {
        if (document.as_object().empty()) {
            out += "{ }";
            return;
        }
        char separator = '{';
        for (const auto& [name, content] : document.as_object()) {
            out.push_back(separator);
            line_to(out, depth + 1);
            quote_to(out, name);
            out += " : ";
            write_pretty(out, content, depth + 1, layout);
            separator = ',';
        }
        line_to(out, depth);
        out.push_back('}');
    } else {
        scalar_to(out, document);
    }
}

} // namespace

void quote_to(std::string& out, std::string_view text) {
    out.push_back('"');
    std::size_t run = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, run, i - run);
        run = i + 1;
        out.push_back('\\');
        switch (c) {
        case '"':
        case '\\':
            out.push_back(c);
            break;
        case '\b':
            out.push_back('b');
            break;
        case '\f':
            out.push_back('f');
            break;
        case '\n':
            out.push_back('n');
            break;
        case '\r':
            out.push_back('r');
            break;
        case '\t':
            out.push_back('t');
            break;
        default:
            out += "u00";
            out.push_back(hex_digits[static_cast<unsigned char>(c) >> 4]);
            out.push_back(hex_digits[c & 0xF]);
        }
    }
    out.append(text, run);
    out.push_back('"');
}

void pretty_to(std::string& out, const value& document, int depth) {
    write_pretty(out, document, depth, array_layout::flowing);
}

std::string pretty(const value& document) {
    std::string out;
    pretty_to(out, document);
    return out;
}

std::string pretty_lines(const value& document) {
    std::string out;
    write_pretty(out, document, 0, array_layout::lines);
    return out;
}

std::string compact(const value& document) {
    std::string out;
    compact_to(out, document);
    return out;
}

} // namespace mockfleet::json
