// A lifecycle without a process of its own, for tests of the replica's side: the engine is one that the test
// runs.
#include "etcd/etcd_client.hpp"
#include "life/lifecycle.hpp"

#include <boost/asio/post.hpp>

namespace mockfleet::replicated {

class lifecycle::state {
public:
    state(boost::asio::io_context& on, settings with)
        : loop(on), asked(std::move(with)),
          client(on.get_executor(), {.endpoints = asked.engine_endpoints, .attempt = asked.attempt_timeout}) {
    }
    boost::asio::io_context& loop;
    settings asked;
    etcd_client client;
};

lifecycle::lifecycle(boost::asio::io_context& loop, settings asked, plugin::logger, seed_probe*)
    : state_(std::make_shared<state>(loop, std::move(asked))) {}
lifecycle::~lifecycle() = default;

void lifecycle::start(std::function<void(std::string problem)> done) {
    boost::asio::post(state_->loop, [done = std::move(done)] { done({}); });
}
void lifecycle::stop(std::function<void()> done) {
    state_->client.close();
    boost::asio::post(state_->loop, [done = std::move(done)] { done(); });
}
engine& lifecycle::client() {
    return state_->client;
}
const settings& lifecycle::effective() const {
    return state_->asked;
}
std::string lifecycle::waiting_for() const {
    return {};
}

} // namespace mockfleet::replicated
