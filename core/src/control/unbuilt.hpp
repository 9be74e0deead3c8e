// The original's endpoints that this version does not have: refused in words instead of taken for traffic to
// mock.
#pragma once

#include "control/router.hpp"

#include <string_view>

namespace mockfleet::control {

/// Whether the original's control plane answers this call and ours has no endpoint for it, provided that no
/// route was found before. Other paths below /mockserver/ are mocked there, and so here. Cheap enough for
/// every request.
[[nodiscard]] bool is_unbuilt(std::string_view method, std::string_view path);

/// Whether clients ask for a web socket there; such a path has no newer spelling.
[[nodiscard]] bool is_socket(std::string_view path);

/// 501 with a JSON object that has `error`.
[[nodiscard]] answer unbuilt_answer(std::string_view method, std::string_view path);

} // namespace mockfleet::control
