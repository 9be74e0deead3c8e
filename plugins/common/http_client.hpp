// Blocking HTTP requests on libcurl with reused connections, for the threads that the host lends to a plugin.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mockfleet::common {

using http_headers = std::vector<std::pair<std::string, std::string>>;

struct http_request {
    std::string method = "GET";
    std::string url; ///< percent-encoded; sent as it is
    http_headers headers;
    std::vector<std::string_view> body; ///< pieces in order, borrowed; sent with PUT, POST and PATCH only
    bool direct = false;                ///< past every proxy: for metadata services of the machine
    std::chrono::milliseconds connect_timeout{5000};
    /// For the whole of it; zero = as long as bytes flow (20 s without any end it).
    std::chrono::milliseconds most{0};
    std::size_t most_answer = std::numeric_limits<std::size_t>::max(); ///< bytes of its body
};

/// Orders names as if their ASCII letters were lower case.
struct caseless_order {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
};
[[nodiscard]] std::string lower_case(std::string_view text); ///< ASCII letters only

struct http_response {
    int status = 0;
    std::map<std::string, std::string, caseless_order> headers; ///< names as they came
    std::string body;

    /// Empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string_view() : std::string_view(found->second);
    }
};

struct http_outcome {
    enum class how {
        answered,
        not_sent,  ///< nobody was reached; trying again may help
        untrusted, ///< TLS verification failed; trying again cannot help
        lost,      ///< the connection broke or stalled; the server may have acted
        refused,   ///< the answer is larger than asked for, or abort() was called
    };
    how what = how::not_sent;
    http_response answer;
    std::string problem; ///< in words, unless it was answered
    /// A connection that was used again broke before its answer, so the request was sent anew: the server
    /// may have acted on it before.
    bool resent = false;

    [[nodiscard]] bool answered() const { return what == how::answered; }
    [[nodiscard]] bool is(int status) const { return answered() && answer.status == status; }
};

struct http_client_options {
    std::string ca_file; ///< PEM authorities instead of the system's; empty = the system's
    std::chrono::seconds stall{20};
};

/// Any number of threads. TLS is always verified. Proxies are those of the environment (http_proxy,
/// https_proxy, no_proxy). Redirects are answers like any other.
class http_client {
public:
    explicit http_client(http_client_options options = {});
    ~http_client();
    http_client(const http_client&) = delete;
    http_client& operator=(const http_client&) = delete;

    /// Throws only std::bad_alloc.
    [[nodiscard]] http_outcome perform(const http_request& asked);

    /// Ends what runs, and everything that comes later, with `refused`.
    void abort() { aborted_ = true; }

private:
    class transfer;
    void* borrow();
    void give_back(void* handle);

    http_client_options options_;
    std::atomic<bool> aborted_{false};
    std::mutex mutex_;
    std::vector<void*> idle_; ///< easy handles, each with its connections; the last used is taken first
};

} // namespace mockfleet::common
