// The messages between nodes: length-prefixed, versioned, bounded; nothing else is ever deserialised from a
// peer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::replicated {

inline constexpr std::uint8_t peer_protocol = 1;
/// Before both sides have proved who they are.
inline constexpr std::size_t most_greeting_bytes = 4096;
/// Afterwards; a larger payload is refused by the sender.
inline constexpr std::size_t most_frame_bytes = 64U << 20;

enum class frame_type : std::uint8_t {
    hello = 1,   ///< the connecting side names itself and sends a challenge
    welcome = 2, ///< the other side names itself, answers the challenge and sends its own
    proof = 3,   ///< the answer to that
    ready = 4,   ///< frames of the types below may follow
    refuse = 5,  ///< the reason; the connection ends
    applied = 6,
    request = 7,
    answer = 8,
};

using challenge = std::array<char, 32>;

struct hello_frame {
    std::string cluster;
    std::string node; ///< empty: asks as a node that has no seat yet
    challenge nonce{};
};
struct welcome_frame {
    std::string cluster;
    std::string node;
    challenge nonce{};
    challenge proof{};
};
struct applied_frame {
    std::uint64_t revision = 0; ///< applied to the copy
    std::uint64_t settled = 0;  ///< acted on by the host
    std::uint64_t stamp = 0;    ///< of hybrid_clock
};
struct request_frame {
    std::uint64_t id = 0;
    std::uint32_t patience_ms = 0; ///< how long the asker will wait
    std::string_view topic;
    std::string_view payload;
};
struct answer_frame {
    std::uint64_t id = 0;
    std::int32_t status = 0; ///< mf_status
    std::string_view payload;
};

/// Whole frames, length included.
[[nodiscard]] std::string encode(const hello_frame& frame);
[[nodiscard]] std::string encode(const welcome_frame& frame);
[[nodiscard]] std::string encode_proof(const challenge& proof);
[[nodiscard]] std::string encode_ready();
[[nodiscard]] std::string encode_refusal(std::string_view reason);
[[nodiscard]] std::string encode(const applied_frame& frame);
[[nodiscard]] std::string encode(const request_frame& frame);
[[nodiscard]] std::string encode(const answer_frame& frame);

/// Of a frame's body; nullopt when it is malformed.
[[nodiscard]] std::optional<hello_frame> decode_hello(std::string_view body);
[[nodiscard]] std::optional<welcome_frame> decode_welcome(std::string_view body);
[[nodiscard]] std::optional<challenge> decode_proof(std::string_view body);
[[nodiscard]] std::optional<applied_frame> decode_applied(std::string_view body);
[[nodiscard]] std::optional<request_frame> decode_request(std::string_view body);
[[nodiscard]] std::optional<answer_frame> decode_answer(std::string_view body);

/// Proves that the sender knows the token without sending it. `role` keeps one side's answer from being used
/// as the other's.
enum class proof_role { connecting, listening };
[[nodiscard]] challenge prove(std::string_view token, proof_role role, const hello_frame& hello,
                              std::string_view listening_node, const challenge& listening_nonce);
[[nodiscard]] bool same_proof(const challenge& one, const challenge& other);
[[nodiscard]] challenge random_challenge();

/// Cuts a stream of bytes into frames.
class frame_cutter {
public:
    void limit(std::size_t most_bytes) { most_bytes_ = most_bytes; }

    /// Calls `take(type, body)` for each whole frame until it answers false (stop); empty when all is well,
    /// else why the stream cannot be gone on with.
    [[nodiscard]] std::string feed(std::string_view bytes,
                                   const std::function<bool(frame_type, std::string_view)>& take);

private:
    std::string pending_;
    std::size_t most_bytes_ = most_greeting_bytes;
};

} // namespace mockfleet::replicated
