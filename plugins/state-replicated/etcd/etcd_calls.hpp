// Carries one call to whichever endpoint of the engine answers: attempts with short deadlines, failover, and
// an honest `unknown` for what must not be repeated.
#pragma once

#include "etcd/engine.hpp"
#include "etcd/etcd_endpoint.hpp"

#include <simdjson.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace mockfleet::replicated {

struct etcd_options {
    std::vector<std::string> endpoints; ///< http(s)://host:port; the first is preferred
    tls_choice tls;                     ///< for https endpoints
    std::chrono::milliseconds attempt{250};
    std::chrono::milliseconds overall{2000}; ///< of a call with all its attempts
    std::chrono::milliseconds watch_probe{500};
};

class etcd_calls : public std::enable_shared_from_this<etcd_calls> {
public:
    /// `repeat`: may be sent again after an attempt without an answer. `once`: is then unknown. `patient`:
    /// the same, and the attempt may take all the time. `here`: to the first endpoint only, patiently.
    enum class manner { repeat, once, patient, here };
    using clock = std::chrono::steady_clock;
    using body_done = std::function<void(engine_answer<std::string>)>;

    etcd_calls(const boost::asio::any_io_executor& on, etcd_options options);

    /// `body`: of the gateway, or of gRPC where the path is one of its methods.
    void call(std::string path, std::string body, manner how, body_done done);
    void call(std::string path, std::string body, manner how, std::chrono::milliseconds overall,
              body_done done);

    /// The endpoint that calls go to at present; null when there is none.
    [[nodiscard]] std::shared_ptr<etcd_endpoint> current() const;
    /// It did not serve: the next call starts with another one.
    void avoid(const std::shared_ptr<etcd_endpoint>& endpoint);
    void set_endpoints(const std::vector<std::string>& urls);
    [[nodiscard]] std::vector<std::string> endpoints() const { return urls_; }
    void close();

    [[nodiscard]] simdjson::dom::parser& parser() { return parser_; }
    [[nodiscard]] const etcd_options& options() const { return options_; }
    [[nodiscard]] const boost::asio::any_io_executor& executor() const { return on_; }

private:
    struct asked;
    using asked_ptr = std::shared_ptr<asked>;
    enum class verdict { final, elsewhere, ambiguous };

    void attempt(const asked_ptr& one);
    void answered(const asked_ptr& one, const std::shared_ptr<etcd_endpoint>& by, http_answer with);
    void again(const asked_ptr& one, engine_error why);
    void finish(const asked_ptr& one, engine_answer<std::string> with);
    verdict judge(const asked& one, const http_answer& with, const etcd_endpoint& by, engine_error& error);
    void watch_preferred();

    boost::asio::any_io_executor on_;
    etcd_options options_;
    std::vector<std::string> urls_;
    std::vector<std::shared_ptr<etcd_endpoint>> endpoints_;
    std::size_t current_ = 0;
    boost::asio::steady_timer preferred_timer_;
    bool watching_preferred_ = false;
    std::set<asked_ptr> open_;
    simdjson::dom::parser parser_;
    bool closed_ = false;
};

} // namespace mockfleet::replicated
