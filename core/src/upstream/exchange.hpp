// One request to an upstream and its answer.
#pragma once

#include "http/timer_wheel.hpp"
#include "upstream/client.hpp"
#include "upstream/connection.hpp"
#include "upstream/endpoint.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mockfleet::upstream {

/// What is to be sent, and where.
struct order {
    endpoint to;
    std::string bytes; ///< head and body
    expected_body body = expected_body::as_framed;
    bool repeatable = false; ///< may be sent twice: the method is idempotent (RFC 9110 9.2.2)
    std::chrono::milliseconds connect_limit{0}; ///< 0: that of the options
};

/// Why there is no answer, or not all of it.
struct failure {
    enum class kind {
        unknown,   ///< the name has no address
        refused,   ///< nobody listens there
        blocked,   ///< the guard refuses the address
        unreached, ///< no connection for another reason, or none through the proxy
        tls,
        timeout,
        closed,    ///< too early
        malformed, ///< what came is no HTTP, or more than is allowed
        cancelled, ///< nobody waits for it any more
    };
    kind what = kind::unreached;
    std::string reason; ///< one sentence for the log
};

/// Used on the client's thread; not to be moved while it runs. Dropping it closes the connection unless the
/// answer is complete.
class exchange final : public http::timer_wheel::entry {
public:
    explicit exchange(std::shared_ptr<client> owner);
    ~exchange();
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

    /// What is to be sent; before anything else.
    void set(order what);
    /// Most requests need no coroutine: sends all of it over an idle connection. False: begin() goes on with
    /// what is left.
    [[nodiscard]] bool begin_at_once();
    /// The first read after that; `then(error, bytes)`, called later, hands over to received().
    template <class Then>
    void read_at_once(Then then) {
        const auto room = connection_->reader.room();
        connection_->socket.async_read_some(boost::asio::buffer(room.data(), room.size()), std::move(then));
    }
    void received(const boost::system::error_code& ec, std::size_t bytes);

    /// Sends it over a pooled or a new connection and waits for the head of the answer, which is then in
    /// reader(). nullopt: no failure.
    [[nodiscard]] task<std::optional<failure>> begin();
    /// After begin(): next() until it needs more.
    [[nodiscard]] response_reader& reader() { return connection_->reader; }
    /// Waits for further bytes.
    [[nodiscard]] task<std::optional<failure>> receive();
    /// From now on a silence of the upstream may last so long; 0 = for ever.
    void allow_silence(std::chrono::milliseconds limit) { silence_limit_ = limit; }
    /// After outcome::complete: the connection goes back to the pool, if it can. What reader() had stays
    /// readable until the next wait.
    void complete();

    /// Ends what begin() or receive() is doing with that failure; they return later.
    void interrupt(failure::kind why);

    /// Suspends until wake() or interrupt(), however long the upstream is silent; a wake() that came before
    /// counts.
    [[nodiscard]] task<void> wait();
    void wake();
    /// Suspends for that time, or until interrupt().
    [[nodiscard]] task<void> sleep(std::chrono::nanoseconds time);

    [[nodiscard]] const options& settings() const { return *options_; }

private:
    friend class client;

    [[nodiscard]] task<void> until_woken(http::steady_timer::time_point latest);
    [[nodiscard]] task<std::optional<failure>> connect();
    [[nodiscard]] task<std::optional<failure>> addresses_of(std::string host,
                                                            std::vector<boost::asio::ip::address>* into);
    [[nodiscard]] task<std::optional<failure>> tunnel(endpoint target, bool socks);
    [[nodiscard]] task<std::optional<failure>> ask_http_proxy(endpoint target);
    [[nodiscard]] task<std::optional<failure>> ask_socks_proxy(endpoint target);
    [[nodiscard]] task<std::optional<failure>> secure();
    [[nodiscard]] task<std::optional<failure>> send(std::string_view bytes);
    [[nodiscard]] task<std::optional<failure>> read_exactly(char* into, std::size_t size);
    void prepare();
    [[nodiscard]] std::optional<failure> taken(const boost::system::error_code& ec, std::size_t bytes);
    [[nodiscard]] failure failed(failure::kind what, std::string reason) const;
    [[nodiscard]] std::string pool_key() const;

    std::shared_ptr<client> client_;
    std::shared_ptr<const options> options_;
    order order_;
    std::unique_ptr<connection> connection_;
    bool pooled_ = false;          // connection_ has carried other requests
    std::string_view unsent_;      // of order_
    std::optional<failure> early_; // of the first read
    std::chrono::milliseconds silence_limit_{0};
    std::optional<failure::kind> interrupted_;
    std::optional<http::steady_timer> pause_;
    bool woken_ = false;
    // Of the client's list.
    exchange* next_ = nullptr;
    exchange* previous_ = nullptr;
};

} // namespace mockfleet::upstream
