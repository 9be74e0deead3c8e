// Escaping and parsing of the engine's keys.
#include "state/keyspace.hpp"

namespace mockfleet::replicated {

namespace {

constexpr std::string_view end_of_name("\0\1", 2);

void append_name(std::string& to, std::string_view name) {
    for (const char c : name) {
        to.push_back(c);
        if (c == '\0') to.push_back('\xff');
    }
    to.append(end_of_name);
}

/// Takes an escaped name off the front; false when there is none.
bool take_name(std::string_view& from, std::string& name) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (from[i] != '\0') {
            name.push_back(from[i]);
            continue;
        }
        if (++i == from.size()) return false;
        if (from[i] == '\1') {
            from.remove_prefix(i + 1);
            return true;
        }
        if (from[i] != '\xff') return false;
        name.push_back('\0');
    }
    return false;
}

} // namespace

keyspace::keyspace(std::string_view cluster) : root_("/") {
    // A slash in the name would make one fleet's keys lie within another's.
    for (const char c : cluster) {
        if (c == '/')
            root_ += "%2F";
        else if (c == '%')
            root_ += "%25";
        else
            root_.push_back(c);
    }
    root_.push_back('/');
}

std::string keyspace::member(std::string_view node) const {
    return (root_ + "m/").append(node);
}

std::string keyspace::mark(std::string_view node) const {
    return (root_ + "x/").append(node);
}

std::string keyspace::generation(std::string_view space) const {
    return (root_ + "g/").append(space);
}

std::string keyspace::space(std::string_view space) const {
    std::string made = root_ + "d/";
    append_name(made, space);
    return made;
}

std::string keyspace::entry(std::string_view space, std::string_view key) const {
    auto made = this->space(space);
    made.push_back('k');
    return made.append(key);
}

std::string keyspace::parts(std::string_view space, std::string_view key) const {
    auto made = this->space(space);
    made.push_back('b');
    append_name(made, key);
    return made;
}

std::string keyspace::parts(std::string_view space, std::string_view key, std::string_view write) const {
    return parts(space, key).append(write);
}

std::string keyspace::part(std::string_view space, std::string_view key, std::string_view write,
                           std::uint16_t index) const {
    auto made = parts(space, key, write);
    made.push_back(static_cast<char>(index >> 8));
    made.push_back(static_cast<char>(index));
    return made;
}

keyspace::parsed keyspace::parse(std::string_view engine_key) const {
    using kind = parsed::kind;
    parsed found;
    if (!engine_key.starts_with(root_)) return found;
    engine_key.remove_prefix(root_.size());
    if (engine_key == "t") {
        found.what = kind::tick;
        return found;
    }
    if (engine_key.size() < 2 || engine_key[1] != '/') return found;
    const char room = engine_key[0];
    auto rest = engine_key.substr(2);
    if (room == 'm' || room == 'x') {
        found.what = room == 'm' ? kind::member : kind::mark;
        found.key = rest;
        return found;
    }
    if (room == 'g') {
        found.what = kind::generation;
        found.space = rest;
        return found;
    }
    if (room != 'd' || !take_name(rest, found.space) || rest.empty()) return found;
    const char what = rest[0];
    rest.remove_prefix(1);
    if (what == 'k' && !rest.empty()) {
        found.what = kind::entry;
        found.key = rest;
    } else if (what == 'b' && take_name(rest, found.key) && rest.size() == write_bytes + 2) {
        found.what = kind::part;
        found.write = rest.substr(0, write_bytes);
        found.index = static_cast<std::uint16_t>((static_cast<unsigned char>(rest[write_bytes]) << 8) |
                                                 static_cast<unsigned char>(rest[write_bytes + 1]));
    }
    return found;
}

} // namespace mockfleet::replicated
