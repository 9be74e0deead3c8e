// One pass, no recursion.
#include "common/xml.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace mockfleet::common {

namespace {

constexpr std::size_t most_depth = 32;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_name_end(char c) {
    return is_space(c) || c == '/' || c == '>' || c == '=' || c == '<' || c == '"' || c == '\'' || c == '&';
}

bool append_utf8(std::string& to, std::uint32_t code) {
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    if (code < 0x80) {
        to += static_cast<char>(code);
    } else if (code < 0x800) {
        to += static_cast<char>(0xC0U | (code >> 6U));
        to += static_cast<char>(0x80U | (code & 63U));
    } else if (code < 0x10000) {
        to += static_cast<char>(0xE0U | (code >> 12U));
        to += static_cast<char>(0x80U | ((code >> 6U) & 63U));
        to += static_cast<char>(0x80U | (code & 63U));
    } else {
        to += static_cast<char>(0xF0U | (code >> 18U));
        to += static_cast<char>(0x80U | ((code >> 12U) & 63U));
        to += static_cast<char>(0x80U | ((code >> 6U) & 63U));
        to += static_cast<char>(0x80U | (code & 63U));
    }
    return true;
}

bool append_entity(std::string& to, std::string_view name) {
    if (name == "amp") {
        to += '&';
    } else if (name == "lt") {
        to += '<';
    } else if (name == "gt") {
        to += '>';
    } else if (name == "quot") {
        to += '"';
    } else if (name == "apos") {
        to += '\'';
    } else if (name.starts_with("#")) {
        name.remove_prefix(1);
        const bool hexadecimal = name.starts_with("x");
        if (hexadecimal) name.remove_prefix(1);
        std::uint32_t code = 0;
        const auto [end, problem] =
            std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
        return problem == std::errc() && end == name.data() + name.size() && append_utf8(to, code);
    } else {
        return false;
    }
    return true;
}

class reader {
public:
    explicit reader(std::string_view text) : text_(text) {
        if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    }

    std::optional<xml_element> read() {
        while (at_ < text_.size()) {
            if (!(text_[at_] == '<' ? markup() : characters())) return std::nullopt;
        }
        if (!open_.empty() || !root_) return std::nullopt;
        return std::move(root_);
    }

private:
    [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

    bool skip_past(std::string_view end, std::size_t from) {
        const auto found = text_.find(end, from);
        if (found == std::string_view::npos) return false;
        at_ = found + end.size();
        return true;
    }

    bool characters() {
        const auto end = std::min(text_.find('<', at_), text_.size());
        const auto piece = text_.substr(at_, end - at_);
        at_ = end;
        if (open_.empty()) return piece.find_first_not_of(" \t\r\n") == std::string_view::npos;
        auto& to = open_.back().text;
        std::size_t from = 0;
        for (auto mark = piece.find('&'); mark != std::string_view::npos; mark = piece.find('&', from)) {
            to += piece.substr(from, mark - from);
            const auto stop = piece.find(';', mark);
            if (stop == std::string_view::npos || !append_entity(to, piece.substr(mark + 1, stop - mark - 1)))
                return false;
            from = stop + 1;
        }
        to += piece.substr(from);
        return true;
    }

    bool markup() {
        if (rest().starts_with("<?")) return skip_past("?>", at_ + 2);
        if (rest().starts_with("<!--")) return skip_past("-->", at_ + 4);
        if (rest().starts_with("<![CDATA[")) {
            const auto start = at_ + 9;
            if (open_.empty() || !skip_past("]]>", start)) return false;
            open_.back().text += text_.substr(start, at_ - 3 - start);
            return true;
        }
        if (rest().starts_with("<!")) return false;
        if (rest().starts_with("</")) return end_tag();
        return start_tag();
    }

    bool name(std::string& to) {
        const auto start = at_;
        while (at_ < text_.size() && !is_name_end(text_[at_]))
            ++at_;
        auto found = text_.substr(start, at_ - start);
        const auto colon = found.rfind(':');
        if (colon != std::string_view::npos) found.remove_prefix(colon + 1);
        to = found;
        return !to.empty();
    }

    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_]))
            ++at_;
    }

    bool start_tag() {
        if (root_ || open_.size() >= most_depth) return false;
        ++at_;
        xml_element fresh;
        if (!name(fresh.name)) return false;
        for (;;) {
            skip_space();
            if (rest().starts_with("/>")) {
                at_ += 2;
                close(std::move(fresh));
                return true;
            }
            if (rest().starts_with(">")) {
                ++at_;
                open_.push_back(std::move(fresh));
                return true;
            }
            if (!attribute()) return false;
        }
    }

    bool attribute() {
        std::string ignored;
        if (!name(ignored)) return false;
        skip_space();
        if (!rest().starts_with("=")) return false;
        ++at_;
        skip_space();
        if (!rest().starts_with("\"") && !rest().starts_with("'")) return false;
        return skip_past(text_.substr(at_, 1), at_ + 1);
    }

    bool end_tag() {
        at_ += 2;
        std::string ending;
        if (open_.empty() || !name(ending) || ending != open_.back().name) return false;
        skip_space();
        if (!rest().starts_with(">")) return false;
        ++at_;
        auto ended = std::move(open_.back());
        open_.pop_back();
        close(std::move(ended));
        return true;
    }

    void close(xml_element ended) {
        if (open_.empty())
            root_ = std::move(ended);
        else
            open_.back().children.push_back(std::move(ended));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<xml_element> open_;
    std::optional<xml_element> root_;
};

} // namespace

const xml_element* xml_element::child(std::string_view child_name) const {
    for (const auto& one : children) {
        if (one.name == child_name) return &one;
    }
    return nullptr;
}

std::string_view xml_element::text_of(std::string_view child_name) const {
    const auto* found = child(child_name);
    return found == nullptr ? std::string_view() : std::string_view(found->text);
}

std::optional<xml_element> read_xml(std::string_view text) {
    return reader(text).read();
}

} // namespace mockfleet::common
