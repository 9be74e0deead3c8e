// Keeps a completion from reaching an object that has gone.
#pragma once

#include <memory>
#include <utility>

namespace mockfleet::replicated {

/// A member of the object; what guard() makes does nothing once the object has gone. One thread.
class lifetime {
public:
    template <class Call>
    [[nodiscard]] auto guard(Call call) const {
        return [alive = std::weak_ptr<const int>(alive_), call = std::move(call)](auto&&... what) mutable {
            if (!alive.expired()) call(std::forward<decltype(what)>(what)...);
        };
    }

private:
    std::shared_ptr<const int> alive_ = std::make_shared<const int>(0);
};

} // namespace mockfleet::replicated
