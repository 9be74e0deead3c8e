// Effective configuration: where each value comes from (core.md 7.2), typed reads checked at compile time,
// run-time changes.
#pragma once

#include "base/error.hpp"
#include "config/table.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::config {

/// A property of one of the named kinds. Made from a string literal at compile time: a name that is not in
/// the table, or is of another kind, does not compile.
template <kind... Kinds>
class key {
public:
    consteval key(const char* name) : index_(index_of(name)) { // NOLINT(google-explicit-constructor)
        if (((table[index_].type != Kinds) && ...)) throw "the property is of another kind";
    }
    [[nodiscard]] constexpr std::size_t index() const { return index_; }

private:
    std::size_t index_;
};

using flag_key = key<kind::boolean>;
using integer_key = key<kind::integer, kind::bytes, kind::millis>;
using decimal_key = key<kind::decimal>;
using duration_key = key<kind::millis>;
using text_key = key<kind::text, kind::choice, kind::json, kind::secret>;
using list_key = key<kind::list>;
using map_key = key<kind::map>;
using any_key = key<kind::boolean, kind::integer, kind::decimal, kind::millis, kind::bytes, kind::text,
                    kind::choice, kind::list, kind::map, kind::json, kind::secret>;

/// Which source a value came from, weakest first: a stronger one replaces a weaker one.
enum class origin : std::uint8_t { fallback, environment, file, command_line, runtime };

using name_value = std::pair<std::string, std::string>;

/// One property as GET /mockserver/configuration shows it. A secret that is set has the text
/// `***REDACTED***`.
struct entry {
    const property* about;
    std::string_view name; ///< the JSON name
    std::string text;      ///< canonical: `true`, `250000`, `a,b`
    std::vector<std::string> list;
    std::vector<name_value> map;
    bool is_set; ///< false: unset and without a default
    origin from;
    std::string where; ///< `--server-port`, `mockserver.properties:3`, `environment variable
                       ///< MOCKSERVER_LOG_LEVEL`, or empty
};

/// What stands for the value of a secret wherever settings are shown.
inline constexpr std::string_view redacted = "***REDACTED***";

struct change_report;
struct content;

/// Immutable effective values; a copy is one reference count. Reads are an array access, but code on the path
/// of a request copies what it needs at start. Safe from any thread.
class settings {
public:
    settings(); ///< all defaults

    [[nodiscard]] bool flag(flag_key) const;
    [[nodiscard]] std::int64_t integer(integer_key) const; ///< bytes and milliseconds too; -1 when unset
    [[nodiscard]] double decimal(decimal_key) const;
    [[nodiscard]] std::chrono::milliseconds duration(duration_key) const;
    [[nodiscard]] const std::string&
        text(text_key) const; ///< choices in their canonical spelling; secrets in clear
    [[nodiscard]] const std::vector<std::string>& list(list_key) const;
    [[nodiscard]] std::vector<std::uint16_t> ports() const; ///< serverPort
    [[nodiscard]] const std::vector<name_value>& map(map_key) const;

    /// Anything but the empty text; for properties that are unset by default.
    [[nodiscard]] bool has(any_key) const;
    [[nodiscard]] origin from(any_key) const;

    /// The `plugins:` section of one plugin, flat: lists as `peers.0`. Empty when there is none.
    [[nodiscard]] const std::vector<name_value>& plugin(std::string_view name) const;
    /// Without `state-`.
    [[nodiscard]] std::string state_backend_name() const;
    /// What the state backend of that name is opened with: the properties that are marked as its own and were
    /// set, then its section `state-<name>`, which counts more.
    [[nodiscard]] std::vector<name_value> state_backend(std::string_view name) const;
    /// Whether blobStoreType names a plugin, and what it is opened with, as state_backend().
    [[nodiscard]] bool has_blob_plugin() const;
    [[nodiscard]] std::vector<name_value> blob_store(std::string_view name) const;
    /// The plugins that have a section.
    [[nodiscard]] std::vector<std::string> plugins() const;

    /// The settings after a run-time change: all of it or, when a value is refused, none (errc::invalid with
    /// the words of core.md 1.11). Names may be JSON names, values are text as in the properties file (lists
    /// joined by commas, maps as `name=value`, json as a document); unknown names are reported, not refused,
    /// as the original does. A value that is fixed at start is stored and shown but nothing reads it again.
    [[nodiscard]] base::result<change_report> with_changes(std::span<const name_value> changes) const;

    /// Every property in the order of the names.
    [[nodiscard]] std::vector<entry> entries() const;

private:
    friend class layers;
    explicit settings(std::shared_ptr<const content> values);
    std::shared_ptr<const content> content_;
};

/// What a run-time change did.
struct change_report {
    settings values;
    std::vector<std::string> unknown; ///< names that are in no table
    std::vector<std::string> inert; ///< names that were changed although this version does nothing with them
    std::vector<std::string> fixed; ///< names that were changed although they are read at the start only
};

enum class command : std::uint8_t { run, version, help, plugin_list, plugin_describe };

/// What a command line asks for.
struct command_line {
    command what = command::run;
    settings values;
    std::vector<std::string> warnings;  ///< one line each, to be logged at start
    std::vector<std::string> arguments; ///< what follows the command: the file of `plugin describe`
    std::string page;                   ///< for help: the text to print
};

/// Why the program must not start; `exit_code` is 2 for bad arguments and 78 for a bad configuration.
struct refusal {
    int exit_code;
    std::string message; ///< whole lines for standard error, without a final newline
};

[[noreturn]] void throw_exception_from_error(const refusal& why, const boost::source_location& where);

/// Reads the command line (without the program's name), the environment (`NAME=value` each) and the files
/// they name. Relative paths, and the default file `mockserver.properties`, are taken from `directory`. For
/// `run` a port is required.
[[nodiscard]] boost::system::result<command_line, refusal> load(std::span<const std::string_view> arguments,
                                                                std::span<const std::string_view> environment,
                                                                const std::string& directory);

/// The generated pages: `docs/configuration.md`, the manual page mockfleet(1), the commented default
/// configuration, --help.
[[nodiscard]] std::string reference_markdown();
[[nodiscard]] std::string manual_page(std::string_view version);
[[nodiscard]] std::string commented_yaml();
[[nodiscard]] std::string help_text();

} // namespace mockfleet::config
