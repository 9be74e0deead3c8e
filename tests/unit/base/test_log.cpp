// Lines of the operator log: one event is one line, whatever a client put into it.
#include "base/log.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>

#include <unistd.h>

namespace {

using namespace mockfleet::base;

/// What `work` writes to standard output.
template <class Work>
std::string printed(Work work) {
    std::fflush(stdout);
    std::FILE* const file = std::tmpfile();
    REQUIRE(file != nullptr);
    const int before = ::dup(STDOUT_FILENO);
    ::dup2(::fileno(file), STDOUT_FILENO);
    work();
    std::fflush(stdout);
    ::dup2(before, STDOUT_FILENO);
    ::close(before);
    std::rewind(file);
    std::string text(64 * 1024, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    return text;
}

} // namespace

TEST_CASE("neither the sentence nor a value can begin a line or reach a terminal") {
    const auto text = printed([] {
        log::warn("an-id", "first\n2026-01-01 00:00:00.000 info forged\r\x1b[31m", {{"value", "a\nb\x7f"}});
    });
    CHECK(text.find('\n') == text.size() - 1);
    CHECK(text.ends_with(
        "first\\n2026-01-01 00:00:00.000 info forged\\r\\x1b[31m value=\"a\\nb\\x7f\" [an-id]\n"));
}

TEST_CASE("a long value is cut, not within a character") {
    const auto plain = printed([] { log::warn("an-id", "long", {{"value", std::string(5000, 'x')}}); });
    CHECK(plain.find("value=" + std::string(512, 'x') + "... [an-id]") != std::string::npos);
    const auto wide = printed([] {
        log::warn("an-id", "long", {{"value", std::string(511, 'x') + "\u20ac and more"}, {"next", "n"}});
    });
    CHECK(wide.find("value=" + std::string(511, 'x') + "... next=n [an-id]") != std::string::npos);
    const auto whole = printed([] { log::warn("an-id", "fits", {{"value", std::string(512, 'x')}}); });
    CHECK(whole.find("...") == std::string::npos);
}
