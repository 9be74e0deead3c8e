// Files that clients put into the server (core.md 1.13): name -> bytes, shared by the nodes of a fleet.
#pragma once

#include "base/error.hpp"
#include "store/state_client.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// A view on a space of the state backend, which holds all of it. Any thread.
class file_store {
public:
    explicit file_store(state_client state) : state_(state) {}

    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    answer<void> put(std::string name, std::string content) const;
    /// Error not_found.
    answer<std::string> get(std::string name) const;
    /// In bytewise order.
    answer<std::vector<std::string>> names() const;
    /// Error not_found.
    answer<void> remove(std::string name) const;
    answer<void> clear() const;

    static constexpr std::string_view space = "files";

private:
    state_client state_;
};

} // namespace mockfleet::store
