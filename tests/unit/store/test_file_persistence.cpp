// Keeping expectations in a file: documents, journals, and what open() makes of what a crash left.
#include "store/file_persistence.hpp"

#include "../../support/scratch_folder.hpp"
#include "model/expectation_file.hpp"
#include "store/checksum.hpp"
#include "store/durable_file.hpp"
#include "store/expectation_document.hpp"
#include "store/keepsake.hpp"
#include "store_fixture.hpp"
#include "json/array_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mockfleet;
using tests::expectation;
using tests::fixture;
using tests::run;
using tests::scratch_folder;

namespace {

using ids = std::vector<std::string>;

ids ids_in(const std::string& text) {
    const auto read = model::read_expectation_file(text);
    CHECK(read.problems.empty());
    ids found;
    for (const auto& one : read.entries)
        found.push_back(one.content.id);
    return found;
}

template <class Condition>
bool within_seconds(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

std::string line_of(const store::live_list& stored, const std::vector<std::string>& gone = {}) {
    store::journal_batch together;
    for (const auto& one : stored)
        together.put(*one);
    for (const auto& one : gone)
        together.remove(one);
    return together.line();
}

/// Lets the open journal fail from now on, as on a full disk.
void fill_disk_of(const std::string& journal) {
    const auto wanted = std::filesystem::canonical(journal);
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    REQUIRE(full >= 0);
    bool found = false;
    for (const auto& one : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        if (std::filesystem::read_symlink(one.path(), gone) != wanted) continue;
        found = true;
        REQUIRE(::dup2(full, std::stoi(one.path().filename().string())) >= 0);
    }
    ::close(full);
    CHECK(found);
}

/// A disk in front of a document: it can be full, and take its time.
struct slow_disk {
    std::atomic<bool> full = false;
    std::atomic<bool> hold = false;
    std::atomic<bool> held = false;
    store::file_persistence::options options(const std::string& path, bool acknowledged = true) {
        return {path, acknowledged, [this](const std::string& to, std::string_view text) {
                    if (full) return base::result<void>(base::error{base::errc::exhausted, "no room"});
                    for (held = hold.load(); hold;)
                        std::this_thread::sleep_for(std::chrono::milliseconds(1));
                    return store::replace_file(to, text);
                }};
    }
};

/// What a start would find.
ids on_disk(const scratch_folder& folder) {
    auto records = store::read_journal(folder.read("p.json.journal.folding")).records;
    for (auto& one : store::read_journal(folder.read("p.json.journal")).records)
        records.push_back(std::move(one));
    std::vector<json::value> items;
    const auto document = folder.read("p.json");
    json::array_reader reading(document);
    while (auto item = reading.next())
        items.push_back(std::move(item->content));
    return ids_in(store::write_items(store::replay(std::move(items), std::move(records))));
}

/// A store with real time, whose expectations are persisted.
struct kept_fixture : fixture {
    explicit kept_fixture(const std::string& path, bool acknowledged = true)
        : kept_fixture(store::file_persistence::options{path, acknowledged}) {}
    explicit kept_fixture(store::file_persistence::options wanted) {
        now = base::wall_ns();
        auto opened = store::file_persistence::open(std::move(wanted));
        REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
        kept = std::move(*opened);
        live.observe(*kept);
    }
    std::unique_ptr<store::file_persistence> kept;
};

} // namespace

TEST_CASE("a file is replaced whole and keeps its permissions; links are followed") {
    const scratch_folder folder;
    const auto path = folder.write("a.json", "old");
    ::chmod(path.c_str(), 0640);
    REQUIRE(store::replace_file(path, "new").has_value());
    CHECK(folder.read("a.json") == "new");
    struct stat about{};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0640);
    REQUIRE(::symlink(path.c_str(), folder.file("link").c_str()) == 0);
    CHECK(store::target_of(folder.file("link")) == std::filesystem::canonical(path).string());
    CHECK(store::target_of(path) == path);
    const auto failed = store::replace_file(folder.file("none/b.json"), "x");
    REQUIRE(!failed);
    CHECK(failed.error().code == base::errc::not_found);
    CHECK(failed.error().message.find("none") != std::string::npos);
}

TEST_CASE("a file that cannot be replaced leaves no draft, and a draft is never somebody else's file") {
    const scratch_folder folder;
    const auto path = folder.write("a.json", "old");
    const auto other = folder.write("other", "not mine");
    REQUIRE(::symlink(other.c_str(), store::draft_of(path).c_str()) == 0);
    REQUIRE(store::replace_file(path, "new").has_value());
    CHECK(folder.read("other") == "not mine");
    CHECK(folder.names_with("draft").empty());
    struct rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto earlier = std::signal(SIGXFSZ, SIG_IGN);
    auto small = before;
    small.rlim_cur = 1000;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto done = store::replace_file(path, std::string(5000, 'x'));
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, earlier);
    REQUIRE(!done);
    CHECK(done.error().code == base::errc::exhausted);
    CHECK(folder.read("a.json") == "new");
    CHECK(folder.names_with("draft").empty());
}

TEST_CASE("directories are made where they are missing") {
    const scratch_folder folder;
    REQUIRE(store::make_directories(folder.file("a/b/c")).has_value());
    REQUIRE(store::make_directories(folder.file("a/b/c")).has_value());
    CHECK(std::filesystem::is_directory(folder.file("a/b/c")));
    folder.write("file", "x");
    CHECK(!store::make_directories(folder.file("file")).has_value());
    CHECK(!store::make_directories(folder.file("file/d")).has_value());
}

TEST_CASE("no name of what was kept is given to another content") {
    const scratch_folder folder;
    const auto path = folder.file("a.json");
    const auto keep = [&](const std::string& content) {
        folder.write("now", content);
        std::filesystem::rename(folder.file("now"), path);
        const auto wanted = store::keepsake_of_previous(path, content);
        REQUIRE(store::keep(wanted).has_value());
        return wanted.name;
    };
    CHECK(keep("one") == path + ".previous");
    const auto two = keep("two");
    CHECK(two == path + ".previous-" + store::checksum_digits("two"));
    CHECK(keep("one") == path + ".previous");
    CHECK(keep("two") == two);
    CHECK(folder.read("a.json.previous") == "one");
    CHECK(folder.read("a.json.previous-" + store::checksum_digits("two")) == "two");
    CHECK(folder.names_with("a.json").size() == 3);
}

TEST_CASE("a file can be kept under a second name") {
    const scratch_folder folder;
    const auto path = folder.write("a.json", "one");
    REQUIRE(store::keep_as(path, folder.file("kept")).has_value());
    REQUIRE(store::keep_as(path, folder.file("kept")).has_value());
    REQUIRE(store::replace_file(path, "two").has_value());
    CHECK(folder.read("kept") == "one");
    REQUIRE(store::keep_as(path, folder.file("kept")).has_value());
    CHECK(folder.read("kept") == "two");
    CHECK(folder.names_with("draft").empty());
}

TEST_CASE("a lock is held by one") {
    const scratch_folder folder;
    {
        const auto held = store::file_lock::take(folder.file("lock"));
        REQUIRE(held.has_value());
        const auto refused = store::file_lock::take(folder.file("lock"));
        REQUIRE(!refused);
        CHECK(refused.error().code == base::errc::conflict);
        CHECK(refused.error().message.find(std::to_string(::getpid())) != std::string::npos);
    }
    CHECK(store::file_lock::take(folder.file("lock")).has_value());
}

TEST_CASE("a document is in match order and carries what is left of a life") {
    fixture at;
    at.now = 1'700'000'000'000'000'000;
    auto limited = expectation("limited", "/l");
    limited.times.remaining = 3;
    limited.time_to_live = {false, model::time_unit::seconds, 30, std::nullopt};
    auto important = expectation("important", "/i");
    important.priority = 5;
    at.put(expectation("first", "/f"));
    at.put(limited);
    at.put(important);
    CHECK(at.match("/l") == "limited");
    const auto text = store::write_document(at.live.active(), at.now);
    const auto read = model::read_expectation_file(text);
    REQUIRE(read.entries.size() == 3);
    CHECK(read.entries[0].content.id == "important");
    CHECK(read.entries[1].content.id == "first");
    CHECK(read.entries[2].content.times.remaining == 2);
    CHECK(read.entries[2].content.time_to_live.end_date_ms == 1'700'000'030'000);
    CHECK(store::write_document(at.live.active(), at.now + 30'000'000'000).find("\"limited\"") ==
          std::string::npos);
    CHECK(store::write_document({}, at.now) == "[]");
    CHECK(text.starts_with("[ {\n  \""));
    CHECK(text.ends_with("\n} ]"));
}

TEST_CASE("a journal is replayed over any document since it began") {
    fixture at;
    const auto live = at.put({expectation("a", "/1"), expectation("b", "/2"), expectation("c", "/3")});
    const auto journal = line_of({live[0]}) + line_of({live[1]}, {"a"}) + line_of({live[2]});
    const auto read = store::read_journal(journal);
    CHECK(!read.torn);
    REQUIRE(read.records.size() == 4);
    const auto state = [&](std::vector<json::value> items) {
        return ids_in(
            store::write_items(store::replay(std::move(items), store::read_journal(journal).records)));
    };
    CHECK(state({}) == ids{"b", "c"});
    // The same journal over what it led to.
    CHECK(state(store::replay({}, store::read_journal(journal).records)) == ids{"b", "c"});
}

TEST_CASE("a replay over a document that has it all already changes no order") {
    fixture at;
    const auto live = at.put({expectation("x", "/1"), expectation("y", "/2"), expectation("z", "/3")});
    const auto before = store::write_document(at.live.active(), at.now);
    std::string journal;
    REQUIRE(run(at.live.clear_id("x")).has_value());
    journal += line_of({}, {"x"});
    auto after_first = store::write_document(at.live.active(), at.now);
    const auto put = [&](const char* id, const char* path) {
        journal += line_of({at.put(expectation(id, path))});
    };
    put("x", "/new");
    put("y", "/new");
    put("w", "/new");
    REQUIRE(run(at.live.clear_id("w")).has_value());
    journal += line_of({}, {"w"});
    put("v", "/new");
    put("w", "/newer");
    const auto right = ids{"y", "z", "x", "v", "w"};
    const auto after = store::write_document(at.live.active(), at.now);
    REQUIRE(ids_in(after) == right);
    for (const auto& document : {before, after_first, after}) {
        std::vector<json::value> items;
        json::array_reader reading(document);
        while (auto item = reading.next())
            items.push_back(std::move(item->content));
        CHECK(ids_in(store::write_items(
                  store::replay(std::move(items), store::read_journal(journal).records))) == right);
    }
}

TEST_CASE("a journal cut anywhere gives the lines before the cut, and room behind it changes nothing") {
    fixture at;
    const auto live = at.put({expectation("a", "/1"), expectation("b", "/2"), expectation("c", "/3")});
    const auto first = line_of({live[0]});
    const auto journal = first + line_of({live[1], live[2]});
    for (std::size_t size = 0; size <= journal.size(); ++size) {
        for (const std::size_t room : {0U, 1U, 1000U}) {
            const auto read = store::read_journal(journal.substr(0, size) + std::string(room, '\0'));
            CHECK(read.records.size() == (size == journal.size() ? 3U : size >= first.size() ? 1U : 0U));
            CHECK(read.torn == (size != 0 && size != first.size() && size != journal.size()));
            CHECK(!read.damaged);
        }
    }
    // The parts of a piece that was on its way reach the disk in any order.
    for (std::size_t hole = first.size(); hole < journal.size(); hole += 16) {
        auto torn = journal + std::string(100, '\0');
        std::fill_n(torn.begin() + static_cast<std::ptrdiff_t>(hole), 16, '\0');
        const auto read = store::read_journal(torn);
        CHECK(read.records.size() == 1);
        CHECK(read.torn);
        CHECK(!read.damaged);
    }
    auto damaged = journal;
    damaged[20] ^= 1;
    CHECK(store::read_journal(damaged).damaged);
    CHECK(store::read_journal(damaged).records.empty());
}

TEST_CASE("lines of a single record, as earlier versions wrote them, are read") {
    const std::string record = R"({"remove":"a"})";
    char digits[17];
    std::snprintf(digits, sizeof(digits), "%016llx",
                  static_cast<unsigned long long>(store::checksum_of(record)));
    const auto read = store::read_journal(digits + (" " + record) + "\n");
    CHECK(!read.torn);
    REQUIRE(read.records.size() == 1);
    CHECK(read.records[0].id == "a");
    CHECK(read.records[0].content.is_null());
}

TEST_CASE("a file that grows has room beforehand, and does without where there is none") {
    const scratch_folder folder;
    struct rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto earlier = std::signal(SIGXFSZ, SIG_IGN);
    bool ahead = true;
    SUBCASE("room") {}
    SUBCASE("no room") {
        auto small = before;
        small.rlim_cur = 100'000;
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
        ahead = false;
    }
    {
        auto opened = store::append_file::open(folder.file("j"));
        REQUIRE(opened.has_value());
        CHECK(folder.read("j").empty());
        REQUIRE(opened->append("one\n").has_value());
        REQUIRE(opened->append("two\n").has_value());
        CHECK(opened->size() == 8);
        const auto content = folder.read("j");
        CHECK(content.substr(0, 8) == "one\ntwo\n");
        CHECK((content.size() > 8) == ahead);
        CHECK(content.find_first_not_of('\0', 8) == std::string::npos);
        const std::string big(90'000, 'x');
        REQUIRE(opened->append(big).has_value());
        CHECK(folder.read("j").substr(8, big.size()) == big);
        const auto filled = opened->append(big);
        CHECK(filled.has_value() == ahead);
        if (!filled) CHECK(filled.error().code == base::errc::exhausted);
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, earlier);
}

TEST_CASE("what is confirmed is in the journal, and in the file soon; a stop leaves the file alone") {
    const scratch_folder folder;
    {
        kept_fixture at(folder.file("p.json"));
        CHECK(folder.read("p.json") == "[]");
        at.put(expectation("a", "/a"));
        const auto journal = folder.read("p.json.journal") + folder.read("p.json.journal.folding");
        const bool folded = folder.read("p.json").find("\"a\"") != std::string::npos;
        CHECK((folded || journal.find("\"a\"") != std::string::npos));
        CHECK(within_seconds([&] { return ids_in(folder.read("p.json")) == ids{"a"}; }));
        at.put({expectation("b", "/b"), expectation("c", "/c")});
        REQUIRE(run(at.live.clear_id("b")).has_value());
        CHECK(within_seconds([&] { return ids_in(folder.read("p.json")) == ids{"a", "c"}; }));
        CHECK(within_seconds([&] { return at.kept->counted().pending == 0; }));
        REQUIRE(run(at.live.clear_all()).has_value());
        REQUIRE(at.kept->stop().has_value());
    }
    CHECK(folder.read("p.json") == "[]");
    CHECK(folder.names_with("journal").empty());
    CHECK(folder.names_with("draft").empty());
}

TEST_CASE("behind: the file follows without a journal") {
    const scratch_folder folder;
    kept_fixture at(folder.file("p.json"), false);
    at.put(expectation("a", "/a"));
    CHECK(!folder.has("p.json.journal"));
    CHECK(within_seconds([&] { return ids_in(folder.read("p.json")) == ids{"a"}; }));
}

TEST_CASE("used-up and expired ones leave the file") {
    const scratch_folder folder;
    kept_fixture at(folder.file("p.json"));
    auto once = expectation("once", "/a");
    once.times.remaining = 1;
    auto mayfly = expectation("mayfly", "/b");
    mayfly.time_to_live = {false, model::time_unit::milliseconds, 1, std::nullopt};
    at.put({once, mayfly});
    CHECK(at.match("/a") == "once");
    at.now += 1'000'000'000;
    REQUIRE(run(at.live.sweep()).has_value());
    CHECK(within_seconds([&] { return at.kept->counted().pending == 0; }));
    CHECK(folder.read("p.json") == "[]");
}

TEST_CASE("open() brings what a crash left in journals into the file") {
    const scratch_folder folder;
    fixture source;
    const auto live = source.put({expectation("a", "/1"), expectation("b", "/2"), expectation("c", "/3")});
    folder.write("p.json.journal.folding", line_of({live[0], live[1]}) + std::string(5000, '\0'));
    std::string room(5000, '\0');
    SUBCASE("that ends with room") {}
    SUBCASE("that is cut") {
        room = "0000";
    }
    SUBCASE("that ends in a piece of which only the end arrived") {
        room.replace(4000, 10, "/\"}}}]\n");
    }
    folder.write("p.json.journal", line_of({}, {"a"}) + line_of({live[2]}) + room);
    folder.write(".p.json.draft", "half a docu");
    {
        const auto opened = store::file_persistence::open({folder.file("p.json"), true});
        REQUIRE(opened.has_value());
        CHECK(ids_in(folder.read("p.json")) == ids{"b", "c"});
        CHECK(folder.read("p.json.journal").empty());
        CHECK(!folder.has("p.json.journal.folding"));
    }
    CHECK(ids_in(folder.read("p.json")) == ids{"b", "c"});
}

TEST_CASE("a broken file is kept aside before a journal is folded into it") {
    const scratch_folder folder;
    fixture source;
    const auto journal = line_of({source.put(expectation("new", "/n"))});
    const std::string broken = "[ {\n  \"id\" : \"good\",\n  \"httpResponse\" : { }\n}, {\n  \"id\" : \"bad";
    folder.write("p.json", broken);
    folder.write("p.json.journal", journal);
    const auto opened = store::file_persistence::open({folder.file("p.json"), true});
    REQUIRE(opened.has_value());
    CHECK(ids_in(folder.read("p.json")) == ids{"good", "new"});
    const auto aside = folder.names_with("broken");
    REQUIRE(aside.size() == 1);
    CHECK(folder.read(aside[0]) == broken);
    CHECK((*opened)->kept_aside() == folder.file(aside[0]));
}

TEST_CASE("what was read from the file is not written back; another content is") {
    const scratch_folder folder;
    const std::string text = "// mine\n[{\"id\":\"a\",\"httpResponse\":{}}]";
    folder.write("p.json", text);
    {
        fixture at;
        at.put(expectation("a", "/a"));
        auto opened = store::file_persistence::open({folder.file("p.json"), true});
        REQUIRE(opened.has_value());
        (*opened)->content_is_from_file();
        at.live.observe(**opened);
        REQUIRE((*opened)->stop().has_value());
    }
    CHECK(folder.read("p.json") == text);
    {
        fixture at;
        at.put(expectation("b", "/b"));
        auto opened = store::file_persistence::open({folder.file("p.json"), true});
        REQUIRE(opened.has_value());
        at.live.observe(**opened);
        REQUIRE((*opened)->stop().has_value());
    }
    CHECK(ids_in(folder.read("p.json")) == ids{"b"});
}

TEST_CASE("a second one on the same file is refused with a remedy") {
    const scratch_folder folder;
    const auto first = store::file_persistence::open({folder.file("p.json"), true});
    REQUIRE(first.has_value());
    const auto second = store::file_persistence::open({folder.file("p.json"), false});
    REQUIRE(!second);
    CHECK(second.error().message.find("in use by process") != std::string::npos);
    const auto nowhere = store::file_persistence::open({folder.file("none/p.json"), true});
    REQUIRE(!nowhere);
    CHECK(nowhere.error().message.find("may write to") != std::string::npos);
}

TEST_CASE("a change that cannot be kept is told to its client, and kept once that works again") {
    const scratch_folder folder;
    std::filesystem::create_directory(folder.file("d"));
    kept_fixture at(folder.file("d/p.json"));
    at.put(expectation("a", "/a"));
    CHECK(within_seconds([&] { return at.kept->counted().pending == 0; }));
    // The directory is away: neither journal nor file can be made.
    std::filesystem::rename(folder.file("d"), folder.file("elsewhere"));
    CHECK(within_seconds([&] {
        // The journal that is open can still be appended to; the next document fails, and then all does.
        auto stored = run(at.live.upsert({expectation("b", "/" + std::to_string(++at.tick))}));
        return !stored && stored.error().code == base::errc::unavailable;
    }));
    CHECK(at.live.size() == 2);
    CHECK(at.kept->counted().failures != 0);
    CHECK(!at.kept->counted().last_failure.empty());
    std::filesystem::rename(folder.file("elsewhere"), folder.file("d"));
    CHECK(within_seconds([&] { return at.kept->counted().last_failure.empty(); }));
    at.put(expectation("c", "/c"));
    CHECK(within_seconds([&] { return ids_in(folder.read("d/p.json")) == ids{"a", "b", "c"}; }));
}

TEST_CASE("a journal that fails while a document is written keeps what was confirmed after that began") {
    const scratch_folder folder;
    slow_disk disk;
    kept_fixture at(disk.options(folder.file("p.json")));
    at.put(expectation("a", "/a"));
    CHECK(within_seconds([&] { return at.kept->counted().pending == 0; }));
    disk.hold = true;
    at.put(expectation("b", "/b"));
    REQUIRE(within_seconds([&] { return disk.held.load(); }));
    at.put(expectation("c", "/c")); // confirmed, and not in the document that is on its way
    fill_disk_of(folder.file("p.json.journal"));
    bool refused = false;
    std::thread late([&] { refused = !run(at.live.upsert({expectation("d", "/d")})).has_value(); });
    // The journal thread is to have failed; that it then waits can only be seen from outside.
    CHECK(within_seconds([&] { return at.kept->counted().pending == 3; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    disk.full = true;
    disk.hold = false;
    late.join();
    CHECK(refused);
    CHECK(ids_in(folder.read("p.json")) == ids{"a", "b"});
    CHECK(on_disk(folder) == ids{"a", "b", "c"});
    CHECK(at.kept->counted().unsafe == 1);
    disk.full = false;
    CHECK(within_seconds([&] { return ids_in(folder.read("p.json")) == ids{"a", "b", "c", "d"}; }));
    CHECK(within_seconds([&] { return at.kept->counted().last_failure.empty(); }));
    at.put(expectation("e", "/e"));
    CHECK(on_disk(folder) == ids{"a", "b", "c", "d", "e"});
}

TEST_CASE("behind: what could not be written at the end counts as lost") {
    const scratch_folder folder;
    slow_disk disk;
    kept_fixture at(disk.options(folder.file("p.json"), false));
    disk.full = true;
    at.put({expectation("a", "/a"), expectation("b", "/b")});
    CHECK(!at.kept->stop().has_value());
    CHECK(at.kept->counted().unsafe == 2);
}

TEST_CASE("a full disk does not stop a start: the journals stay, and fold once there is room") {
    const scratch_folder folder;
    slow_disk disk;
    fixture source;
    const auto live = source.put({expectation("a", "/1"), expectation("b", "/2"), expectation("c", "/3")});
    const auto document = store::write_document({live[0]}, source.now);
    const auto journal = line_of({live[1], live[2]}, {"a"});
    folder.write("p.json", document);
    folder.write("p.json.journal", journal + std::string(5000, '\0'));
    folder.write(".p.json.draft", "half a docu");
    disk.full = true;
    bool acknowledged = true;
    SUBCASE("acknowledged") {}
    SUBCASE("behind") {
        acknowledged = false;
    }
    {
        fixture at;
        at.now = base::wall_ns();
        auto opened = store::file_persistence::open(disk.options(folder.file("p.json"), acknowledged));
        REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
        auto& kept = **opened;
        CHECK(!folder.has(".p.json.draft"));
        CHECK(folder.read("p.json") == document);
        CHECK(kept.wrote(store::checksum_of(document)));
        CHECK(kept.counted().last_failure == "no room");
        const auto content = kept.content();
        REQUIRE(content.has_value());
        CHECK(ids_in(*content) == ids{"b", "c"});
        at.put({expectation("b", "/2"), expectation("c", "/3")}); // what was loaded
        kept.content_is_from_file();
        at.live.observe(kept);
        CHECK(run(at.live.upsert({expectation("d", "/d")})).has_value() == !acknowledged);
        CHECK(on_disk(folder) == ids{"b", "c"});
        disk.full = false;
        CHECK(within_seconds([&] { return ids_in(folder.read("p.json")) == ids{"b", "c", "d"}; }));
        CHECK(within_seconds([&] { return kept.counted().last_failure.empty(); }));
        at.put(expectation("e", "/e"));
        REQUIRE(kept.stop().has_value());
    }
    CHECK(ids_in(folder.read("p.json")) == ids{"b", "c", "d", "e"});
    CHECK(folder.names_with("journal").empty());
}

TEST_CASE("what is not loaded from a journal without room is kept before it is written over") {
    const scratch_folder folder;
    slow_disk disk;
    fixture source;
    const auto live = source.put({expectation("a", "/1"), expectation("b", "/2")});
    folder.write("p.json", store::write_document({live[0]}, source.now));
    folder.write("p.json.journal", line_of({live[1]}));
    disk.full = true;
    kept_fixture at(disk.options(folder.file("p.json")));
    static_cast<void>(at.kept->stop());
    CHECK(on_disk(folder) == ids{"a", "b"});
    at.kept.reset();
    auto opened = store::file_persistence::open(disk.options(folder.file("p.json")));
    REQUIRE(opened.has_value());
    const auto name = (*opened)->keep_previous();
    REQUIRE(name.has_value());
    CHECK(*name == folder.file("p.json.previous"));
    CHECK(ids_in(folder.read("p.json.previous")) == ids{"a", "b"});
}

TEST_CASE("many writers share syncs and all is there") {
    const scratch_folder folder;
    kept_fixture at(folder.file("p.json"));
    std::vector<std::thread> writers;
    for (int w = 0; w < 8; ++w) {
        writers.emplace_back([&, w] {
            for (int n = 0; n < 20; ++n)
                at.put(expectation(std::to_string(w) + "-" + std::to_string(n), "/x"));
        });
    }
    for (auto& one : writers)
        one.join();
    REQUIRE(at.kept->stop().has_value());
    CHECK(ids_in(folder.read("p.json")).size() == 160);
}
