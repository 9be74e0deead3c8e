// A reader of start tags.
#include "settings/xml_attributes.hpp"

#include <algorithm>
#include <charconv>

namespace mockfleet::replicated {

namespace {

class reader {
public:
    reader(std::string_view text, std::string& problem) : text_(text), problem_(problem) {}

    std::optional<std::vector<xml_element>> run() {
        std::vector<xml_element> all;
        std::vector<std::string> open;
        bool rooted = false;
        for (;;) {
            const auto tag = text_.find('<', at_);
            if (tag == std::string_view::npos) break;
            at_ = tag + 1;
            if (next_is("!--")) {
                if (!skip_to("-->")) return fail("a comment without end");
            } else if (next_is("?")) {
                if (!skip_to("?>")) return fail("a processing instruction without end");
            } else if (next_is("![CDATA[")) {
                if (!skip_to("]]>")) return fail("a CDATA section without end");
            } else if (next_is("!")) {
                return fail("a document type, which is not allowed here");
            } else if (next_is("/")) {
                const auto name = take_name();
                skip_space();
                if (open.empty() || open.back() != name || !next_is(">"))
                    return fail("an end tag that does not fit");
                open.pop_back();
            } else {
                if (rooted && open.empty()) return fail("a second root element");
                rooted = true;
                xml_element made;
                bool empty = false;
                if (!take_element(made, empty)) return std::nullopt;
                if (!empty) open.push_back(made.name);
                all.push_back(std::move(made));
            }
        }
        if (!open.empty()) return fail("<" + open.back() + "> without its end tag");
        if (all.empty()) return fail("no element");
        return all;
    }

private:
    std::nullopt_t fail(const std::string& what) {
        problem_ = what;
        return std::nullopt;
    }

    bool broken(const std::string& what) {
        problem_ = what;
        return false;
    }

    bool next_is(std::string_view what) {
        if (!text_.substr(at_).starts_with(what)) return false;
        at_ += what.size();
        return true;
    }

    bool skip_to(std::string_view what) {
        const auto found = text_.find(what, at_);
        if (found == std::string_view::npos) return false;
        at_ = found + what.size();
        return true;
    }

    void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    std::string take_name() {
        const auto end = std::min(text_.find_first_of(" \t\r\n=/><\"'", at_), text_.size());
        std::string name(text_.substr(at_, end - at_));
        at_ = end;
        return name;
    }

    bool take_element(xml_element& to, bool& empty) {
        to.name = take_name();
        if (to.name.empty()) return broken("'<' without a name");
        for (;;) {
            skip_space();
            if (next_is("/>")) {
                empty = true;
                return true;
            }
            if (next_is(">")) return true;
            const auto name = take_name();
            skip_space();
            if (name.empty() || !next_is("=")) return broken("<" + to.name + "> has a broken attribute");
            skip_space();
            std::string value;
            if (!take_value(value)) return false;
            if (!to.attributes.emplace(name, std::move(value)).second)
                return broken("<" + to.name + "> has '" + name + "' twice");
        }
    }

    bool take_value(std::string& to) {
        const char quote = at_ < text_.size() ? text_[at_] : '\0';
        if (quote != '"' && quote != '\'') return broken("an attribute without quotes");
        const auto end = text_.find(quote, ++at_);
        if (end == std::string_view::npos) return broken("an attribute without its closing quote");
        const auto raw = text_.substr(at_, end - at_);
        at_ = end + 1;
        return unescape(raw, to);
    }

    bool unescape(std::string_view raw, std::string& to) {
        for (std::size_t i = 0; i < raw.size(); ++i) {
            if (raw[i] == '<') return broken("'<' in an attribute");
            if (raw[i] != '&') {
                to += raw[i];
                continue;
            }
            const auto end = raw.find(';', i);
            if (end == std::string_view::npos) return broken("'&' without ';'");
            if (!entity(raw.substr(i + 1, end - i - 1), to)) return broken("an unknown entity");
            i = end;
        }
        return true;
    }

    static bool entity(std::string_view name, std::string& to) {
        static const std::map<std::string_view, char> known{
            {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
        const auto found = known.find(name);
        if (found != known.end()) {
            to += found->second;
            return true;
        }
        if (!name.starts_with('#')) return false;
        name.remove_prefix(1);
        const int base = name.starts_with('x') ? 16 : 10;
        if (base == 16) name.remove_prefix(1);
        unsigned code = 0;
        const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), code, base);
        // Host names and addresses need no more than ASCII.
        if (problem != std::errc() || end != name.data() + name.size() || code == 0 || code > 127)
            return false;
        to += static_cast<char>(code);
        return true;
    }

    std::string_view text_;
    std::string& problem_;
    std::size_t at_ = 0;
};

} // namespace

std::optional<std::vector<xml_element>> read_xml(std::string_view text, std::string& problem) {
    return reader(text, problem).run();
}

} // namespace mockfleet::replicated
