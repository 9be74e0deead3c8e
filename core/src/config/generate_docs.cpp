// Prints one generated page: config-docs markdown|man|yaml|help VERSION.
#include "config/config.hpp"

#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
    namespace config = mockfleet::config;
    const std::string_view page = argc > 1 ? argv[1] : "";
    const std::string_view version = argc > 2 ? argv[2] : "";
    if (page == "markdown")
        std::cout << config::reference_markdown();
    else if (page == "man")
        std::cout << config::manual_page(version);
    else if (page == "yaml")
        std::cout << config::commented_yaml();
    else if (page == "help")
        std::cout << config::help_text();
    else {
        std::cerr << "usage: config-docs markdown|man|yaml|help [VERSION]\n";
        return 2;
    }
    return std::cout.flush() ? 0 : 1;
}
