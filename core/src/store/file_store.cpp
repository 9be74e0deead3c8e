// Every call is one call of the backend.
#include "store/file_store.hpp"

#include "store/kept_files.hpp"

#include <utility>

namespace mockfleet::store {

file_store::answer<void> file_store::put(std::string name, std::string content) const {
    if (kept_ != nullptr) {
        if (auto fits = kept_->check(name); !fits) co_return fits.error();
        kept_->touch(name);
    }
    const auto key = key_of(name);
    const auto stored = co_await state_.put(space, key, content);
    if (kept_ != nullptr) kept_->changed(name); // even when nobody knows whether it was
    if (!stored) co_return stored.error();
    co_return base::result<void>();
}

file_store::answer<std::string> file_store::get(std::string name) const {
    const auto key = key_of(name);
    auto found = co_await state_.get(space, key);
    if (!found) co_return found.error();
    co_return std::move(found->value);
}

file_store::answer<std::vector<std::string>> file_store::names() const {
    auto all = co_await state_.scan_all(space);
    if (!all) co_return all.error();
    std::vector<std::string> names;
    names.reserve(all->size());
    for (const auto& one : *all)
        names.push_back(one.key.substr(1));
    co_return names;
}

file_store::answer<void> file_store::remove(std::string name) const {
    if (kept_ != nullptr) kept_->touch(name);
    const auto key = key_of(name);
    const auto removed = co_await state_.remove(space, key);
    if (kept_ != nullptr) {
        if (!removed && removed.error().code == base::errc::not_found)
            kept_->missed(name);
        else
            kept_->changed(name);
    }
    if (!removed) co_return removed.error();
    co_return base::result<void>();
}

file_store::answer<void> file_store::clear() const {
    if (kept_ != nullptr) {
        const auto forgotten = co_await kept_->forget();
        if (!forgotten) co_return forgotten.error();
    }
    const auto cleared = co_await state_.clear(space);
    if (kept_ != nullptr) kept_->cleared();
    if (!cleared) co_return cleared.error();
    co_return base::result<void>();
}

} // namespace mockfleet::store
