// The blob store in a directory: what the contract of all stores does not see.
#include "store/blob_filesystem.hpp"

#include "../../support/scratch_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

using namespace mockfleet;
using tests::scratch_folder;

namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

constexpr mf_blob_condition any{MF_IF_ANY, 0, {nullptr, 0}};

store::blob_filesystem store_in(const std::string& directory) {
    const mf_pair setting{plugin::slice("directory"), plugin::slice(directory)};
    store::blob_filesystem made{plugin::config({&setting, 1})};
    made.start();
    return made;
}

std::string put(store::blob_filesystem& in, std::string_view key, std::string_view data,
                const pairs& metadata = {}) {
    std::vector<mf_pair> borrowed;
    for (const auto& [name, value] : metadata)
        borrowed.push_back({plugin::slice(name), plugin::slice(value)});
    return in.put(key, data, borrowed, any);
}

} // namespace

TEST_CASE("filesystem: keys that lead elsewhere are refused") {
    const scratch_folder folder;
    std::filesystem::create_directory(folder.file("base"));
    auto blobs = store_in(folder.file("base"));
    folder.write("secret", "x");
    REQUIRE(::symlink(folder.path().c_str(), folder.file("base/out").c_str()) == 0);
    REQUIRE(::symlink(folder.file("secret").c_str(), folder.file("base/link").c_str()) == 0);
    for (const std::string key :
         {"../secret", "a/../../secret", "/etc/passwd", "a//b", "./a", "a/.", "a/", "out/secret", "link",
          "a.meta", ".a.draft", ".mockfleet.lock", ".mockfleet.lock/x"}) {
        CAPTURE(key);
        CHECK_THROWS_AS(static_cast<void>(blobs.get(key)), plugin::failure);
        CHECK_THROWS_AS(put(blobs, key, "y"), plugin::failure);
        CHECK_THROWS_AS(blobs.remove(key, any), plugin::failure);
    }
    CHECK_THROWS_AS(put(blobs, std::string_view("a\0b", 3), "y"), plugin::failure);
    CHECK(folder.read("secret") == "x");
    CHECK(blobs.list("", "", 0).keys.empty());
    CHECK(blobs.list("../", "", 0).keys.empty());
}

TEST_CASE("filesystem: metadata are properties that the original reads, and never those of another content") {
    const scratch_folder folder;
    auto blobs = store_in(folder.path());
    const pairs given{{"a b", "1=2"}, {"caf\xc3\xa9", "\xf0\x9f\x98\x80"}};
    const auto tag = put(blobs, "k", "one", given);
    CHECK(folder.read("k") == "one");
    const auto text = folder.read("k.meta");
    CHECK(text.find("a\\ b=1\\=2\n") != std::string::npos);
    CHECK(text.find("caf\\u00E9=\\uD83D\\uDE00\n") != std::string::npos);
    CHECK(blobs.get("k")->metadata == given);
    CHECK(blobs.get("k")->tag == tag);

    // A crash after the metadata of the next put: those of the old content are still told.
    folder.write("keep", text);
    static_cast<void>(put(blobs, "other", "x"));
    const auto old = folder.file("k.old");
    std::filesystem::rename(folder.file("k"), old);
    std::filesystem::copy_file(old, folder.file("k"));
    std::filesystem::last_write_time(folder.file("k"), std::filesystem::last_write_time(old));
    CHECK(blobs.get("k")->metadata == given);
    static_cast<void>(put(blobs, "k", "two", {{"new", "1"}}));
    std::filesystem::copy_file(old, folder.file("k"), std::filesystem::copy_options::overwrite_existing);
    std::filesystem::last_write_time(folder.file("k"), std::filesystem::last_write_time(old));
    CHECK(blobs.get("k")->data == "one");
    CHECK(blobs.get("k")->metadata == given);

    static_cast<void>(put(blobs, "k", "three"));
    CHECK(!folder.has("k.meta"));
    CHECK(blobs.get("k")->metadata.empty());
}

TEST_CASE("filesystem: metadata that the original wrote are read") {
    const scratch_folder folder;
    auto blobs = store_in(folder.path());
    folder.write("k", "data");
    folder.write("k.meta", "#Tue Jan 02 03:04:05 UTC 2024\ntype=expectations\nna\\u00EFve : yes\n");
    CHECK(blobs.get("k")->metadata == pairs{{"type", "expectations"}, {"na\xc3\xafve", "yes"}});
    CHECK(blobs.list("", "", 0).keys == std::vector<std::string>{"k"});
}

TEST_CASE("filesystem: what a crash left is passed over") {
    const scratch_folder folder;
    auto blobs = store_in(folder.path());
    folder.write(".k.draft", "half");
    folder.write("orphan.meta", "#mockfleet-content 17\na=b\n");
    CHECK(blobs.list("", "", 0).keys.empty());
    CHECK(!blobs.get("k"));
    static_cast<void>(put(blobs, "k", "whole"));
    static_cast<void>(put(blobs, "orphan", "x"));
    CHECK(blobs.get("k")->data == "whole");
    CHECK(blobs.get("orphan")->metadata.empty());
    CHECK(!folder.has(".k.draft"));
}

TEST_CASE("filesystem: a key below another is refused, and a directory that cannot be written to") {
    const scratch_folder folder;
    auto blobs = store_in(folder.path());
    static_cast<void>(put(blobs, "a", "x"));
    CHECK_THROWS_AS(put(blobs, "a/b", "y"), plugin::failure);
    CHECK(!blobs.get("a/b"));
    CHECK_THROWS_AS(store_in(folder.file("a")), plugin::failure);
    CHECK_THROWS_AS(store_in("/proc/none"), plugin::failure);
}
