// Typed reads of effective values, and run-time changes.
#include "config/config.hpp"

#include "config/layers.hpp"
#include "config/value.hpp"

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace mockfleet::config {

namespace {

/// The words of core.md 1.11 for a value that is refused at run time.
std::string refused_at_runtime(const property& about, const std::string& text, const flaw& why) {
    if (why.what == flaw::kind::malformed) return "Invalid configuration JSON";
    const auto name = std::string(about.json.empty() ? about.name : about.json);
    if (about.type == kind::choice) {
        std::string words = "Invalid " + name + ": \"" + text + "\", valid values are ";
        bool first = true;
        for (const auto choice : split(about.choices, '|')) {
            if (!first) words += ", ";
            first = false;
            words += choice;
        }
        return words;
    }
    return name + " must be between " + std::to_string(about.least) + " and " + std::to_string(about.most) +
           ", got: " + text;
}

} // namespace

void throw_exception_from_error(const refusal& why, const boost::source_location& where) {
    boost::throw_exception(std::runtime_error(why.message), where);
}

settings::settings() : settings(layers().finished()) {}

settings::settings(std::shared_ptr<const content> values) : content_(std::move(values)) {}

bool settings::flag(flag_key k) const {
    return content_->values[k.index()].content.flag;
}
std::int64_t settings::integer(integer_key k) const {
    return content_->values[k.index()].content.number;
}
double settings::decimal(decimal_key k) const {
    return content_->values[k.index()].content.fraction;
}
std::chrono::milliseconds settings::duration(duration_key k) const {
    return std::chrono::milliseconds(content_->values[k.index()].content.number);
}
const std::string& settings::text(text_key k) const {
    return content_->values[k.index()].content.text;
}
const std::vector<std::string>& settings::list(list_key k) const {
    return content_->values[k.index()].content.list;
}
const std::vector<name_value>& settings::map(map_key k) const {
    return content_->values[k.index()].content.map;
}
bool settings::has(any_key k) const {
    return !content_->values[k.index()].content.text.empty();
}
origin settings::from(any_key k) const {
    return content_->values[k.index()].from;
}

std::vector<std::uint16_t> settings::ports() const {
    std::vector<std::uint16_t> numbers;
    for (const auto& text : list("serverPort")) {
        std::uint16_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        numbers.push_back(number);
    }
    return numbers;
}

const std::vector<name_value>& settings::plugin(std::string_view name) const {
    static const std::vector<name_value> none;
    for (const auto& [plugin, section] : content_->plugins) {
        if (plugin == name) return section;
    }
    return none;
}

std::string settings::state_backend_name() const {
    return config::state_backend_name(*content_);
}

std::vector<name_value> settings::state_backend(std::string_view name) const {
    std::vector<name_value> given;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& about = table[i];
        const auto& slot = content_->values[i];
        if (about.backend != name || slot.from == origin::fallback || slot.content.text.empty()) continue;
        if (about.type != kind::list) {
            given.emplace_back(about.name, slot.content.text);
            continue;
        }
        for (std::size_t item = 0; item < slot.content.list.size(); ++item)
            given.emplace_back(std::string(about.name) + "." + std::to_string(item), slot.content.list[item]);
    }
    const auto& section = plugin("state-" + std::string(name));
    given.insert(given.end(), section.begin(), section.end());
    return given;
}

bool settings::has_blob_plugin() const {
    return is_blob_plugin(text("blobStoreType"));
}

std::vector<name_value> settings::blob_store(std::string_view name) const {
    std::vector<name_value> given;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& slot = content_->values[i];
        if (slot.from == origin::fallback || slot.content.text.empty()) continue;
        const auto takers = split(table[i].blob_stores, '|');
        if (std::find(takers.begin(), takers.end(), name) != takers.end())
            given.emplace_back(table[i].name, slot.content.text);
    }
    const auto& section = plugin("blob-" + std::string(name));
    given.insert(given.end(), section.begin(), section.end());
    return given;
}

std::vector<std::string> settings::plugins() const {
    std::vector<std::string> names;
    for (const auto& [plugin, section] : content_->plugins)
        names.push_back(plugin);
    return names;
}

base::result<change_report> settings::with_changes(std::span<const name_value> changes) const {
    auto next = std::make_shared<content>(*content_);
    change_report report;
    for (const auto& [name, text] : changes) {
        const auto row = find(name);
        if (row == table.size()) {
            report.unknown.push_back(name);
            continue;
        }
        const auto& about = table[row];
        auto parsed = parse_value(about, text);
        if (!parsed) return base::invalid(refused_at_runtime(about, text, parsed.error()));
        auto& slot = next->values[row];
        if (slot.content.text != parsed->text) {
            if (about.state != standing::active)
                report.inert.emplace_back(about.name);
            else if (!about.at_runtime)
                report.fixed.emplace_back(about.name);
        }
        slot = {std::move(*parsed), origin::runtime, "PUT /mockserver/configuration"};
    }
    report.values = settings(std::move(next));
    return report;
}

std::vector<entry> settings::entries() const {
    std::vector<entry> all;
    all.reserve(table.size());
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& about = table[i];
        const auto& slot = content_->values[i];
        const bool is_set = !slot.content.text.empty();
        const bool hidden = about.type == kind::secret && is_set;
        all.push_back({&about, about.json.empty() ? about.name : about.json,
                       hidden ? std::string(redacted) : slot.content.text, slot.content.list,
                       slot.content.map, is_set, slot.from, slot.where});
    }
    std::sort(all.begin(), all.end(), [](const entry& a, const entry& b) { return a.name < b.name; });
    return all;
}

} // namespace mockfleet::config
