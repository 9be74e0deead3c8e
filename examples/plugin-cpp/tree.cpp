// state-tree.so: the smallest complete state backend in C++: a std::map, called one at a time.
#include <mockfleet/state.hpp>

#include <map>

using namespace mockfleet::plugin;

class tree {
public:
    static constexpr const char* summary = "an example in C++";

    std::optional<stored> get(std::string_view space, std::string_view key) {
        const auto found = at(space, key);
        return found == entries_.end() ? std::nullopt : std::optional(found->second);
    }

    std::uint64_t put(std::string_view space, std::string_view key, std::string_view value,
                      mf_condition when) {
        const auto found = judged(space, key, when, when.kind == MF_IF_ABSENT);
        if (found == entries_.end() && when.kind == MF_IF_VERSION) throw failure(MF_NOT_FOUND, "no such key");
        entries_[{std::string(space), std::string(key)}] = {std::string(value), ++version_};
        return version_;
    }

    bool remove(std::string_view space, std::string_view key, mf_condition when) {
        if (when.kind == MF_IF_ABSENT) throw failure(MF_INVALID, "a removal if absent");
        const auto found = judged(space, key, when, false);
        if (found == entries_.end()) return false;
        entries_.erase(found);
        return true;
    }

    page scan(std::string_view space, std::string_view after, std::uint32_t limit) {
        page found;
        for (auto one = first(space, after); one != entries_.end() && one->first.first == space; ++one) {
            if (limit != 0 && found.records.size() == limit) {
                found.more = true;
                break;
            }
            found.records.push_back({one->first.second, one->second.value, one->second.version});
        }
        return found;
    }

    std::uint64_t clear(std::string_view space) {
        need(!space.empty());
        return std::erase_if(entries_, [space](const auto& one) { return one.first.first == space; });
    }

private:
    using map = std::map<std::pair<std::string, std::string>, stored>;

    static void need(bool holds) {
        if (!holds) throw failure(MF_INVALID, "an empty name or an unknown condition");
    }
    map::iterator first(std::string_view space, std::string_view after) {
        need(!space.empty());
        return entries_.upper_bound({std::string(space), std::string(after)});
    }
    map::iterator at(std::string_view space, std::string_view key) {
        need(!space.empty() && !key.empty());
        return entries_.find({std::string(space), std::string(key)});
    }
    map::iterator judged(std::string_view space, std::string_view key, mf_condition when,
                         bool must_be_absent) {
        need(when.kind >= MF_IF_ANY && when.kind <= MF_IF_VERSION);
        const auto found = at(space, key);
        if (found == entries_.end()) return found;
        if (must_be_absent || (when.kind == MF_IF_VERSION && when.version != found->second.version))
            throw conflict(found->second);
        return found;
    }

    map entries_;
    std::uint64_t version_ = 0;
};

MF_STATE_PLUGIN("tree", "1.0", tree);
