// The mapping to libcurl's easy interface.
#include "common/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

namespace mockfleet::common {

namespace {

constexpr std::size_t most_idle = 16;
constexpr std::size_t most_in_memory = 512UL << 20U;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

struct list_free {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using header_list = std::unique_ptr<curl_slist, list_free>;

void append(header_list& list, const std::string& line) {
    auto* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)list.release();
    list.reset(longer);
}

bool carries_body(const http_request& asked) {
    return asked.method == "PUT" || asked.method == "POST" || asked.method == "PATCH";
}

} // namespace

bool caseless_order::operator()(std::string_view a, std::string_view b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](char x, char y) { return lower(x) < lower(y); });
}

std::string lower_case(std::string_view text) {
    std::string made(text);
    std::transform(made.begin(), made.end(), made.begin(), lower);
    return made;
}

/// One request under way: what the callbacks of libcurl need.
class http_client::transfer {
public:
    transfer(const http_request& asked, const std::atomic<bool>& aborted)
        : asked_(asked), aborted_(aborted) {}

    http_outcome run(CURL* easy, const http_client_options& options) {
        std::array<char, CURL_ERROR_SIZE> words{};
        const auto headers = prepare(easy, options, words.data());
        const auto code = curl_easy_perform(easy);
        long status = 0;
        long sent = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
        if (out_of_memory_) throw std::bad_alloc();
        out_.resent = sendings_ > 1;
        if (code == CURLE_OK) {
            out_.what = http_outcome::how::answered;
            out_.answer.status = static_cast<int>(status);
            return std::move(out_);
        }
        out_.answer = {};
        out_.problem = words[0] != '\0' ? words.data() : curl_easy_strerror(code);
        if (too_big_)
            out_.problem = "the answer is larger than " + std::to_string(most()) + " bytes" +
                           (most() == most_in_memory ? "; name another document, or remove this one" : "");
        out_.what = kind_of(code, sent);
        return std::move(out_);
    }

private:
    header_list prepare(CURL* easy, const http_client_options& options, char* words) {
        header_list headers;
        append(headers, "Expect:"); // no pause before a body
        append(headers, "Accept: */*");
        for (const auto& [name, value] : asked_.headers)
            append(headers, value.empty() ? name + ";" : name + ": " + value);
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words);
        curl_easy_setopt(easy, CURLOPT_URL, asked_.url.c_str());
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_USERAGENT, "mockfleet");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(asked_.connect_timeout.count()));
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(asked_.most.count()));
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall.count()));
        curl_easy_setopt(easy, CURLOPT_NOPROXY, asked_.direct ? "*" : nullptr);
        if (!options.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, asked_.method.c_str());
        curl_easy_setopt(easy, CURLOPT_NOBODY, asked_.method == "HEAD" ? 1L : 0L);
        if (carries_body(asked_)) {
            curl_off_t size = 0;
            for (const auto piece : asked_.body)
                size += static_cast<curl_off_t>(piece.size());
            curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
            curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, size);
            curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024);
            curl_easy_setopt(easy, CURLOPT_READFUNCTION, &transfer::read);
            curl_easy_setopt(easy, CURLOPT_READDATA, this);
            curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &transfer::seek);
            curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
        }
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L * 1024);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &transfer::header);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &transfer::write);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
        curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &transfer::sending);
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &transfer::progress);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
        return headers;
    }

    http_outcome::how kind_of(CURLcode code, long sent) const {
        using how = http_outcome::how;
        if (too_big_ || code == CURLE_ABORTED_BY_CALLBACK) return how::refused;
        switch (code) {
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return how::untrusted;
        default:
            return sent == 0 ? how::not_sent : how::lost;
        }
    }

    static std::size_t read(char* to, std::size_t size, std::size_t count, void* self) {
        auto& one = *static_cast<transfer*>(self);
        const auto room = size * count;
        std::size_t given = 0;
        while (given < room && one.piece_ < one.asked_.body.size()) {
            const auto rest = one.asked_.body[one.piece_].substr(one.offset_);
            const auto part = std::min(rest.size(), room - given);
            if (part > 0) std::memcpy(to + given, rest.data(), part);
            given += part;
            one.offset_ += part;
            if (one.offset_ < one.asked_.body[one.piece_].size()) break;
            ++one.piece_;
            one.offset_ = 0;
        }
        return given;
    }

    static int seek(void* self, curl_off_t offset, int origin) {
        if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
        auto& one = *static_cast<transfer*>(self);
        auto left = static_cast<std::size_t>(offset);
        one.piece_ = 0;
        while (one.piece_ < one.asked_.body.size() && left >= one.asked_.body[one.piece_].size())
            left -= one.asked_.body[one.piece_++].size();
        one.offset_ = left;
        return CURL_SEEKFUNC_OK;
    }

    static std::size_t header(char* from, std::size_t size, std::size_t count, void* self) {
        auto& one = *static_cast<transfer*>(self);
        const std::string_view line(from, size * count);
        try {
            // Each informational response starts anew, and so does the answer after a proxy's own.
            if (line.starts_with("HTTP/")) one.out_.answer.headers.clear();
            const auto colon = line.find(':');
            if (colon == std::string_view::npos) return size * count;
            auto value = line.substr(colon + 1);
            const auto first = value.find_first_not_of(" \t");
            const auto last = value.find_last_not_of(" \t\r\n");
            value = first == std::string_view::npos || last == std::string_view::npos
                        ? std::string_view()
                        : value.substr(first, last - first + 1);
            one.out_.answer.headers.insert_or_assign(std::string(line.substr(0, colon)), std::string(value));
        } catch (const std::bad_alloc&) {
            one.out_of_memory_ = true;
            return 0;
        }
        return size * count;
    }

    /// A foreign document of any size must not take the memory of the whole server.
    [[nodiscard]] std::size_t most() const { return std::min(asked_.most_answer, most_in_memory); }

    static std::size_t write(char* from, std::size_t size, std::size_t count, void* self) {
        auto& one = *static_cast<transfer*>(self);
        auto& body = one.out_.answer.body;
        const auto bytes = size * count;
        if (bytes > one.most() - body.size()) {
            one.too_big_ = true;
            return bytes == 0 ? 1 : 0;
        }
        try {
            if (body.empty()) {
                const std::string length(one.out_.answer.header("content-length"));
                const auto wanted = std::strtoull(length.c_str(), nullptr, 10);
                body.reserve(std::min<std::size_t>(wanted, one.most()));
            }
            body.append(from, bytes);
        } catch (const std::bad_alloc&) {
            one.out_of_memory_ = true;
            return bytes == 0 ? 1 : 0;
        }
        return bytes;
    }

    static int sending(void* self, char*, char*, int, int) {
        ++static_cast<transfer*>(self)->sendings_;
        return CURL_PREREQFUNC_OK;
    }

    static int progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
        return static_cast<transfer*>(self)->aborted_ ? 1 : 0;
    }

    const http_request& asked_;
    const std::atomic<bool>& aborted_;
    http_outcome out_;
    std::size_t piece_ = 0;
    std::size_t offset_ = 0;
    int sendings_ = 0; ///< libcurl repeats by itself what a reused connection lost
    bool too_big_ = false;
    bool out_of_memory_ = false;
};

http_client::http_client(http_client_options options) : options_(std::move(options)) {
    static const auto initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (initialised != CURLE_OK) throw std::bad_alloc();
}

http_client::~http_client() {
    for (auto* handle : idle_)
        curl_easy_cleanup(handle);
}

void* http_client::borrow() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto* handle = idle_.back();
            idle_.pop_back();
            return handle;
        }
    }
    auto* fresh = curl_easy_init();
    if (fresh == nullptr) throw std::bad_alloc();
    return fresh;
}

void http_client::give_back(void* handle) {
    curl_easy_reset(handle); // keeps its connections
    const std::lock_guard lock(mutex_);
    if (idle_.size() < most_idle)
        idle_.push_back(handle);
    else
        curl_easy_cleanup(handle);
}

http_outcome http_client::perform(const http_request& asked) {
    if (aborted_) return {http_outcome::how::refused, {}, "the store is being stopped"};
    struct loan {
        http_client& from;
        void* handle;
        ~loan() { from.give_back(handle); }
    } const borrowed{*this, borrow()};
    transfer running(asked, aborted_);
    auto outcome = running.run(borrowed.handle, options_);
    if (aborted_ && !outcome.answered()) outcome.problem = "the store is being stopped";
    return outcome;
}

} // namespace mockfleet::common
