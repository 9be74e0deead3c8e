// On OpenSSL's libcrypto.
#include "common/digest.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <climits>
#include <memory>
#include <new>
#include <stdexcept>

namespace mockfleet::common {

namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

template <auto Free>
struct freed {
    template <class T>
    void operator()(T* one) const {
        Free(one);
    }
};
using bio_ptr = std::unique_ptr<BIO, freed<BIO_free_all>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed<EVP_PKEY_free>>;
using context_ptr = std::unique_ptr<EVP_MD_CTX, freed<EVP_MD_CTX_free>>;

} // namespace

sha256_digest sha256(std::string_view bytes) {
    sha256_digest made{};
    SHA256(bytes_of(bytes), bytes.size(), made.data());
    return made;
}

sha256_digest hmac_sha256(std::string_view key, std::string_view bytes) {
    sha256_digest made{};
    unsigned int size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(),
             made.data(), &size) == nullptr)
        throw std::bad_alloc();
    return made;
}

std::string hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string made;
    made.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        made += digits[byte >> 4U];
        made += digits[byte & 15U];
    }
    return made;
}

std::string base64(std::string_view bytes) {
    std::string made((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(made.data()), bytes_of(bytes),
                                      static_cast<int>(bytes.size()));
    made.resize(static_cast<std::size_t>(size));
    return made;
}

std::string base64url(std::string_view bytes) {
    auto made = base64(bytes);
    while (!made.empty() && made.back() == '=')
        made.pop_back();
    for (auto& c : made) {
        if (c == '+') c = '-';
        if (c == '/') c = '_';
    }
    return made;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0 || text.size() > INT_MAX) return std::nullopt;
    if (text.empty()) return std::string();
    std::string made(text.size() / 4 * 3, '\0');
    const auto size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(made.data()), bytes_of(text),
                                      static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    const auto padding = text.ends_with("==") ? 2U : text.ends_with("=") ? 1U : 0U;
    made.resize(static_cast<std::size_t>(size) - padding);
    return made;
}

std::optional<std::string> sign_rs256(std::string_view private_key_pem, std::string_view bytes) {
    const bio_ptr in(BIO_new_mem_buf(private_key_pem.data(), static_cast<int>(private_key_pem.size())));
    if (!in) throw std::bad_alloc();
    const auto no_password = [](char*, int, int, void*) { return 0; };
    const key_ptr key(PEM_read_bio_PrivateKey(in.get(), nullptr, +no_password, nullptr));
    if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) return std::nullopt;
    const context_ptr context(EVP_MD_CTX_new());
    std::size_t size = 0;
    if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes_of(bytes), bytes.size()) != 1)
        return std::nullopt;
    std::string made(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &size, bytes_of(bytes),
                       bytes.size()) != 1)
        return std::nullopt;
    made.resize(size);
    return made;
}

std::string random_id() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("no random numbers are to be had from the system");
    return hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

} // namespace mockfleet::common
