// `~` is the one mark: it needs no encoding in an address, and is no part of a name itself.
#include "store/kept_names.hpp"

#include <cstddef>

namespace mockfleet::store {

namespace {

constexpr char mark = '~';
/// Bytes between two slashes, so that a file system with 255 has room for the endings of its own files.
constexpr std::size_t longest_part = 200;
/// What the store on the file system keeps for itself.
constexpr std::string_view reserved_ending = ".meta";
constexpr std::string_view hexadecimal = "0123456789ABCDEF";

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// `with_dots`: those between letters or digits stand as they are.
std::string encoded(std::string_view name, bool with_dots) {
    std::string text;
    text.reserve(name.size());
    for (std::size_t at = 0; at < name.size(); ++at) {
        const char c = name[at];
        const bool inner_dot = with_dots && c == '.' && at != 0 && at + 1 != name.size() &&
                               is_plain(name[at - 1]) && is_plain(name[at + 1]) &&
                               name.substr(at) != reserved_ending;
        if (is_plain(c) || c == '-' || c == '_' || inner_dot) {
            text += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        text += mark;
        text += hexadecimal[byte / 16];
        text += hexadecimal[byte % 16];
    }
    return text;
}

/// Nullopt: no hexadecimal digit.
std::optional<unsigned> digit(char c) {
    const auto found = hexadecimal.find(c);
    if (found == std::string_view::npos) return std::nullopt;
    return static_cast<unsigned>(found);
}

} // namespace

std::string kept_key_of(std::string_view name) {
    std::string key(kept_folder);
    if (name.empty()) return key + mark;
    auto whole = encoded(name, true);
    // A part must not begin with a dot.
    if (whole.size() > longest_part) whole = encoded(name, false);
    std::string_view rest = whole;
    while (rest.size() > longest_part) {
        key.append(rest.substr(0, longest_part)) += mark;
        key += '/';
        rest.remove_prefix(longest_part);
    }
    return key.append(rest);
}

std::optional<std::string> name_of_kept_key(std::string_view key) {
    if (!key.starts_with(kept_folder)) return std::nullopt;
    const auto whole = key.substr(kept_folder.size());
    std::string text;
    text.reserve(whole.size());
    for (std::size_t at = 0; at < whole.size(); ++at) {
        if (whole.substr(at, 2) == "~/")
            ++at;
        else
            text += whole[at];
    }
    std::string name;
    if (text != std::string_view(&mark, 1)) {
        for (std::size_t at = 0; at < text.size(); ++at) {
            if (text[at] != mark) {
                name += text[at];
                continue;
            }
            if (at + 2 >= text.size()) return std::nullopt;
            const auto high = digit(text[at + 1]);
            const auto low = digit(text[at + 2]);
            if (!high || !low) return std::nullopt;
            name += static_cast<char>(*high * 16 + *low);
            at += 2;
        }
    }
    // One name has one key: what is spelt in another way is somebody else's.
    if (kept_key_of(name) != key) return std::nullopt;
    return name;
}

} // namespace mockfleet::store
