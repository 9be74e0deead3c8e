// A blob store under test: the plugin loaded as the server loads it, and calls that wait.
#pragma once

#include "cases.hpp"
#include "waiting_call.hpp"

#include "plugin/registry.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mockfleet::contract {

using metadata = std::map<std::string, std::string>;

/// A reply, copied.
struct blob_answer {
    mf_status status = MF_INTERNAL;
    std::string message;
    std::string data;
    std::string tag;
    metadata pairs;
    std::size_t pair_count = 0;
    std::vector<std::string> keys;
    bool more = false;

    [[nodiscard]] bool ok() const { return status == MF_OK; }
};

struct blob_condition {
    std::int32_t kind = MF_IF_ANY;
    std::string tag;
};

class blob_fixture {
public:
    blob_fixture(std::string file, std::vector<plugin::setting> settings);

    void open();
    void close();

    /// A key prefix, ending in '/', that no other case uses.
    std::string fresh_prefix();

    blob_answer get(const std::string& key);
    blob_answer put(const std::string& key, const std::string& data, const metadata& pairs = {},
                    const blob_condition& when = {});
    blob_answer remove(const std::string& key, const blob_condition& when = {});
    blob_answer list(const std::string& prefix, const std::string& after = {}, std::uint32_t limit = 0);
    /// All pages; fails the case when a page breaks the rules of paging.
    std::vector<std::string> list_all(const std::string& prefix, std::uint32_t limit = 0);
    /// The tag of a put that must succeed.
    std::string must_put(const std::string& key, const std::string& data, const metadata& pairs = {},
                         const blob_condition& when = {});

private:
    using issue_fn = waiting_call<plugin::blob_backend, mf_blob_reply, mf_blob_done>::issue_fn;
    blob_answer call(const char* operation, issue_fn issue);

    std::string file_;
    std::vector<plugin::setting> settings_;
    std::unique_ptr<plugin::registry> registry_;
    plugin::blob_backend* backend_ = nullptr;
    std::string run_id_;
    std::atomic<int> prefixes_{0};
};

} // namespace mockfleet::contract
