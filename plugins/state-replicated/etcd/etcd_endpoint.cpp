// Chooses by the path.
#include "etcd/etcd_endpoint.hpp"

#include <utility>

namespace mockfleet::replicated {

etcd_endpoint::etcd_endpoint(const boost::asio::any_io_executor& on, const http_origin& to,
                             const tls_choice& tls)
    : grpc_(std::make_shared<grpc_channel>(on, to, tls)), gateway_(std::make_shared<http_pool>(on, to, tls)) {
}

void etcd_endpoint::exchange(std::string_view path, std::string_view body, std::chrono::milliseconds deadline,
                             answer_done done) {
    if (is_grpc(path))
        grpc_->exchange(path, body, deadline, std::move(done));
    else
        gateway_->exchange(path, body, deadline, std::move(done));
}

void etcd_endpoint::close() {
    grpc_->close();
    gateway_->close();
}

} // namespace mockfleet::replicated
