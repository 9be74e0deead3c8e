// Decoding by zlib, piece by piece into a buffer that grows up to the limit.
#include "http/body_decoder.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <new>
#include <zlib.h>

namespace mockfleet::http {

namespace {

constexpr std::size_t first_room = 4 * 1024;
constexpr std::size_t most_at_once = std::size_t{1} << 30U; // zlib counts in unsigned int
constexpr int gzip_window = MAX_WBITS + 16;
constexpr int zlib_window = MAX_WBITS;
constexpr int raw_window = -MAX_WBITS;

unsigned byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

/// RFC 1950 2.2: method 8, window of at most 32 KiB, check bits.
bool has_zlib_header(std::string_view bytes) {
    if (bytes.size() < 2) return false;
    const auto first = byte_at(bytes, 0);
    return (first & 0x0fU) == Z_DEFLATED && first >> 4U <= 7 && (first << 8U | byte_at(bytes, 1)) % 31 == 0;
}

bool starts_gzip_member(std::string_view bytes) {
    return bytes.size() >= 2 && byte_at(bytes, 0) == 0x1f && byte_at(bytes, 1) == 0x8b;
}

class inflater {
public:
    explicit inflater(int window) {
        if (inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
    }
    ~inflater() { inflateEnd(&stream_); }
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;

    /// Takes from the front of `in`, writes to [at, at + room) and moves `at`.
    int run(std::string_view& in, char*& at, std::size_t room) {
        const auto given = static_cast<uInt>(std::min(in.size(), most_at_once));
        // The interface of zlib is older than const.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        stream_.avail_in = given;
        stream_.next_out = reinterpret_cast<Bytef*>(at);
        stream_.avail_out = static_cast<uInt>(std::min(room, most_at_once));
        const int result = ::inflate(&stream_, Z_NO_FLUSH);
        in.remove_prefix(given - stream_.avail_in);
        at = reinterpret_cast<char*>(stream_.next_out);
        return result;
    }
    void restart() { inflateReset(&stream_); }

private:
    z_stream stream_{};
};

} // namespace

content_coding content_coding_of(std::string_view content_encoding) {
    if (content_encoding.size() > 2 && base::equal_ignoring_case(content_encoding.substr(0, 2), "x-"))
        content_encoding.remove_prefix(2);
    if (base::equal_ignoring_case(content_encoding, "gzip")) return content_coding::gzip;
    if (base::equal_ignoring_case(content_encoding, "deflate")) return content_coding::deflate;
    return content_coding::identity;
}

decoding decode_body(content_coding coding, std::string_view received, std::size_t limit, std::size_t padding,
                     std::string& out) {
    const bool gzip = coding == content_coding::gzip;
    inflater stream(gzip ? gzip_window : has_zlib_header(received) ? zlib_window : raw_window);
    std::size_t used = 0;
    for (;;) {
        // One byte more than allowed, so that a body of exactly the limit is told from a larger one.
        if (used == out.size()) out.resize(std::min(std::max(2 * used, first_room), limit + 1));
        char* at = out.data() + used;
        const int result = stream.run(received, at, out.size() - used);
        used = static_cast<std::size_t>(at - out.data());
        if (used > limit) return decoding::too_large;
        if (result == Z_MEM_ERROR) throw std::bad_alloc();
        if (result == Z_STREAM_END) {
            if (!gzip || !starts_gzip_member(received)) break;
            stream.restart();
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return decoding::broken;
        } else if (received.empty() && used < out.size()) {
            break;
        }
    }
    out.resize(used);
    out.append(padding, '\0');
    return decoding::done;
}

} // namespace mockfleet::http
