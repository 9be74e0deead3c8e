// Encoding, decoding and proofs of the frames between nodes.
#include "peer/peer_frame.hpp"

#include "base/wire.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <random>

namespace mockfleet::replicated {

namespace {

constexpr std::string_view magic = "mockfleet-peer";
constexpr std::size_t prefix_bytes = 4;
constexpr std::size_t least_bytes = 2; // version and type

std::string_view view_of(const challenge& bytes) {
    return {bytes.data(), bytes.size()};
}

bool read(wire_reader& from, challenge& to) {
    const auto bytes = from.raw(to.size());
    if (!from.ok()) return false;
    std::copy(bytes.begin(), bytes.end(), to.begin());
    return true;
}

template <class Fill>
std::string framed(frame_type type, std::size_t about, Fill fill) {
    std::string out;
    out.reserve(prefix_bytes + least_bytes + about);
    wire_writer to(out);
    to.fixed32(0);
    to.byte(peer_protocol);
    to.byte(static_cast<std::uint8_t>(type));
    fill(to);
    const auto size = out.size() - prefix_bytes;
    for (std::size_t i = 0; i < prefix_bytes; ++i)
        out[i] = static_cast<char>(size >> (8 * i));
    return out;
}

} // namespace

std::string encode(const hello_frame& frame) {
    return framed(frame_type::hello, 256, [&](wire_writer& to) {
        to.text(magic);
        to.text(frame.cluster);
        to.text(frame.node);
        to.raw(view_of(frame.nonce));
    });
}

std::string encode(const welcome_frame& frame) {
    return framed(frame_type::welcome, 256, [&](wire_writer& to) {
        to.text(frame.cluster);
        to.text(frame.node);
        to.raw(view_of(frame.nonce));
        to.raw(view_of(frame.proof));
    });
}

std::string encode_proof(const challenge& proof) {
    return framed(frame_type::proof, proof.size(), [&](wire_writer& to) { to.raw(view_of(proof)); });
}

std::string encode_ready() {
    return framed(frame_type::ready, 0, [](wire_writer&) {});
}

std::string encode_refusal(std::string_view reason) {
    return framed(frame_type::refuse, reason.size(), [&](wire_writer& to) { to.raw(reason); });
}

std::string encode(const applied_frame& frame) {
    return framed(frame_type::applied, 28, [&](wire_writer& to) {
        to.number(frame.revision);
        to.number(frame.settled);
        to.fixed64(frame.stamp);
    });
}

std::string encode(const request_frame& frame) {
    return framed(frame_type::request, frame.topic.size() + frame.payload.size() + 24, [&](wire_writer& to) {
        to.number(frame.id);
        to.number(frame.patience_ms);
        to.text(frame.topic);
        to.raw(frame.payload);
    });
}

std::string encode(const answer_frame& frame) {
    return framed(frame_type::answer, frame.payload.size() + 16, [&](wire_writer& to) {
        to.number(frame.id);
        to.integer(frame.status);
        to.raw(frame.payload);
    });
}

std::optional<hello_frame> decode_hello(std::string_view body) {
    wire_reader from(body);
    hello_frame frame;
    if (from.text() != magic) return std::nullopt;
    frame.cluster = from.text();
    frame.node = from.text();
    if (!read(from, frame.nonce) || !from.ended()) return std::nullopt;
    return frame;
}

std::optional<welcome_frame> decode_welcome(std::string_view body) {
    wire_reader from(body);
    welcome_frame frame;
    frame.cluster = from.text();
    frame.node = from.text();
    if (!read(from, frame.nonce) || !read(from, frame.proof) || !from.ended()) return std::nullopt;
    return frame;
}

std::optional<challenge> decode_proof(std::string_view body) {
    wire_reader from(body);
    challenge proof{};
    if (!read(from, proof) || !from.ended()) return std::nullopt;
    return proof;
}

std::optional<applied_frame> decode_applied(std::string_view body) {
    wire_reader from(body);
    applied_frame frame;
    frame.revision = from.number();
    frame.settled = from.number();
    frame.stamp = from.fixed64();
    if (!from.ended()) return std::nullopt;
    return frame;
}

std::optional<request_frame> decode_request(std::string_view body) {
    wire_reader from(body);
    request_frame frame;
    frame.id = from.number();
    frame.patience_ms = static_cast<std::uint32_t>(std::min<std::uint64_t>(from.number(), 3'600'000));
    frame.topic = from.text();
    frame.payload = from.rest();
    if (!from.ok()) return std::nullopt;
    return frame;
}

std::optional<answer_frame> decode_answer(std::string_view body) {
    wire_reader from(body);
    answer_frame frame;
    frame.id = from.number();
    frame.status = static_cast<std::int32_t>(from.integer());
    frame.payload = from.rest();
    if (!from.ok()) return std::nullopt;
    return frame;
}

challenge prove(std::string_view token, proof_role role, const hello_frame& hello,
                std::string_view listening_node, const challenge& listening_nonce) {
    std::string said;
    wire_writer to(said);
    to.text(role == proof_role::connecting ? "connecting" : "listening");
    to.text(hello.cluster);
    to.text(hello.node);
    to.raw(view_of(hello.nonce));
    to.text(listening_node);
    to.raw(view_of(listening_nonce));
    challenge proof{};
    unsigned int size = 0;
    // A null key is refused by OpenSSL even when it is empty.
    const char* const key = token.empty() ? "" : token.data();
    HMAC(EVP_sha256(), key, static_cast<int>(token.size()),
         reinterpret_cast<const unsigned char*>(said.data()), said.size(),
         reinterpret_cast<unsigned char*>(proof.data()), &size);
    return proof;
}

bool same_proof(const challenge& one, const challenge& other) {
    return CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

challenge random_challenge() {
    challenge made{};
    if (RAND_bytes(reinterpret_cast<unsigned char*>(made.data()), static_cast<int>(made.size())) == 1)
        return made;
    std::random_device source;
    for (auto& one : made)
        one = static_cast<char>(source());
    return made;
}

std::string frame_cutter::feed(std::string_view bytes,
                               const std::function<bool(frame_type, std::string_view)>& take) {
    // Whole frames are cut out of the bytes that came; only what is left over is copied.
    const bool had_some = !pending_.empty();
    if (had_some) pending_.append(bytes);
    std::string_view rest = had_some ? std::string_view(pending_) : bytes;
    while (rest.size() >= prefix_bytes) {
        const auto size = static_cast<std::size_t>(wire_reader(rest).fixed32());
        if (size < least_bytes) return "a frame of " + std::to_string(size) + " bytes";
        if (size > most_bytes_)
            return "a frame of " + std::to_string(size) + " bytes where at most " +
                   std::to_string(most_bytes_) + " are allowed";
        if (rest.size() < prefix_bytes + size) break;
        const auto frame = rest.substr(prefix_bytes, size);
        rest.remove_prefix(prefix_bytes + size);
        const auto version = static_cast<std::uint8_t>(frame[0]);
        if (version != peer_protocol)
            return "a frame of protocol " + std::to_string(version) + ", this node speaks " +
                   std::to_string(peer_protocol);
        if (!take(static_cast<frame_type>(frame[1]), frame.substr(least_bytes))) return {};
    }
    if (had_some)
        pending_.erase(0, pending_.size() - rest.size());
    else
        pending_.assign(rest);
    return {};
}

} // namespace mockfleet::replicated
