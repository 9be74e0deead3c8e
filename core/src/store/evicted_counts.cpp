// A matcher is asked about each counted (method, path); what else it demands can only make the answer
// uncertain.
#include "store/evicted_counts.hpp"

#include "matching/compiled_matcher.hpp"
#include "matching/request_facts.hpp"

#include <cstring>

namespace mockfleet::store {

namespace {

enum class verdict { no, yes, unknown };

/// Decides what method and path alone say about a matcher.
class path_judge {
public:
    explicit path_judge(const model::request_matcher& matcher) : negated_(matcher.negated) {
        model::request_matcher method_and_path;
        method_and_path.method = matcher.method;
        method_and_path.path = matcher.path;
        auto rest = matcher;
        rest.negated = false;
        rest.method = {};
        rest.path = {};
        decides_ = rest == model::request_matcher{};
        compiled_ = matching::compiled_matcher::compile(&method_and_path, matching::direction::control_plane);
    }

    verdict operator()(std::string_view method, std::string_view path) {
        model::request_view request;
        request.method = method;
        request.path = path;
        facts_.begin(request);
        const bool matched = compiled_.matches(facts_);
        if (decides_) return matched != negated_ ? verdict::yes : verdict::no;
        if (matched) return verdict::unknown;
        return negated_ ? verdict::yes : verdict::no;
    }

private:
    bool negated_;
    bool decides_ = false;
    matching::compiled_matcher compiled_;
    matching::request_facts facts_;
};

bool matches_everything(const model::request_matcher& matcher) {
    return matcher == model::request_matcher{};
}

void mix(std::uint64_t& hash, std::string_view text) {
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
    const char* at = text.data();
    auto left = text.size();
    for (; left >= 8; left -= 8, at += 8) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        hash = (hash ^ word) * factor;
        hash ^= hash >> 32;
    }
    std::uint64_t word = 0;
    if (left != 0) std::memcpy(&word, at, left);
    hash = (hash ^ word ^ (static_cast<std::uint64_t>(text.size()) << 56)) * factor;
    hash ^= hash >> 29;
}

} // namespace

std::uint64_t evicted_counts::key_of(std::string_view method, std::string_view path) {
    std::uint64_t hash = 0x2545f4914f6cdd1d;
    mix(hash, method);
    mix(hash, path);
    return hash;
}

void evicted_counts::add_request(std::uint64_t key, std::string_view method, std::string_view path) {
    ++requests_;
    if (const auto known = by_path_.find(key); known != by_path_.end()) {
        ++known->second.number;
    } else if (by_path_.size() < max_keys) {
        by_path_.emplace(key, counted{std::string(method), std::string(path), 1, true});
    } else {
        ++other_paths_;
    }
}

void evicted_counts::add_served(const std::string& id) {
    if (const auto known = by_id_.find(id); known != by_id_.end()) {
        ++known->second.number;
    } else if (by_id_.size() < max_keys) {
        by_id_.emplace(id, served{1, true});
    } else {
        ++other_ids_;
    }
}

evicted_counts::range evicted_counts::matching(const model::request_matcher& matcher) const {
    range found;
    if (requests_ == 0) return found;
    found.most = other_paths_;
    if (matches_everything(matcher)) found.least = other_paths_;
    path_judge judge(matcher);
    for (const auto& [key, one] : by_path_) {
        const auto said = judge(one.method, one.path);
        if (said == verdict::no) continue;
        found.most += one.number;
        if (said == verdict::yes && one.exact) found.least += one.number;
    }
    return found;
}

evicted_counts::range evicted_counts::served_by(const std::string& id) const {
    range found{0, other_ids_};
    if (const auto known = by_id_.find(id); known != by_id_.end()) {
        found.most += known->second.number;
        if (known->second.exact) found.least = known->second.number;
    }
    return found;
}

void evicted_counts::clear_matching(const model::request_matcher& filter) {
    if (requests_ == 0) return;
    if (matches_everything(filter)) {
        clear();
        return;
    }
    path_judge judge(filter);
    for (auto one = by_path_.begin(); one != by_path_.end();) {
        const auto said = judge(one->second.method, one->second.path);
        if (said == verdict::unknown) one->second.exact = false;
        if (said == verdict::yes) {
            requests_ -= one->second.number;
            one = by_path_.erase(one);
        } else {
            ++one;
        }
    }
    // Which of the answers belonged to the requests that are gone is not known any more.
    for (auto& [id, one] : by_id_)
        one.exact = false;
}

void evicted_counts::clear() {
    *this = evicted_counts();
}

} // namespace mockfleet::store
