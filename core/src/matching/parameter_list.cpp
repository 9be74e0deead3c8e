// Decoding as the original's HTTP library does it, without allocation in steady state.
#include "matching/parameter_list.hpp"

#include <algorithm>
#include <unordered_set>

namespace mockfleet::matching {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ')
        text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ')
        text.remove_suffix(1);
    return text;
}

std::string_view unquoted(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
    return text;
}

} // namespace

void parameter_list::read_query(std::string_view text) {
    read(text.substr(0, text.find('#')), "&");
}

void parameter_list::read_form(std::string_view text) {
    read(text, "&;");
}

void parameter_list::read(std::string_view text, std::string_view separators) {
    entries_.clear();
    used_ = 0;
    if (text.size() > capacity_) {
        decoded_ = std::make_unique_for_overwrite<char[]>(text.size());
        capacity_ = text.size();
    }
    while (!text.empty()) {
        const auto end = text.find_first_of(separators);
        auto one = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        while (one.starts_with('='))
            one.remove_prefix(1);
        if (one.empty()) continue;
        const auto equals = one.find('=');
        name_value entry;
        const bool sound = decode(one.substr(0, equals), entry.name) &&
                           (equals == std::string_view::npos || decode(one.substr(equals + 1), entry.value));
        if (!sound) {
            entries_.clear();
            return;
        }
        entries_.push_back(entry);
    }
}

bool parameter_list::decode(std::string_view text, std::string_view& out) {
    if (text.find_first_of("%+") == std::string_view::npos) {
        out = text;
        return true;
    }
    char* const begin = decoded_.get() + used_;
    char* to = begin;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            *to++ = ' ';
        } else if (text[i] != '%') {
            *to++ = text[i];
        } else {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) return false;
            *to++ = static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    out = {begin, static_cast<std::size_t>(to - begin)};
    used_ += out.size();
    return true;
}

void parameter_list::add_cookies(std::string_view header) {
    const bool versioned = header.starts_with("$Version");
    while (true) {
        const auto begin = header.find_first_not_of("\t\n\v\f\r ,;");
        if (begin == std::string_view::npos) return;
        header.remove_prefix(begin);
        const auto end = header.find(';');
        const auto one = header.substr(0, end);
        header.remove_prefix(one.size());
        const auto equals = one.find('=');
        if (equals == std::string_view::npos) continue;
        const auto name = trimmed(one.substr(0, equals));
        if (name.empty() || (versioned && name.front() == '$')) continue;
        entries_.push_back({name, unquoted(one.substr(equals + 1))});
    }
}

void parameter_list::keep_first_of_each_name() {
    constexpr std::size_t few = 32;
    if (entries_.size() <= few) {
        for (auto at = entries_.begin(); at != entries_.end();) {
            const bool known = std::any_of(entries_.begin(), at,
                                           [&at](const name_value& one) { return one.name == at->name; });
            at = known ? entries_.erase(at) : at + 1;
        }
        return;
    }
    std::unordered_set<std::string_view> names;
    std::erase_if(entries_, [&names](const name_value& one) { return !names.insert(one.name).second; });
}

} // namespace mockfleet::matching
