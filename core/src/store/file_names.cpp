// Matching goes back where a star took too much; patterns are short.
#include "store/file_names.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <system_error>

namespace mockfleet::store {

namespace {

constexpr std::string_view specials = "*?[{";

/// `at` stands behind an opening brace; the index of its partner, or npos.
std::size_t closing_brace(std::string_view pattern, std::size_t at) {
    std::size_t depth = 1;
    for (; at < pattern.size(); ++at) {
        if (pattern[at] == '\\')
            ++at;
        else if (pattern[at] == '{')
            ++depth;
        else if (pattern[at] == '}' && --depth == 0)
            return at;
    }
    return std::string_view::npos;
}

/// The choices between braces.
std::vector<std::string_view> choices_of(std::string_view inside) {
    std::vector<std::string_view> choices;
    std::size_t depth = 0;
    std::size_t start = 0;
    for (std::size_t at = 0; at < inside.size(); ++at) {
        if (inside[at] == '\\')
            ++at;
        else if (inside[at] == '{')
            ++depth;
        else if (inside[at] == '}')
            --depth;
        else if (inside[at] == ',' && depth == 0) {
            choices.push_back(inside.substr(start, at - start));
            start = at + 1;
        }
    }
    choices.push_back(inside.substr(start));
    return choices;
}

/// `set` is what stands between brackets.
bool in_set(std::string_view set, char c) {
    if (c == '/') return false;
    const bool outside = !set.empty() && (set.front() == '!' || set.front() == '^');
    if (outside) set.remove_prefix(1);
    bool found = false;
    for (std::size_t at = 0; at < set.size(); ++at) {
        if (at + 2 < set.size() && set[at + 1] == '-') {
            found = found || (set[at] <= c && c <= set[at + 2]);
            at += 2;
        } else {
            found = found || set[at] == c;
        }
    }
    return found != outside;
}

/// What stands beside a persisted document while the server works and after faults.
bool is_companion(const std::filesystem::path& file) {
    constexpr std::array<std::string_view, 7> endings{".lock",     ".journal",   ".journal.folding", ".draft",
                                                      ".previous", ".previous-", ".broken-"};
    auto name = file.filename().string();
    if (name.starts_with('.') && name.ends_with(".draft")) name.erase(0, 1);
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
        const auto at = name.rfind(ending);
        if (at == std::string::npos || at == 0) return false;
        if (ending.back() != '-' && at + ending.size() != name.size()) return false;
        std::error_code gone;
        return std::filesystem::exists(file.parent_path() / name.substr(0, at), gone);
    });
}

} // namespace

bool is_pattern(std::string_view path) {
    return path.find_first_of(specials) != std::string_view::npos;
}

bool name_matches(std::string_view pattern, std::string_view path) {
    while (!pattern.empty()) {
        const char c = pattern.front();
        if (c == '*') {
            const bool crosses = pattern.size() > 1 && pattern[1] == '*';
            const auto rest = pattern.substr(crosses ? 2 : 1);
            for (std::size_t taken = 0;; ++taken) {
                if (name_matches(rest, path.substr(taken))) return true;
                if (taken == path.size() || (!crosses && path[taken] == '/')) return false;
            }
        }
        if (c == '{') {
            const auto end = closing_brace(pattern, 1);
            if (end == std::string_view::npos) return false;
            const auto choices = choices_of(pattern.substr(1, end - 1));
            return std::any_of(choices.begin(), choices.end(), [&](std::string_view choice) {
                return name_matches(std::string(choice) + std::string(pattern.substr(end + 1)), path);
            });
        }
        if (path.empty()) return false;
        std::size_t used = 1;
        if (c == '?') {
            if (path.front() == '/') return false;
        } else if (const auto end = pattern.find(']', 2); c == '[' && end != std::string_view::npos) {
            if (!in_set(pattern.substr(1, end - 1), path.front())) return false;
            used = end + 1;
        } else {
            if (c == '\\' && pattern.size() > 1) used = 2;
            if (pattern[used - 1] != path.front()) return false;
        }
        pattern.remove_prefix(used);
        path.remove_prefix(1);
    }
    return path.empty();
}

std::vector<std::string> files_of(const std::string& pattern) {
    if (!is_pattern(pattern)) return {pattern};
    namespace fs = std::filesystem;
    const auto slash = pattern.rfind('/', pattern.find_first_of(specials));
    const auto directory = slash == std::string::npos ? std::string(".") : pattern.substr(0, slash + 1);
    const auto prefix = slash == std::string::npos ? std::string() : directory;
    // How deep a match can lie; nobody waits for a walk through a whole disk that cannot find anything.
    const auto below = pattern.substr(prefix.size());
    const bool any_depth = below.find("**") != std::string::npos;
    const auto depth = static_cast<int>(std::count(below.begin(), below.end(), '/'));
    std::vector<std::string> found;
    std::error_code failure;
    constexpr auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(directory, options, failure), end; !failure && at != end;
         at.increment(failure)) {
        const auto relative = at->path().lexically_relative(directory).string();
        std::error_code gone;
        if (at->is_regular_file(gone) && name_matches(below, relative) && !is_companion(at->path()))
            found.push_back(prefix + relative);
        if (!any_depth && at.depth() >= depth) at.disable_recursion_pending();
    }
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace mockfleet::store
