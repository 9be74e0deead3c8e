// Keys from a profile of the shared files: static, by a process, by a role.
#include "credentials.hpp"
#include "process_output.hpp"
#include "profile_files.hpp"

#include "common/surroundings.hpp"

#include <algorithm>

namespace mockfleet::s3 {

namespace {

using common::environment;
using common::trimmed;
using profiles = std::map<std::string, profile>;

constexpr int most_sources = 5; ///< profiles that refer to another, in a row

std::string file_of(const char* variable, const char* name) {
    const auto set = environment(variable);
    if (!set.empty()) return set;
    const auto home = environment("HOME");
    return home.empty() ? std::string() : home + "/.aws/" + name;
}

profiles all_profiles() {
    auto made = read_profiles(common::read_file(file_of("AWS_CONFIG_FILE", "config")).value_or(""), true);
    const auto path = file_of("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    for (auto& [name, values] : read_profiles(common::read_file(path).value_or(""), false)) {
        for (auto& [key, value] : values)
            made[name].insert_or_assign(key, value);
    }
    return made;
}

std::string value_of(const profile& from, std::string_view key) {
    const auto found = from.find(key);
    return found == from.end() ? std::string() : found->second;
}

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
    throw plugin::failure(MF_DENIED, "no credentials for S3 from the profile '" + name + "': " + why);
}

credentials from_process(const std::string& name, const std::string& command) {
    const auto ran = run_process(command);
    if (!ran.problem.empty())
        refuse(name, "credential_process failed: " + ran.problem + "; run it by hand to see why");
    auto made =
        read_json_credentials(ran.output, "SessionToken", "credential_process of the profile '" + name + "'");
    if (!made) refuse(name, "credential_process printed no JSON with AccessKeyId and SecretAccessKey");
    return *std::move(made);
}

std::optional<credentials> from_named_source(const credential_context& context, const std::string& kind) {
    if (kind == "Environment") return from_environment();
    if (kind == "EcsContainer") return from_container(context);
    if (kind == "Ec2InstanceMetadata") return from_instance(context);
    return std::nullopt;
}

std::optional<credentials> resolve(const credential_context& context, const profiles& all,
                                   const std::string& name, int depth);

credentials from_role(const credential_context& context, const profiles& all, const std::string& name,
                      const profile& values, int depth) {
    const auto role = value_of(values, "role_arn");
    const auto session = value_of(values, "role_session_name");
    if (const auto file = value_of(values, "web_identity_token_file"); !file.empty())
        return assume_with_token(context, role, file, session);
    std::optional<credentials> with;
    if (const auto source = value_of(values, "source_profile"); !source.empty()) {
        // A profile may name itself: its own static keys are meant.
        auto others = all;
        if (source == name) others[name].erase("role_arn");
        with = resolve(context, others, source, depth + 1);
        if (!with) refuse(name, "source_profile '" + source + "' has no credentials");
    } else if (const auto kind = value_of(values, "credential_source"); !kind.empty()) {
        with = from_named_source(context, kind);
        if (!with) refuse(name, "credential_source '" + kind + "' has no credentials");
    } else {
        refuse(name, "role_arn needs source_profile, credential_source or web_identity_token_file");
    }
    return assume_with_keys(context, *with, role, session, value_of(values, "external_id"));
}

std::optional<credentials> resolve(const credential_context& context, const profiles& all,
                                   const std::string& name, int depth) {
    if (depth > most_sources) refuse(name, "its profiles refer to each other in a circle");
    const auto found = all.find(name);
    if (found == all.end()) return std::nullopt;
    const auto& values = found->second;
    if (!value_of(values, "role_arn").empty()) return from_role(context, all, name, values, depth);
    credentials made;
    made.keys = {value_of(values, "aws_access_key_id"), value_of(values, "aws_secret_access_key"),
                 value_of(values, "aws_session_token")};
    made.source = "the profile '" + name + "'";
    if (!made.keys.id.empty() && !made.keys.secret.empty()) return made;
    if (const auto command = value_of(values, "credential_process"); !command.empty())
        return from_process(name, command);
    if (values.contains("sso_session") || values.contains("sso_start_url"))
        refuse(name, "it signs in by SSO, which a server cannot; use keys, a role, or credential_process");
    return std::nullopt;
}

} // namespace

std::map<std::string, profile> read_profiles(std::string_view text, bool prefixed) {
    std::map<std::string, profile> made;
    profile* current = nullptr;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const bool nested = !line.empty() && (line.front() == ' ' || line.front() == '\t');
        auto content = trimmed(std::string(line));
        if (content.empty() || nested || content.front() == '#' || content.front() == ';') continue;
        if (content.front() == '[') {
            auto name = trimmed(content.substr(1, content.find(']') - 1));
            current = nullptr;
            if (prefixed && name != "default") {
                if (!name.starts_with("profile ") && !name.starts_with("profile\t")) continue;
                name = trimmed(name.substr(8));
            }
            current = &made[name];
            continue;
        }
        const auto equals = content.find('=');
        if (current == nullptr || equals == std::string::npos) continue;
        current->insert_or_assign(common::lower_case(trimmed(content.substr(0, equals))),
                                  trimmed(content.substr(equals + 1)));
    }
    return made;
}

std::optional<credentials> from_profile(const credential_context& context) {
    const auto asked = environment("AWS_PROFILE");
    const auto name = asked.empty() ? "default" : asked;
    auto found = resolve(context, all_profiles(), name, 0);
    if (!found && !asked.empty())
        refuse(name, "AWS_PROFILE names it, but the shared files have no credentials for it");
    return found;
}

} // namespace mockfleet::s3
