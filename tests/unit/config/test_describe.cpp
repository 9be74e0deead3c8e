// The generated pages: complete, loadable, and the committed one up to date.
#include "loading.hpp"

#include "base/log_ids.hpp"
#include "config/names.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

namespace mockfleet::config {

namespace {

std::string without_last(std::string text, char c) {
    if (!text.empty() && text.back() == c) text.pop_back();
    return text;
}

} // namespace

TEST_CASE("docs/configuration.md is the generated page (make docs writes it)") {
    std::ifstream in(MF_SOURCE_ROOT "/docs/configuration.md", std::ios::binary);
    const std::string committed{std::istreambuf_iterator<char>(in), {}};
    CHECK_MESSAGE(committed == reference_markdown(), "docs/configuration.md is stale");
}

TEST_CASE("the reference names every property, its variable and nothing twice") {
    const auto page = reference_markdown();
    for (const auto& row : table) {
        CAPTURE(row.name);
        CHECK(contains(page, "`" + std::string(row.name) + "`"));
        if (row.state != standing::without_effect) CHECK(contains(page, "`" + environment_name(row) + "`"));
    }
}

TEST_CASE("help lists what works, the manual page what is known") {
    const auto help = help_text();
    const auto page = manual_page("1.2.3");
    CHECK(contains(page, "mockfleet 1.2.3"));
    for (const auto& row : table) {
        CAPTURE(row.name);
        CHECK(contains(help, "  --" + flag_name(row) + " ") == (row.state == standing::active));
    }
    CHECK(contains(page, "\\-\\-server\\-port"));
    CHECK(contains(page, "EXIT STATUS"));
    for (const auto& known : base::log::log_ids) {
        std::string id;
        for (const char c : known.id)
            id += c == '-' ? std::string("\\-") : std::string(1, c);
        CHECK(contains(page, ".B " + id + "\n"));
    }
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        const bool request = line.starts_with('.') && line.size() > 2 && line[1] >= 'A' && line[1] <= 'Z';
        CHECK((request || line.starts_with(".br") || line.starts_with(".\\\"") || !line.starts_with('.')));
    }
}

TEST_CASE("the commented default configuration starts the server on port 1080") {
    start s;
    s.file("mockfleet.yaml", commented_yaml());
    const auto loaded = s.load(std::vector<std::string_view>{"run", "--config", "mockfleet.yaml"});
    REQUIRE(loaded.has_value());
    CHECK(loaded->values.ports() == std::vector<std::uint16_t>{1080});
    CHECK(loaded->warnings.empty());
}

TEST_CASE("every commented line of it is a default that loads") {
    std::string uncommented;
    std::istringstream lines(commented_yaml());
    for (std::string line; std::getline(lines, line);)
        uncommented += line.starts_with('#') && (!line.starts_with("# ") || line.starts_with("#  "))
                           ? line.substr(1) + "\n"
                           : line + "\n";
    start s;
    s.file("all.yaml", uncommented);
    const auto loaded = s.load(std::vector<std::string_view>{"run", "--config", "all.yaml"});
    if (!loaded) FAIL(loaded.error().message);
    CHECK(loaded->warnings.empty());
    const settings defaults;
    const auto before = defaults.entries();
    const auto after = loaded->values.entries();
    for (std::size_t i = 0; i < before.size(); ++i) {
        CAPTURE(before[i].name);
        if (before[i].name != "serverPort") CHECK(before[i].text == after[i].text);
    }
    CHECK(loaded->values.plugins() == std::vector<std::string>{"state-memory"});
}

TEST_CASE("pages end in one line break") {
    for (const auto& page : {help_text(), reference_markdown(), manual_page("1"), commented_yaml()}) {
        CHECK(page.ends_with('\n'));
        CHECK(!without_last(page, '\n').ends_with('\n'));
    }
}

} // namespace mockfleet::config
