// YAML and flat JSON configuration files: the only includer of yaml-cpp.
#include "config/source.hpp"

#include "config/table.hpp"

#include <yaml-cpp/yaml.h>

#include <set>

namespace mockfleet::config {

namespace {

/// Aliases may repeat a node without end, so what one value may grow to is bounded.
constexpr std::size_t largest_value = 64 * 1024;
constexpr int deepest = 32;

struct too_large {};

void append_json_string(std::string& out, const std::string& text) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += "\\u00";
            out += hex[static_cast<unsigned char>(c) >> 4];
            out += hex[static_cast<unsigned char>(c) & 15];
        } else {
            out += c;
        }
    }
    out += '"';
}

bool is_json_word(const std::string& text) {
    double number = 0;
    return text == "true" || text == "false" || YAML::convert<double>::decode(YAML::Node(text), number);
}

void append_json(std::string& out, const YAML::Node& node, int depth) {
    if (depth > deepest || out.size() > largest_value) throw too_large{};
    bool first = true;
    const auto comma = [&] {
        if (!first) out += ',';
        first = false;
    };
    if (node.IsMap()) {
        out += '{';
        for (const auto& member : node) {
            comma();
            append_json_string(out, member.first.IsScalar() ? member.first.Scalar() : std::string());
            out += ':';
            append_json(out, member.second, depth + 1);
        }
        out += '}';
    } else if (node.IsSequence()) {
        out += '[';
        for (const auto& element : node) {
            comma();
            append_json(out, element, depth + 1);
        }
        out += ']';
    } else if (node.IsScalar()) {
        // A quoted scalar has the tag "!"; a plain one is a number or a word of JSON if it looks like one.
        if (node.Tag() != "!" && is_json_word(node.Scalar()))
            out += node.Scalar();
        else
            append_json_string(out, node.Scalar());
    } else {
        out += "null";
    }
}

class reader {
public:
    explicit reader(std::string_view file) : file_(file) {}

    void read(const YAML::Node& root) {
        if (root.IsNull()) return;
        if (!root.IsMap()) {
            problem(root, "the file must be a map of property names to values");
            return;
        }
        std::set<std::string> seen;
        for (const auto& member : root) {
            if (!member.first.IsScalar()) {
                problem(member.first, "a key must be a name");
                continue;
            }
            const auto& key = member.first.Scalar();
            if (!seen.insert(key).second)
                problem(member.first, "the key \"" + key + "\" stands twice in the file");
            else if (key == "plugins")
                read_plugins(member.second);
            else
                read_property(key, member.first, member.second);
        }
    }
    void problem(const YAML::Mark& mark, const std::string& what) {
        content.problems.push_back(at(mark) + ": " + what);
    }

    source_content content;

private:
    [[nodiscard]] std::string at(const YAML::Mark& mark) const {
        if (mark.is_null()) return std::string(file_);
        return std::string(file_) + ":" + std::to_string(mark.line + 1);
    }
    void problem(const YAML::Node& node, const std::string& what) { problem(node.Mark(), what); }
    void assign(const std::string& name, std::string text, const YAML::Node& node, const std::string& key) {
        content.assignments.push_back({name, std::move(text), at(node.Mark()), key});
    }

    void read_property(const std::string& key, const YAML::Node& name_node, const YAML::Node& node) {
        const auto row = find(key);
        const auto type = row < table.size() ? table[row].type : kind::text;
        std::string text;
        if (node.IsScalar()) {
            text = node.Scalar();
        } else if (type == kind::json && !node.IsNull()) {
            append_json(text, node, 0);
        } else if (node.IsSequence() && type == kind::list) {
            text = joined(node);
        } else if (node.IsMap() && type == kind::map) {
            text = pairs(node);
        } else if (!node.IsNull() && row < table.size()) {
            problem(node, key + ": a nested value is not allowed here");
            return;
        }
        assign(key, std::move(text), name_node, key);
    }

    std::string joined(const YAML::Node& node) {
        std::string text;
        for (const auto& element : node) {
            if (!element.IsScalar())
                problem(element, "an element of a list must be a plain value");
            else
                text += (text.empty() ? "" : ",") + element.Scalar();
            if (text.size() > largest_value) throw too_large{};
        }
        return text;
    }

    std::string pairs(const YAML::Node& node) {
        std::string text;
        for (const auto& member : node) {
            if (!member.first.IsScalar() || !member.second.IsScalar())
                problem(member.first, "a pair must be name: value");
            else
                text += (text.empty() ? "" : ",") + member.first.Scalar() + "=" + member.second.Scalar();
            if (text.size() > largest_value) throw too_large{};
        }
        return text;
    }

    void read_plugins(const YAML::Node& node) {
        if (node.IsNull()) return;
        if (!node.IsMap()) {
            problem(node, "plugins must be a map of plugin names");
            return;
        }
        for (const auto& member : node) {
            if (!member.first.IsScalar() || member.first.Scalar().empty() ||
                member.first.Scalar().find('.') != std::string::npos) {
                problem(member.first, "a plugin's name must be a word without dots");
                continue;
            }
            if (member.second.IsNull()) continue;
            if (!member.second.IsMap()) {
                problem(member.second,
                        "plugins." + member.first.Scalar() + " must be a map of the plugin's keys");
                continue;
            }
            flatten("plugins." + member.first.Scalar(), member.second, 0);
        }
    }

    /// Lists become `peers.0`, maps `tls.key`.
    void flatten(const std::string& path, const YAML::Node& node, int depth) {
        if (depth > deepest || ++visited_ > largest_value || path.size() > largest_value) throw too_large{};
        if (node.IsMap()) {
            for (const auto& member : node) {
                if (!member.first.IsScalar() || member.first.Scalar().empty())
                    problem(member.first, "a key must be a name");
                else
                    flatten(path + "." + member.first.Scalar(), member.second, depth + 1);
            }
        } else if (node.IsSequence()) {
            std::size_t number = 0;
            for (const auto& element : node)
                flatten(path + "." + std::to_string(number++), element, depth + 1);
        } else {
            assign(path, node.IsScalar() ? node.Scalar() : std::string(), node, path);
        }
    }

    std::string_view file_;
    std::size_t visited_ = 0;
};

} // namespace

source_content read_yaml(std::string_view text, std::string_view file) {
    reader in(file);
    try {
        const auto documents = YAML::LoadAll(std::string(text));
        if (documents.size() > 1)
            in.problem(documents[1].Mark(), "only one document is read");
        else if (documents.size() == 1)
            in.read(documents.front());
    } catch (const YAML::Exception& bad) {
        in.problem(bad.mark, bad.msg);
    } catch (const too_large&) {
        in.content.problems.push_back(std::string(file) + ": a value is too large or nested too deeply");
    }
    resolve(in.content, "");
    return std::move(in.content);
}

} // namespace mockfleet::config
