// A blob store in memory, in the smallest form: what the blob contract is tried on.
#include <mockfleet/blob.hpp>

#include <map>

namespace {

using namespace mockfleet::plugin;

class test_store {
public:
    static constexpr const char* summary = "documents in memory, for tests";

    std::optional<document> get(std::string_view key) {
        need(key);
        const auto found = documents_.find(key);
        if (found == documents_.end()) return std::nullopt;
        return found->second;
    }

    std::string put(std::string_view key, std::string_view data, std::span<const mf_pair> metadata,
                    mf_blob_condition when) {
        need(key);
        const auto found = documents_.find(key);
        if (when.kind == MF_IF_ABSENT && found != documents_.end()) throw tag_conflict(found->second.tag);
        if (when.kind == MF_IF_TAG)
            check_tag(found, when);
        else if (when.kind != MF_IF_ANY && when.kind != MF_IF_ABSENT)
            throw failure(MF_INVALID, "unknown condition");
        document fresh{std::string(data), std::to_string(++tags_), {}};
        for (const auto& pair : metadata)
            fresh.metadata.emplace_back(view(pair.key), view(pair.value));
        documents_.insert_or_assign(std::string(key), fresh);
        return fresh.tag;
    }

    key_page list(std::string_view prefix, std::string_view after, std::uint32_t limit) {
        key_page page;
        auto at = after < prefix ? documents_.lower_bound(prefix) : documents_.upper_bound(after);
        for (; at != documents_.end() && at->first.starts_with(prefix); ++at) {
            if (limit != 0 && page.keys.size() == limit) {
                page.more = true;
                break;
            }
            page.keys.push_back(at->first);
        }
        return page;
    }

    bool remove(std::string_view key, mf_blob_condition when) {
        need(key);
        if (when.kind != MF_IF_ANY && when.kind != MF_IF_TAG) throw failure(MF_INVALID, "unknown condition");
        const auto found = documents_.find(key);
        if (found == documents_.end()) return false;
        if (when.kind == MF_IF_TAG) check_tag(found, when);
        documents_.erase(found);
        return true;
    }

private:
    using map = std::map<std::string, document, std::less<>>;

    static void need(std::string_view key) {
        if (key.empty()) throw failure(MF_INVALID, "the key is empty");
    }
    void check_tag(map::const_iterator found, const mf_blob_condition& when) const {
        if (found == documents_.end()) throw failure(MF_NOT_FOUND, "no such key");
        if (found->second.tag != view(when.tag)) throw tag_conflict(found->second.tag);
    }

    map documents_;
    std::uint64_t tags_ = 0;
};

} // namespace

MF_BLOB_PLUGIN("test", "1", test_store);
