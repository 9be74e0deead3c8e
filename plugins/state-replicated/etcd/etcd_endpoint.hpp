// One endpoint of the engine, which answers gRPC and its JSON gateway on the same port.
#pragma once

#include "net/grpc_channel.hpp"
#include "net/http_pool.hpp"

#include <chrono>
#include <memory>
#include <string_view>

namespace mockfleet::replicated {

/// Completions come on the executor, once, never from within the call.
class etcd_endpoint {
public:
    etcd_endpoint(const boost::asio::any_io_executor& on, const http_origin& to, const tls_choice& tls);

    /// Methods of the engine's gRPC services; everything else goes to the gateway.
    [[nodiscard]] static bool is_grpc(std::string_view path) { return path.starts_with("/etcdserverpb."); }

    void exchange(std::string_view path, std::string_view body, std::chrono::milliseconds deadline,
                  answer_done done);
    [[nodiscard]] grpc_channel& grpc() { return *grpc_; }
    /// Answers everything that waits as lost or not sent.
    void close();

    [[nodiscard]] const http_origin& origin() const { return gateway_->origin(); }

private:
    std::shared_ptr<grpc_channel> grpc_;
    std::shared_ptr<http_pool> gateway_;
};

} // namespace mockfleet::replicated
