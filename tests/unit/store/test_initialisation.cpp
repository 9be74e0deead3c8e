// Expectations from files: patterns, ids, and what a changed file does.
#include "store/initialisation.hpp"

#include "../../support/scratch_folder.hpp"
#include "store/file_names.hpp"
#include "store_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace mockfleet;
using tests::expectation;
using tests::fixture;
using tests::run;
using tests::scratch_folder;

namespace {

using texts = std::vector<std::string>;

std::string entry(const std::string& id, const std::string& path, const std::string& body = "ok") {
    return "{\"id\":\"" + id + "\",\"httpRequest\":{\"path\":\"" + path +
           "\"},\"httpResponse\":{\"body\":\"" + body + "\"}}";
}

texts sorted(texts all) {
    std::sort(all.begin(), all.end());
    return all;
}

} // namespace

TEST_CASE("patterns of file names") {
    using store::name_matches;
    CHECK(name_matches("a*.json", "abc.json"));
    CHECK(!name_matches("a*.json", "a/c.json"));
    CHECK(name_matches("**.json", "a/b/c.json"));
    CHECK(name_matches("a/**/c.json", "a/x/y/c.json"));
    CHECK(name_matches("?.json", "a.json"));
    CHECK(!name_matches("?.json", "/.json"));
    CHECK(name_matches("{one,two}.json", "two.json"));
    CHECK(name_matches("{a*,b{1,2}}.json", "b2.json"));
    CHECK(!name_matches("{one,two}.json", "three.json"));
    CHECK(name_matches("[a-c][!x].json", "by.json"));
    CHECK(!name_matches("[a-c][!x].json", "bx.json"));
    CHECK(name_matches("a\\*.json", "a*.json"));
    CHECK(!name_matches("a\\*.json", "ab.json"));
    CHECK(!name_matches("{open", "open"));
}

TEST_CASE("files of a pattern are sorted; a plain path is itself") {
    const scratch_folder folder;
    folder.write("b.json", "[]");
    folder.write("a.json", "[]");
    folder.write("c.txt", "[]");
    std::filesystem::create_directory(folder.file("sub"));
    folder.write("sub/d.json", "[]");
    CHECK(store::files_of(folder.file("*.json")) == texts{folder.file("a.json"), folder.file("b.json")});
    CHECK(store::files_of(folder.file("**.json")) ==
          texts{folder.file("a.json"), folder.file("b.json"), folder.file("sub/d.json")});
    CHECK(store::files_of(folder.file("s*/*.json")) == texts{folder.file("sub/d.json")});
    CHECK(store::files_of("none.json") == texts{"none.json"});
    CHECK(store::files_of(folder.file("none/*.json")).empty());
}

TEST_CASE("what a server keeps beside its file does not match") {
    const scratch_folder folder;
    const texts companions{"kept.json.lock",
                           "kept.json.journal",
                           "kept.json.journal.folding",
                           ".kept.json.draft",
                           "kept.json.previous",
                           "kept.json.broken-0123456789abcdef",
                           "kept.json.previous-0123456789abcdef",
                           "kept.json.journal.broken-0123456789abcdef"};
    for (const auto& name : companions)
        folder.write(name, "1");
    folder.write("kept.json", "[]");
    folder.write("kept.json.journal", "1");
    folder.write("other.previous", "[]");
    CHECK(store::files_of(folder.file("*")) ==
          texts{folder.file("kept.json"), folder.file("other.previous")});
    CHECK(store::files_of(folder.file("kept.json.previous")) == texts{folder.file("kept.json.previous")});
}

TEST_CASE("entries are loaded with ids that stay the same") {
    const scratch_folder folder;
    fixture at;
    folder.write("a.json",
                 "[{\"httpRequest\":{\"path\":\"/x\"},\"httpResponse\":{}}," + entry("own", "/y") + "]");
    folder.write("b.json", "[" + entry("twice", "/z", "first") + "," + entry("twice", "/z", "second") + "]");
    const auto load = [&] {
        store::initialisation files(at.live, folder.file("*.json"));
        return run(files.load());
    };
    const auto told = load();
    CHECK(told.complete());
    CHECK(told.files == 2);
    CHECK(told.stored == 3);
    CHECK(at.live.size() == 3);
    CHECK(at.match("/y") == "own");
    CHECK(at.live.find("twice")->definition.response->body->text == "first");
    const auto made = at.match("/x");
    CHECK(made.size() == 36);
    CHECK(made[14] == '8');
    const auto puts = at.state.puts + at.state.batches;
    CHECK(load().complete());
    CHECK(at.live.size() == 3);
    CHECK(at.match("/x") == made);
    CHECK(at.state.puts + at.state.batches == puts);
    CHECK(store::initialisation::made_id("a", "x", 1) != store::initialisation::made_id("a", "x", 2));
    CHECK(store::initialisation::made_id("a", "x", 1) != store::initialisation::made_id("b", "x", 1));
    CHECK(store::initialisation::made_id("a", "x", 1) != store::initialisation::made_id("a", "y", 1));
}

TEST_CASE("bad entries, missing files and missing matches are told; the rest is loaded") {
    const scratch_folder folder;
    fixture at;
    folder.write("a.json", "[" + entry("good", "/g") + ",{\"httpRequest\":7}]");
    store::initialisation some(at.live, folder.file("a.json"));
    const auto told = run(some.load());
    CHECK(told.faulty == texts{folder.file("a.json")});
    CHECK(told.first_problem.find("entry 2 at line 1") != std::string::npos);
    CHECK(at.active() == texts{"good"});
    store::initialisation missing(at.live, folder.file("none.json"));
    CHECK(!run(missing.load()).complete());
    store::initialisation nothing(at.live, folder.file("x*.json"));
    CHECK(run(nothing.load()).complete());
}

TEST_CASE("a changed file adds, updates and removes what is its own") {
    const scratch_folder folder;
    fixture at;
    folder.write("a.json", "[" + entry("same", "/s") + "," + entry("old", "/o") + "," +
                               entry("touched", "/t") + "," + entry("changing", "/c", "one") + "]");
    store::initialisation files(at.live, folder.file("*.json"));
    static_cast<void>(run(files.load()));
    at.put(expectation("rest", "/r"));
    at.put(expectation("touched", "/t", "by somebody else"));
    const auto same = at.live.find("same")->version;
    run(files.look_again());
    CHECK(at.live.size() == 5);
    folder.write("a.json", "[" + entry("same", "/s") + "," + entry("changing", "/c", "two") + "," +
                               entry("new", "/n") + "]");
    folder.write("b.json", entry("other", "/b"));
    run(files.look_again());
    CHECK(sorted(at.active()) == texts{"changing", "new", "other", "rest", "same", "touched"});
    CHECK(at.live.find("changing")->definition.response->body->text == "two");
    CHECK(at.live.find("same")->version == same);
    // One that was removed by hand comes back with the next change of its file.
    REQUIRE(run(at.live.clear_id("same")).has_value());
    folder.write("a.json", "[" + entry("same", "/s") + "]");
    run(files.look_again());
    CHECK(sorted(at.active()) == texts{"other", "rest", "same", "touched"});
}

TEST_CASE("a changed file that is not wholly good changes nothing") {
    const scratch_folder folder;
    fixture at;
    folder.write("a.json", "[" + entry("one", "/1") + "]");
    store::initialisation files(at.live, folder.file("a.json"));
    static_cast<void>(run(files.load()));
    folder.write("a.json", "[" + entry("two", "/2") + ",");
    run(files.look_again());
    CHECK(at.active() == texts{"one"});
    for (const auto* moment : {"", "\n"}) {
        folder.write("a.json", moment); // while it is being saved
        run(files.look_again());
        CHECK(at.active() == texts{"one"});
    }
    std::filesystem::remove(folder.file("a.json"));
    run(files.look_again());
    CHECK(at.active() == texts{"one"});
    folder.write("a.json", "[" + entry("two", "/2") + "]");
    run(files.look_again());
    CHECK(at.active() == texts{"two"});
}

TEST_CASE("what the server wrote itself is passed over") {
    const scratch_folder folder;
    fixture at;
    folder.write("a.json", "[" + entry("one", "/1") + "]");
    store::initialisation files(
        at.live, folder.file("a.json"),
        [](const std::string&, std::string_view text) { return text.ends_with("// own"); });
    static_cast<void>(run(files.load()));
    folder.write("a.json", "[] // own");
    run(files.look_again());
    CHECK(at.active() == texts{"one"});
    CHECK(files.covers(folder.file("a.json")));
    CHECK(!files.covers(folder.file("b.json")));
}
