// Forwards requests to other servers and relays their answers, on the I/O thread of the request (core.md 3.12
// "Forwarding details").
#pragma once

#include "actions/response_writer.hpp"
#include "http/dispatcher.hpp"
#include "model/request.hpp"
#include "store/event_log.hpp"
#include "upstream/endpoint.hpp"
#include "upstream/options.hpp"
#include "upstream/resolver.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::upstream {
class client;
} // namespace mockfleet::upstream

namespace mockfleet::app {

/// One request and where it goes; read during forwarding::start only.
struct forwarded_request {
    const model::request_view* request = nullptr;
    store::exchange recorded; ///< its entry in the log, without the answer
    upstream::endpoint to;
    std::optional<std::string> host; ///< the Host header to send; nullopt: the one received
    std::optional<std::string> path; ///< in place of the one received
    std::string_view loop_header;    ///< of the two in upstream/route.hpp
    std::chrono::milliseconds connect_limit{0};
    std::int64_t delay_ns = 0; ///< before it is sent
    bool keep_alive = true;
    bool takes_chunks = true;
    actions::header_list extra; ///< for the client, unless the upstream sends them
};

/// start() and stop(): on the I/O thread of that slot. The log outlives it.
class forwarding {
public:
    /// `mark` tells what this server has forwarded from what others have.
    forwarding(store::event_log& log, std::size_t io_threads, std::string mark);
    ~forwarding();
    forwarding(const forwarding&) = delete;
    forwarding& operator=(const forwarding&) = delete;

    /// Records the request and sends it; the answer, or a 502, comes later.
    void start(forwarded_request what, const std::shared_ptr<const upstream::options>& how,
               http::responder& answer, std::size_t slot);
    void stop(std::size_t slot);

    /// Requests forwarded since the start, and those of them that got no answer. Any thread.
    struct counts {
        std::uint64_t sent = 0;
        std::uint64_t failed = 0;
    };
    [[nodiscard]] counts counted() const;

private:
    class relay;
    struct alignas(64) worker {
        std::shared_ptr<upstream::client> client;
        std::string head; ///< what is being written
        // Written by its own thread alone.
        std::atomic<std::uint64_t> sent{0};
        std::atomic<std::uint64_t> failed{0};
    };

    store::event_log& log_;
    const std::string mark_;
    upstream::resolver names_;
    std::vector<std::unique_ptr<worker>> workers_;
};

} // namespace mockfleet::app
