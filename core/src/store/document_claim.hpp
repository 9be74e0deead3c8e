// Which node of a fleet loads a document into the shared state, and that it was loaded: kept in that state
// itself.
#pragma once

#include "base/error.hpp"
#include "store/state_client.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace mockfleet::store {

/// A fleet loads a document once in its life, whatever becomes of the node that does it; what it holds later
/// is the fleet's own, although nothing may be left of it. One caller at a time.
class document_claim {
public:
    document_claim(state_client state, std::string key) : state_(state), key_(std::move(key)) {}

    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    enum class turn {
        mine,    ///< this node loads it, and says settle() then
        done,    ///< it was loaded
        another, ///< loader() is at it
    };
    /// Again and again, until it is `done`. `load`: false when the fleet, met for the first time, is to go on
    /// without what the document holds.
    answer<turn> take(bool load);
    /// Pre: take() said `mine`. `tag` is that of what was loaded; empty: there was nothing.
    answer<void> settle(std::string tag);

    // After the first take().

    /// Tells this fleet from those before it, which may have had the same document.
    [[nodiscard]] const std::string& fleet() const { return fleet_; }
    [[nodiscard]] const std::string& loader() const { return loader_; }
    /// What the first take() of the fleet said.
    [[nodiscard]] bool loads() const { return load_; }
    /// What the fleet began with; once it is done.
    [[nodiscard]] const std::string& loaded_tag() const { return tag_; }

private:
    answer<turn> enter(const std::string& own, condition when);
    void learn(const entry& found);
    [[nodiscard]] std::string encoded() const;

    state_client state_;
    std::string key_;
    std::string fleet_;
    std::string loader_; ///< empty: it was loaded
    bool load_ = true;
    std::string tag_;
    std::uint64_t version_ = 0;
};

} // namespace mockfleet::store
