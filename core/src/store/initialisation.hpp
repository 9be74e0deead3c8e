// Expectations from files: loaded before the node serves, and again when a file changes (core.md 8.1, 8.2).
#pragma once

#include "base/error.hpp"
#include "model/expectation_file.hpp"
#include "store/expectations.hpp"
#include "store/text_map.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// Entries without an id get one made of path, content and place, so that loading a file again, by a restart
/// or by another node, changes nothing. Of an id given twice in a file the first counts.
///
/// One coroutine at a time. Files are read on the calling thread: for control threads.
class initialisation {
public:
    /// Is this text something that the server itself wrote into the file (store/file_persistence)?
    using own_content = std::function<bool(const std::string& path, std::string_view text)>;

    /// `pattern`: a path, or one with wildcards (file_names.hpp).
    initialisation(expectations& target, std::string pattern, own_content is_own = {});

    struct outcome {
        std::size_t files = 0;
        std::size_t stored = 0;
        std::vector<std::string> faulty; ///< files with entries that could not be loaded
        std::string first_problem;
        [[nodiscard]] bool complete() const { return faulty.empty(); }
    };
    enum class own_files { load, skip };
    /// What a file is taken to hold.
    using reading = std::function<base::result<std::string>(const std::string& path)>;
    /// Loads every file, except `which` says otherwise those that `is_own` names. Entries that cannot be read
    /// are named in the log, the others are loaded. Empty `read`: what is on the disk.
    [[nodiscard]] boost::asio::awaitable<outcome>
    load(own_files which = own_files::load, std::function<bool(const std::string& path)> is_own = {},
         reading read = {});
    /// Loads what has changed since: new and changed entries are stored, those that have left their file are
    /// removed unless somebody else changed them. A file that is not wholly good changes nothing.
    [[nodiscard]] boost::asio::awaitable<void> look_again();

    /// Does the pattern name the file?
    [[nodiscard]] bool covers(const std::string& path) const;

    /// For entry `number` (from 1) of the file.
    [[nodiscard]] static std::string made_id(std::string_view path, std::string_view text,
                                             std::size_t number);

private:
    struct owned {
        std::string text; ///< as it stands in the file
        live_pointer stored;
    };
    struct file {
        std::uint64_t checksum = 0;
        text_map<owned> entries;
        bool away = false; ///< and that was said
    };
    static void tell(const std::string& path, const model::file_problem& problem, outcome& to);
    /// With ids, each only once.
    [[nodiscard]] static std::vector<model::file_entry> named(const std::string& path,
                                                              std::vector<model::file_entry> entries);
    [[nodiscard]] boost::asio::awaitable<base::result<void>>
    store_entries(file* into, std::vector<model::file_entry> entries);
    void say_what_is_away();
    [[nodiscard]] boost::asio::awaitable<void> take_over(std::string path, std::string text);

    expectations& target_;
    std::string pattern_;
    own_content is_own_;
    text_map<file> files_;
};

} // namespace mockfleet::store
