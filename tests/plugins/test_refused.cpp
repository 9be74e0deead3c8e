// Every plugin that cannot be used is refused with its exact line: file, step, found, wanted, remedy.
#include "plugin/command.hpp"
#include "plugin/registry.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using namespace mockfleet;

std::string plugin_dir() {
    return std::getenv("MOCKFLEET_BAD_PLUGINS");
}

/// The line that opening the backend gives, without the directory.
std::string line_of(const std::string& name, const std::vector<plugin::setting>& settings = {},
                    const std::string& dir = plugin_dir()) {
    plugin::registry plugins({.plugin_dir = dir, .start_deadline = std::chrono::milliseconds(50)});
    auto opened = plugins.open_state(name, settings);
    if (opened) {
        const auto started = plugins.start(nullptr);
        if (started) return "accepted";
        opened = started.error();
    }
    auto line = opened.error().message;
    for (auto at = line.find(dir + "/"); at != std::string::npos; at = line.find(dir + "/"))
        line.erase(at, dir.size() + 1);
    return line;
}

/// A directory that goes with the test.
class folder {
public:
    explicit folder(const std::string& name)
        : path_(std::filesystem::temp_directory_path() /
                ("mockfleet-" + name + "-" + std::to_string(getpid()))) {
        std::filesystem::create_directories(path_);
    }
    ~folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

std::string contents_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_CASE("files that are no plugin of this ABI") {
    CHECK(line_of("no-symbol") ==
          "state-no-symbol.so: symbol: not a mockfleet plugin; wanted: the symbol mf_plugin_v1; "
          "remedy: remove the file from the plugin directory, or define the plugin with MF_PLUGIN");
    CHECK(line_of("other-major") == "state-other-major.so: symbol: built for ABI 2; wanted: ABI 1; remedy: "
                                    "install the version of this plugin that "
                                    "was built for this mockfleet, or rebuild it");
    CHECK(line_of("needs-newer") ==
          "state-needs-newer.so: version: needs ABI 1.4; wanted: at most ABI 1.1; remedy: update "
          "mockfleet, or install an older plugin");
    const auto unresolved = line_of("unresolved");
    CHECK(unresolved.starts_with(
        "state-unresolved.so: load: state-unresolved.so: undefined symbol: mf_nobody_has_this; wanted: "));
}

TEST_CASE("a file that is no shared object") {
    const auto dir =
        std::filesystem::temp_directory_path() / ("mockfleet-refused-" + std::to_string(getpid()));
    std::filesystem::create_directories(dir);
    std::ofstream(dir / "state-text.so") << "this is no shared object";
    const auto line = line_of("text", {}, dir.string());
    std::filesystem::remove_all(dir);
    CHECK(line.starts_with("state-text.so: load: state-text.so: "));
    CHECK(line.ends_with(
        "; wanted: a shared object whose libraries are all there; remedy: install what the message names, "
        "or reinstall the plugin"));
}

TEST_CASE("descriptors and tables that are incomplete") {
    CHECK(line_of("short-struct") ==
          "state-short-struct.so: size: a descriptor of 56 bytes; wanted: at least 72; remedy: "
          "define the descriptor with MF_PLUGIN, which sets its size");
    CHECK(line_of("short-table") ==
          "state-short-table.so: size: the state table has 72 bytes and ends before the call "
          "'clear'; wanted: the required call 'clear'; remedy: set .struct_size to sizeof the table");
    CHECK(line_of("missing-get") ==
          "state-missing-get.so: calls: the state table lacks the call 'get'; wanted: the required "
          "call 'get'; remedy: implement it");
    CHECK(line_of("no-table") ==
          "state-no-table.so: calls: neither a state nor a blob table; wanted: at least one of them; "
          "remedy: set .state or .blob in the descriptor");
    CHECK(line_of("unknown-calls") ==
          "state-unknown-calls.so: calls: calls = 7; wanted: MF_CALLS_SERIAL, MF_CALLS_PARALLEL or "
          "MF_CALLS_NONBLOCKING; "
          "remedy: install the version of this plugin that was built for this mockfleet, or rebuild it");
    CHECK(line_of("wrong-name") ==
          "state-wrong-name.so: name: the plugin calls itself 'state-right'; wanted: "
          "'state-wrong-name', as the file's name says; remedy: rename the file to state-right.so");
    CHECK(line_of("bad-key") ==
          "state-bad-key.so: keys: the key 'address' has the type 'url'; wanted: string, int, bool, "
          "duration, size, list or secret; remedy: correct the type in the descriptor");
    const std::string bad_default =
        "state-bad-default.so: keys: the key 'timeout' has the default 'soon'; wanted: a number with ns, us, "
        "ms, s, m "
        "or h, such as 250ms; remedy: tell the plugin's author, who corrects the default in the descriptor";
    CHECK(line_of("bad-default") == bad_default);
    CHECK(line_of("bad-default", {{"timeout", "5s"}}) == bad_default);
    CHECK(!plugin::describe_file(plugin_dir() + "/state-bad-default.so").has_value());
}

TEST_CASE("files that end too early are refused before the linker maps them") {
    const auto whole = contents_of(plugin_dir() + "/state-slow.so");
    folder dir("cut");
    const auto cut = dir.path() / "state-slow.so";
    for (const std::size_t size :
         {std::size_t{40}, std::size_t{70}, std::size_t{3000}, whole.size() / 2, whole.size() - 1}) {
        std::ofstream(cut, std::ios::binary | std::ios::trunc) << whole.substr(0, size);
        CAPTURE(size);
        const auto line = line_of("slow", {}, dir.path().string());
        CHECK(line.starts_with("state-slow.so: load: the file ends after " + std::to_string(size) +
                               " bytes; wanted: all "));
        CHECK(line.ends_with(" bytes that its header names; remedy: copy or install the plugin again"));
        CHECK(plugin::list(dir.path().string()).starts_with("refused: "));
    }
    std::ofstream(dir.path() / "state-note.so") << "text";
    std::filesystem::copy_file(plugin_dir() + "/state-needs-key.so", dir.path() / "state-needs-key.so");
    CHECK(plugin::list(dir.path().string()).find("state-needs-key 1: \n") != std::string::npos);
}

TEST_CASE("what is no file is named as what it is") {
    folder dir("odd");
    std::filesystem::create_symlink("/nowhere/state-gone.so", dir.path() / "state-gone.so");
    std::filesystem::create_directory(dir.path() / "state-folder.so");
    std::ofstream(dir.path() / "state-Loud.so") << "";
    std::ofstream(dir.path() / "state-.so") << "";
    std::ofstream(dir.path() / "state-good.so") << "";
    const auto where = dir.path().string();
    CHECK(line_of("gone", {}, where) ==
          "state-gone.so: find: a symbolic link to /nowhere/state-gone.so, which does not exist; wanted: the "
          "file of a "
          "plugin; remedy: name the plugin's file, or install the plugin again");
    CHECK(line_of("folder", {}, where).starts_with("state-folder.so: find: a directory; "));
    CHECK(line_of("other", {}, where).find("installed: good; remedy") != std::string::npos);
}

TEST_CASE("describe takes the names that people use") {
    folder dir("names");
    const auto where = dir.path().string();
    std::filesystem::copy_file(plugin_dir() + "/state-needs-key.so", dir.path() / "state-needs-key.so");
    const auto code_of = [&](std::string_view name) {
        const std::string_view words[] = {"describe", name};
        return plugin::command(words, where);
    };
    CHECK(code_of("state-needs-key") == 0);
    CHECK(code_of("needs-key") == 0);
    CHECK(code_of("needs-kye") == 78);
    std::ofstream(dir.path() / "blob-needs-key.so") << "";
    CHECK(code_of("needs-key") == 78);
}

TEST_CASE("settings that do not fit the declared keys") {
    CHECK(line_of("needs-key") ==
          "state-needs-key.so: settings: key 'address' is missing; wanted: a value of type string; "
          "remedy: give 'address' a value: where the engine listens");
    CHECK(line_of("needs-key", {{"adress", "x"}}) ==
          "state-needs-key.so: settings: unknown key 'adress'; wanted: one of its keys: address, password, "
          "timeout; remedy: "
          "did you mean 'address'?");
    CHECK(line_of("needs-key", {{"address", "x"}, {"timeout", "soon"}}) ==
          "state-needs-key.so: settings: key 'timeout' has the value 'soon'; wanted: a number with ns, us, "
          "ms, s, m or h, such "
          "as 250ms; remedy: correct the value of 'timeout'");
    CHECK(line_of("needs-key", {{"address", "x"}, {"password", "p"}, {"timeout", "250ms"}}) == "accepted");
}

TEST_CASE("instances that cannot be opened or started") {
    CHECK(line_of("open-fails") ==
          "state-open-fails.so: open: denied; it said: the data directory is not writable or is it");
    CHECK(line_of("open-lies") == "state-open-lies.so: open: internal error: open reported success without "
                                  "an instance; remedy: "
                                  "correct what the plugin complains about");
    CHECK(line_of("start-fails") ==
          "state-start-fails.so: start: unavailable: no engine answers at 127.0.0.1:2379");
    CHECK(line_of("throws", {{"refuse", "true"}}) ==
          "state-throws.so: open: denied; it said: the licence has run out");
    CHECK(line_of("throws-raw", {{"where", "open"}}) ==
          "state-throws-raw.so: open: internal error: open threw an exception; remedy: "
          "correct what the "
          "plugin complains about");
    CHECK(line_of("throws-raw", {{"where", "start"}}) ==
          "state-throws-raw.so: start: internal error: threw an exception; remedy: correct "
          "what the plugin "
          "complains about");
}

TEST_CASE("backends that are not installed") {
    const auto dir =
        std::filesystem::temp_directory_path() / ("mockfleet-installed-" + std::to_string(getpid()));
    std::filesystem::create_directories(dir);
    for (const auto* name :
         {"state-memory.so", "state-redis.so", "blob-disk.so", "README", "state-old.so.bak"}) {
        std::ofstream(dir / name) << "";
    }
    const auto where = dir.string();
    CHECK(line_of("replicated", {}, where) == "state-replicated: find: not found as state-replicated.so; "
                                              "wanted: an installed state backend, installed: memory, "
                                              "redis; remedy: install the package mockfleet-state-replicated "
                                              "or use the image variant \"clustered\"");
    CHECK(line_of("memroy", {}, where) ==
          "state-memroy: find: not found as state-memroy.so; wanted: an installed state "
          "backend, installed: memory, redis; remedy: did you mean 'memory'?");
    CHECK(line_of("cassandra", {}, where) ==
          "state-cassandra: find: not found as state-cassandra.so; wanted: an installed state backend, "
          "installed: memory, "
          "redis; remedy: install the plugin, usually the package mockfleet-state-cassandra");
    CHECK(line_of("../state-memory", {}, where).ends_with("remedy: name a backend, not a path"));
    plugin::registry plugins({.plugin_dir = where});
    const auto blob = plugins.open_blob("s3", {});
    REQUIRE(!blob.has_value());
    CHECK(blob.error().code == base::errc::not_found);
    CHECK(blob.error().message ==
          "blob-s3: find: not found as " + where +
              "/blob-s3.so; wanted: an installed blob backend, installed: disk; remedy: install the "
              "package mockfleet-blob-s3 or use the image variant \"cloud\"");
    std::filesystem::remove_all(dir);
    const auto none = plugins.open_state("memory", {});
    REQUIRE(!none.has_value());
    CHECK(none.error().message ==
          "state-memory: find: not found as " + where +
              "/state-memory.so; wanted: an installed state backend, installed: none; remedy: "
              "install the package mockfleet");
}

TEST_CASE("a backend of the other kind") {
    plugin::registry plugins({.plugin_dir = plugin_dir()});
    const auto file = plugin_dir() + "/state-slow.so";
    const auto opened = plugins.open_blob_file(file, {});
    REQUIRE(!opened.has_value());
    CHECK(opened.error().message ==
          file + ": calls: no blob table; wanted: a blob table; remedy: name a backend that has one");
}

TEST_CASE("a second backend of one kind") {
    plugin::registry plugins({.plugin_dir = plugin_dir()});
    REQUIRE(plugins.open_state("slow", {}).has_value());
    const auto second = plugins.open_state("never-completes", {});
    REQUIRE(!second.has_value());
    CHECK(second.error().message ==
          plugin_dir() +
              "/state-never-completes.so: open: a second state backend; wanted: one; remedy: name one");
}

TEST_CASE("describe and list tell what a file offers") {
    const auto file = plugin_dir() + "/state-needs-key.so";
    const auto described = plugin::describe_file(file);
    REQUIRE(described.has_value());
    CHECK(*described == "name: state-needs-key\nversion: 1\nsummary: \nfile: " + file +
                            "\nabi: built with 1.1, needs 1.0, this mockfleet speaks 1.1\n"
                            "state: non-blocking; calls: get put remove scan clear\n"
                            "keys:\n  address (string, required): where the engine listens\n"
                            "  password (secret, optional): for the engine\n  timeout (duration, default "
                            "5s): for one call\n");
    CHECK(!plugin::describe_file(plugin_dir() + "/state-no-symbol.so").has_value());
    const auto all = plugin::list(plugin_dir());
    CHECK(all.find("state-needs-key 1: \n") != std::string::npos);
    CHECK(all.find("refused: " + plugin_dir() + "/state-no-symbol.so: symbol: not a mockfleet plugin") !=
          std::string::npos);
    CHECK(plugin::list("/does/not/exist") == "no plugins in /does/not/exist\n");
    const std::string_view missing[] = {"describe", "/does/not/exist.so"};
    CHECK(plugin::command(missing, plugin_dir()) == 78);
    const std::string_view wrong[] = {"remove"};
    CHECK(plugin::command(wrong, plugin_dir()) == 2);
    const std::string_view by_name[] = {"describe", "state-needs-key"};
    CHECK(plugin::command(by_name, plugin_dir()) == 0);
}
