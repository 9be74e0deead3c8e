// An expectation's answer serialised once, when the expectation is added (core.md 2.9, 3.12 "Response
// writing").
#pragma once

#include "actions/response_writer.hpp"
#include "actions/wire_answer.hpp"
#include "model/expectation.hpp"
#include "store/prepared_action.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::actions {

/// One complete HTTP/1.1 answer: head and body in one string, so that the fast path is a single copy.
struct answer_bytes {
    std::string bytes;
    std::size_t head_size = 0; ///< what a HEAD request gets
    bool close = false;        ///< the connection ends after this answer
    [[nodiscard]] std::string_view for_method(bool head_only) const {
        return head_only ? std::string_view(bytes).substr(0, head_size) : std::string_view(bytes);
    }
};

/// The action of an expectation, ready to be sent. Immutable but for the rotation of `httpResponses`.
class prepared_response final : public store::prepared_action {
public:
    explicit prepared_response(const model::expectation& source);
    ~prepared_response() override;

    struct choice {
        std::size_t index = 0;                   ///< among `httpResponses`; 0 for the one response
        int status = 0;                          ///< 0 for httpError
        const answer_bytes* immediate = nullptr; ///< lives as long as the action; nullptr: use answer()
        bool blocking = false;                   ///< answer() reads a file: not for an I/O thread
    };
    /// Picks among `httpResponses` (core.md 3.7), or the one response. `keep_alive` is what the request asked
    /// for. Any thread.
    [[nodiscard]] choice choose(bool keep_alive) const;

    /// Not null: another server answers, and nothing else here may be called.
    [[nodiscard]] const model::http_forward* forward() const { return forward_ ? &*forward_ : nullptr; }

    /// The slow form: delays sampled, chunks cut, connection options applied (core.md 2.8, 2.9.2, 2.11).
    /// Headers of `extra` (CORS) are added unless the expectation set them.
    [[nodiscard]] wire_answer answer(const choice& chosen, bool keep_alive, bool head_only,
                                     const header_list& extra = {}) const;

    /// The response chosen, within the expectation that the action was made from; nullptr for httpError.
    [[nodiscard]] static const model::response* response_of(const model::expectation& source,
                                                            const choice& chosen);

private:
    class variant;
    std::vector<std::unique_ptr<const variant>> variants_;
    std::optional<model::http_forward> forward_;
    bool random_ = false;
    mutable std::atomic<std::uint64_t> served_{0};
};

/// An answer of the server itself (404, control plane): `connection` and `content-length` are added.
[[nodiscard]] answer_bytes plain_answer(int status, const header_list& headers, std::string_view body,
                                        bool keep_alive);

} // namespace mockfleet::actions
