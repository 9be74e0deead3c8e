// Who keeps the expectations of a node elsewhere hears of their changes through this.
#pragma once

#include "base/error.hpp"
#include "store/live_expectation.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <span>
#include <string>

namespace mockfleet::store {

class change_observer {
public:
    struct change {
        std::string id;
        live_pointer now; ///< null: it is gone
    };

    /// What is stored when watching begins.
    virtual void begin(const live_list& all) = 0;
    /// In the order in which the changes took effect, with the store's lock held: takes notes and returns.
    virtual void changed(std::span<const change> changes) = 0;
    /// Is it one of those that are removed? Empty: all are.
    using selection = std::function<bool(const model::expectation&)>;
    /// Somebody is about to remove all of these, of which this node may not know some. Any thread.
    virtual void removing(selection) {}
    /// Until everything that changed so far is kept as safely as the observer promises. The error is for the
    /// client whose change it was: it is in effect, and not kept.
    [[nodiscard]] virtual boost::asio::awaitable<base::result<void>> kept() = 0;

protected:
    ~change_observer() = default;
};

} // namespace mockfleet::store
