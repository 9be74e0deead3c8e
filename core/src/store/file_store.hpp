// Files that clients put into the server (core.md 1.13): name -> bytes, shared by the nodes of a fleet.
#pragma once

#include "base/error.hpp"
#include "store/state_client.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

class kept_files;

/// A view on a space of the state backend, which holds all of it. Any thread.
class file_store {
public:
    /// `kept`: what keeps the files beyond the state's life, and outlives this; null = nothing does.
    explicit file_store(state_client state, kept_files* kept = nullptr) : state_(state), kept_(kept) {}

    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    /// Error invalid when a file of this name cannot be kept.
    answer<void> put(std::string name, std::string content) const;
    /// Error not_found.
    answer<std::string> get(std::string name) const;
    /// In bytewise order.
    answer<std::vector<std::string>> names() const;
    /// Error not_found.
    answer<void> remove(std::string name) const;
    answer<void> clear() const;

    static constexpr std::string_view space = "files";
    /// A name may be empty, a key may not.
    [[nodiscard]] static std::string key_of(const std::string& name) { return "/" + name; }

private:
    state_client state_;
    kept_files* kept_;
};

} // namespace mockfleet::store
