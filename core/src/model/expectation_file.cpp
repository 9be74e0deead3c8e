// Parse, validate, read: a failure of an entry is a line about that entry.
#include "model/expectation_file.hpp"

#include "model/codec_parts.hpp"
#include "model/schema.hpp"
#include "json/array_reader.hpp"
#include "json/writer.hpp"

#include <utility>

namespace mockfleet::model {

namespace {

std::string place_of(const json::parse_failure& failure) {
    return failure.what + " at line " + std::to_string(failure.line) + ", column " +
           std::to_string(failure.column);
}

std::string joined(const std::vector<std::string>& messages) {
    std::string all;
    for (const auto& one : messages)
        all += (all.empty() ? "" : "; ") + one;
    return all;
}

std::string id_of(const json::value& source) {
    const auto* id = source.find("id");
    return id != nullptr && id->is_string() ? id->as_string() : std::string();
}

} // namespace

std::string place_of(const file_problem& problem) {
    const auto line = "line " + std::to_string(problem.line);
    return problem.number == 0 ? line : "entry " + std::to_string(problem.number) + " at " + line;
}

expectation_file read_expectation_file(std::string_view text) {
    expectation_file read;
    json::array_reader items(text);
    while (auto item = items.next()) {
        const auto refuse = [&](std::string id, std::string what) {
            read.problems.push_back({item->number, item->line, std::move(id), std::move(what)});
        };
        if (item->failure) {
            refuse({}, place_of(*item->failure));
            continue;
        }
        const auto& source = item->content;
        if (source.find("specUrlOrPayload") != nullptr) {
            refuse({}, "expectations made of OpenAPI documents are not supported by this version");
            continue;
        }
        if (const auto messages = schema::validate(source, schema::expectation_rule); !messages.empty()) {
            refuse(id_of(source), joined(messages));
            continue;
        }
        read_issues issues;
        auto content = read_expectation(source, issues);
        if (!issues.none()) {
            refuse(id_of(source), issues.first().message);
            continue;
        }
        read.entries.push_back({std::move(content), json::compact(source), item->number, item->line});
    }
    if (!items.complete()) {
        read.problems.push_back(
            {0, items.line(), {}, "the array is not closed: what follows in it is missing"});
    }
    return read;
}

} // namespace mockfleet::model
