// The slot in which a live expectation carries its ready-made answer; what is in it is the business of
// actions.
#pragma once

#include "model/expectation.hpp"

#include <functional>
#include <memory>

namespace mockfleet::store {

/// Made once when an expectation is added; immutable, shared by all threads.
struct prepared_action {
    virtual ~prepared_action() = default;
};

/// Joined in app: actions turns an expectation into its prepared action. Called on control threads.
using action_preparer = std::function<std::shared_ptr<const prepared_action>(const model::expectation&)>;

} // namespace mockfleet::store
