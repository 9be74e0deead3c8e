// Splitting paths into parts and parameter values out of parts.
#include "matching/path_template.hpp"

namespace mockfleet::matching {
namespace {

/// Calls `look(part)` for the parts between slashes that are not empty.
template <class Look>
void each_part(std::string_view path, Look&& look) {
    while (true) {
        const auto end = path.find('/');
        const auto part = path.substr(0, end);
        if (!part.empty()) look(part);
        if (end == std::string_view::npos) return;
        path.remove_prefix(end + 1);
    }
}

/// The name in `{name}`, `{.name}`, `{;name}`, `{name*}`; empty for any other part.
std::string_view parameter_name(std::string_view part) {
    if (part.size() < 3 || part.front() != '{' || part.back() != '}') return {};
    part = part.substr(1, part.size() - 2);
    if (part.find_first_of("{}") != std::string_view::npos) return {};
    if (part.starts_with('.') || part.starts_with(';')) part.remove_prefix(1);
    if (part.ends_with('*')) part.remove_suffix(1);
    return part;
}

/// What separates values besides the comma, when the style is an exploded one.
std::string exploded_separator(const key_values& parameters, std::string_view name) {
    for (const auto& wanted : parameters.keys()) {
        if (!wanted.style || !wanted.name.base_matches(name)) continue;
        if (*wanted.style == model::parameter_style::label_exploded) return ".";
        if (*wanted.style == model::parameter_style::matrix_exploded) return ";" + std::string(name) + "=";
    }
    return {};
}

} // namespace

path_template::path_template(std::string_view path, const model::multi_value_map& parameters, direction way,
                             std::vector<std::string>* warnings)
    : text_(path), parameters_(parameters, way, warnings, "path parameter") {
    each_part(text_, [this](std::string_view part) { names_.emplace_back(parameter_name(part)); });
}

std::string path_template::wildcards(std::string_view path) {
    std::string out;
    while (true) {
        const auto end = path.find('/');
        const auto part = path.substr(0, end);
        out += parameter_name(part).empty() ? part : std::string_view(".*");
        if (end == std::string_view::npos) return out;
        out.push_back('/');
        path.remove_prefix(end + 1);
    }
}

std::size_t path_template::part_count_of(std::string_view path) {
    std::size_t count = 0;
    each_part(path, [&count](std::string_view) { ++count; });
    return count;
}

bool path_template::same_part_count(std::string_view path) const {
    return part_count_of(path) == names_.size();
}

void path_template::extract(std::string_view path, std::vector<name_value>& out) const {
    std::size_t index = 0;
    each_part(path, [&](std::string_view part) {
        const std::string_view name = names_[index++];
        if (name.empty()) return;
        const auto matrix = ";" + std::string(name) + "=";
        if (part.starts_with('.')) {
            part.remove_prefix(1);
        } else if (part.starts_with(matrix)) {
            part.remove_prefix(matrix.size());
        }
        const auto separator = exploded_separator(parameters_, name);
        while (true) {
            const auto end = separator.empty() ? std::string_view::npos : part.find(separator);
            split_value(name, part.substr(0, end), model::parameter_style::form, out);
            if (end == std::string_view::npos) break;
            part.remove_prefix(end + separator.size());
        }
    });
}

} // namespace mockfleet::matching
