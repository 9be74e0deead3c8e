// All sources of a start put together (core.md 7.2).
#include "config/config.hpp"

#include "config/arguments.hpp"
#include "config/layers.hpp"
#include "config/value.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace mockfleet::config {

namespace {

constexpr int bad_arguments = 2;
constexpr int bad_configuration = 78;

std::string lines(const std::vector<std::string>& messages) {
    std::string all;
    for (const auto& message : messages) {
        if (!all.empty()) all += '\n';
        all += message;
    }
    return all;
}

void append(std::vector<std::string>& to, std::vector<std::string> from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

struct file_text {
    std::string text;
    std::string problem;
    bool missing = false;
};

file_text read_file(const std::filesystem::path& path) {
    std::error_code failed;
    if (!std::filesystem::exists(path, failed)) return {{}, "there is no such file", true};
    if (std::filesystem::is_directory(path, failed)) return {{}, "this is a directory"};
    std::ifstream in(path, std::ios::binary);
    std::string text(largest_file + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || (!in && in.gcount() == 0 && !in.eof())) return {{}, "it cannot be read"};
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > largest_file)
        return {{}, "it is larger than " + std::to_string(largest_file) + " bytes"};
    return {std::move(text), {}};
}

class loader {
public:
    loader(std::span<const std::string_view> environment, std::filesystem::path directory)
        : environment_(read_environment(environment)), directory_(std::move(directory)) {}

    boost::system::result<command_line, refusal> load(parsed_arguments arguments) {
        if (!arguments.flags.problems.empty()) {
            arguments.flags.problems.emplace_back("`mockfleet help` lists the commands and flags");
            return refusal{bad_arguments, lines(arguments.flags.problems)};
        }
        command_line out;
        out.what = arguments.what;
        out.arguments = std::move(arguments.operands);
        if (out.what == command::help) out.page = help_text();
        if (out.what == command::help || out.what == command::version) return out;

        auto properties = properties_file(arguments.flags.assignments);
        auto yaml = yaml_file(arguments.config_file);
        refuse_contradictions(properties.assignments, yaml.assignments);

        layers all;
        put(all, environment_.short_names, origin::environment);
        put(all, environment_.prefixed, origin::environment);
        put(all, properties, origin::file);
        put(all, yaml, origin::file);
        put(all, launch_variables(environment_.short_names), origin::environment);
        put(all, launch_variables(environment_.prefixed), origin::environment);
        if (!problems_.empty()) return refusal{bad_configuration, lines(problems_)};
        put(all, arguments.flags, origin::command_line);
        if (!problems_.empty()) return refusal{bad_arguments, lines(problems_)};
        if (out.what == command::run) all.name_plugins(problems_);
        if (!problems_.empty()) return refusal{bad_configuration, lines(problems_)};
        all.apply_dev_mode();

        if (out.what == command::run) append(problems_, standing_problems(all.now()));
        if (!problems_.empty()) return refusal{bad_configuration, lines(problems_)};
        append(warnings_, standing_warnings(all.now()));
        out.warnings = std::move(warnings_);
        out.values = all.finished();
        if (out.what == command::run && out.values.ports().empty()) return refusal{bad_arguments, no_port()};
        return out;
    }

private:
    void put(layers& all, source_content source, origin from) {
        append(problems_, std::move(source.problems));
        append(warnings_, std::move(source.warnings));
        all.put(source.assignments, from, problems_);
    }

    /// The few variables that beat the files. Their values have been judged before: no problem is reported
    /// twice.
    static source_content launch_variables(const source_content& source) {
        source_content chosen;
        for (const auto& given : source.assignments) {
            const auto& about = table[given.property];
            if (about.environment_first && parse_value(about, unquoted(given.value)))
                chosen.assignments.push_back(given);
        }
        return chosen;
    }

    /// Its path: a flag, else the environment, else -Dmockserver.propertyFile, else the default, which may be
    /// missing.
    source_content properties_file(const std::vector<assignment>& flags) {
        const assignment* named = nullptr;
        const auto row = index_of("propertyFile");
        const auto look_in = [&](const std::vector<assignment>& source, bool system_properties) {
            for (const auto& given : source) {
                if (given.property == row && given.where.starts_with("flag -D") == system_properties)
                    named = &given;
            }
        };
        look_in(flags, true);
        look_in(environment_.prefixed.assignments, false);
        look_in(flags, false);

        const auto name = named ? std::string(unquoted(named->value)) : std::string(table[row].fallback);
        auto read = read_file(directory_ / name);
        if (read.missing && (!named || !named->where.starts_with("flag --"))) {
            // A container may name a file that its configuration map does not hold.
            if (named)
                warnings_.push_back("properties file " + name + " (" + named->where + "): " + read.problem);
            return {};
        }
        if (!read.problem.empty()) {
            problems_.push_back("properties file " + name + (named ? " (" + named->where + ")" : "") + ": " +
                                read.problem);
            return {};
        }
        return name.ends_with(".json") ? read_yaml(read.text, name) : read_properties(read.text, name);
    }

    source_content yaml_file(const std::string& flag) {
        const auto& name = flag.empty() ? environment_.config_file : flag;
        if (name.empty()) return {};
        auto read = read_file(directory_ / name);
        if (read.problem.empty()) return read_yaml(read.text, name);
        problems_.push_back(
            "configuration file " + name +
            (flag.empty() ? " (environment variable MOCKFLEET_CONFIG): " : " (flag --config): ") +
            read.problem);
        return {};
    }

    /// Properties file and YAML file have one rank, so that they must agree where both speak.
    void refuse_contradictions(const std::vector<assignment>& one, const std::vector<assignment>& other) {
        for (const auto& a : one) {
            for (const auto& b : other) {
                const bool same_key =
                    a.property == table.size() ? a.name == b.name : a.property == b.property;
                if (same_key && unquoted(a.value) != unquoted(b.value))
                    problems_.push_back(a.name + ": " + a.where + " and " + b.where +
                                        " set different values; keep one of them");
            }
        }
    }

    static std::string no_port() {
        return "no port to listen on: set \"serverPort\" by --server-port 1080, MOCKSERVER_SERVER_PORT or a "
               "configuration "
               "file\n\nusage: mockfleet [run] --server-port PORT[,PORT...] [flags]\n       mockfleet help";
    }

    environment_content environment_;
    std::filesystem::path directory_;
    std::vector<std::string> problems_;
    std::vector<std::string> warnings_;
};

} // namespace

boost::system::result<command_line, refusal> load(std::span<const std::string_view> arguments,
                                                  std::span<const std::string_view> environment,
                                                  const std::string& directory) {
    return loader(environment, directory).load(read_arguments(arguments));
}

} // namespace mockfleet::config
