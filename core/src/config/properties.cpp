// The Java properties format (core.md 7.2).
#include "config/source.hpp"

#include "base/java_properties.hpp"

#include <utility>

namespace mockfleet::config {

namespace {

constexpr std::string_view prefix = "mockserver.";

} // namespace

source_content read_properties(std::string_view text, std::string_view file) {
    source_content content;
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    base::properties_reader lines(text);
    while (auto item = lines.next()) {
        const auto where = std::string(file) + ":" + std::to_string(item->line);
        if (!item->valid) {
            content.problems.push_back(
                where + ": \\u must be followed by four hexadecimal digits that name a character");
            continue;
        }
        // A key without the prefix stays unknown, so that the message shows the right one.
        const auto name = item->key.starts_with(prefix) ? item->key.substr(prefix.size()) : "?" + item->key;
        content.assignments.push_back({name, std::move(item->value), where, std::move(item->key)});
    }
    resolve(content, prefix);
    return content;
}

} // namespace mockfleet::config
