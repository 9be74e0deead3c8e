// The table tells the truth: what it calls active is read by some module, and what it calls later is not.
#include "config/table.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace mockfleet::config {

namespace {

/// Every string literal of core/src that could be the name of a property, the table itself left out.
std::set<std::string> literals_in_sources() {
    std::set<std::string> found;
    const std::filesystem::path sources = MF_SOURCE_ROOT "/core/src";
    for (const auto& file : std::filesystem::recursive_directory_iterator(sources)) {
        const auto name = file.path().filename().string();
        const bool is_source = name.ends_with(".cpp") || name.ends_with(".hpp");
        if (!is_source || name.starts_with("table_") || name.starts_with("fuzz_")) continue;
        // The command line knows properties only by name, and the pages only print them.
        if (name == "arguments.cpp" || name == "environment.cpp" || name == "describe.cpp") continue;
        std::ifstream in(file.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        for (auto open = text.find("(\""); open != std::string::npos; open = text.find("(\"", open + 1)) {
            const auto close = text.find('"', open + 2);
            if (close != std::string::npos) found.insert(text.substr(open + 2, close - open - 2));
        }
    }
    return found;
}

} // namespace

TEST_CASE("active properties are read somewhere, later ones are not") {
    auto read = literals_in_sources();
    read.erase("");
    // On control-plane answers the headers are always sent, so that nothing has to look.
    const std::set<std::string_view> nothing_to_read{"enableCORSForAPI"};
    for (const auto& row : table) {
        CAPTURE(row.name);
        const bool used = read.contains(std::string(row.name)) || read.contains(std::string(row.json)) ||
                          read.contains(std::string(row.alias)) || !row.backend.empty() ||
                          !row.blob_stores.empty();
        if (row.state == standing::active && !nothing_to_read.contains(row.name))
            CHECK_MESSAGE(used, "active in the table, but no module reads it");
        if (row.state != standing::active)
            CHECK_MESSAGE(!used, "not active in the table, but a module reads it");
    }
}

} // namespace mockfleet::config
