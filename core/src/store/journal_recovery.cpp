// Works on values, item by item: the definitions are read, and judged, by whoever loads the document.
#include "store/journal_recovery.hpp"

#include "base/log.hpp"
#include "store/durable_file.hpp"
#include "store/expectation_document.hpp"
#include "json/array_reader.hpp"

#include <iterator>
#include <utility>

namespace mockfleet::store {

namespace {

std::vector<json::value> good_items(std::string_view text, std::vector<std::string>& faults) {
    std::vector<json::value> items;
    json::array_reader reading(text);
    while (auto item = reading.next()) {
        if (item->failure)
            faults.push_back("entry " + std::to_string(item->number) + " at line " +
                             std::to_string(item->line) + ": " + item->failure->what);
        else
            items.push_back(std::move(item->content));
    }
    if (!reading.complete()) faults.emplace_back("the array is not closed");
    return items;
}

} // namespace

base::result<recovered_journals> recover_journals(const std::string& file, std::string_view text,
                                                  std::span<const std::string> journals) {
    recovered_journals found;
    std::vector<journal_record> records;
    bool left_over = false;
    for (const auto& name : journals) {
        const auto journal = read_whole_file(name);
        if (!journal && journal.error().code == base::errc::not_found) continue;
        if (!journal) return journal.error();
        if (journal->empty()) continue;
        left_over = true;
        auto read = read_journal(*journal);
        if (read.damaged) {
            found.aside.push_back(keepsake_of_broken(name, *journal));
            base::log::error("persistence-journal-damaged",
                             "the journal of expectations is damaged: what stands behind the damage is not "
                             "taken over",
                             {{"file", name}, {"kept-as", found.aside.back().name}});
        }
        records.insert(records.end(), std::make_move_iterator(read.records.begin()),
                       std::make_move_iterator(read.records.end()));
    }
    if (!left_over) return found;
    std::vector<std::string> faults;
    auto items = good_items(text, faults);
    if (!faults.empty()) {
        found.aside.push_back(keepsake_of_broken(file, text));
        found.document_aside = found.aside.back().name;
        for (const auto& fault : faults)
            base::log::error("initialization-entry", "an entry of the persisted expectations is broken",
                             {{"file", file}, {"error", fault}, {"kept-as", *found.document_aside}});
    }
    found.changes = records.size();
    found.document = write_items(replay(std::move(items), std::move(records)));
    return found;
}

} // namespace mockfleet::store
