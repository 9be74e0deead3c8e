// The conditions of blob.h, as every built-in store checks them before it writes.
#pragma once

#include <mockfleet/blob.hpp>

#include <string>
#include <string_view>

namespace mockfleet::store {

/// Throws unless a key could be one at all.
inline void check_blob_key(std::string_view key) {
    if (key.empty()) throw plugin::failure(MF_INVALID, "the key is empty");
}

/// `tag` of what is stored; null = there is nothing. Throws what the caller is to be answered.
inline void check_put(const mf_blob_condition& when, const std::string* tag) {
    switch (when.kind) {
    case MF_IF_ANY:
        return;
    case MF_IF_ABSENT:
        if (tag != nullptr) throw plugin::tag_conflict(*tag);
        return;
    case MF_IF_TAG:
        if (tag == nullptr) throw plugin::failure(MF_NOT_FOUND, "no such key");
        if (*tag != plugin::view(when.tag)) throw plugin::tag_conflict(*tag);
        return;
    default:
        throw plugin::failure(MF_INVALID, "unknown condition");
    }
}

/// False: there is nothing to remove.
inline bool check_remove(const mf_blob_condition& when, const std::string* tag) {
    if (when.kind != MF_IF_ANY && when.kind != MF_IF_TAG)
        throw plugin::failure(MF_INVALID, "unknown condition of a removal");
    if (tag == nullptr) return false;
    check_put(when, tag);
    return true;
}

} // namespace mockfleet::store
