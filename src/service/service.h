#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "net/http_server.h"
#include "observability/logger.h"
#include "observability/metrics.h"
#include "relay/server.h"
#include "rpc/redis_bus.h"
#include "service/context.h"
#include "service/handler_pool.h"
#include "service/rtmp_listener.h"
#include "service/session_table.h"
#include "service/sfu_probe.h"
#include "service/status_pages.h"

namespace ingress::service {

/// The service process: owns listeners, control plane and sessions. Confined to `context`.
class Service {
 public:
  Service(boost::asio::io_context& context, config::Config config,
          const observability::Logger& logger);
  ~Service();

  /// Runs until a signal ends it. SIGTERM and SIGQUIT drain: running streams go on, new ones are
  /// refused. SIGINT, or a second signal, ends the running streams in order; a third ends the
  /// process at once. Errors: kUnavailable when a port cannot be bound.
  boost::asio::awaitable<Result<void>> Run();

 private:
  Result<void> Listen();
  boost::asio::awaitable<void> StartControlPlane();
  boost::asio::awaitable<void> WaitForEnd();
  boost::asio::awaitable<void> WaitForSignals();
  boost::asio::awaitable<void> Shutdown();
  NodeStatus Status() const;
  NodeResources Resources() const;
  net::HttpResponse AnswerMetrics();

  boost::asio::any_io_executor executor_;
  config::Config config_;
  std::string node_id_;
  observability::Logger logger_;
  observability::MetricsRegistry registry_;
  observability::ServiceMetrics metrics_;
  AdmissionLimits admission_;
  double cores_;

  net::TaskScope tasks_;
  std::unique_ptr<rpc::RedisBus> bus_;
  std::unique_ptr<rpc::IoInfoClient> io_info_;
  std::unique_ptr<rpc::NodeRpc> node_rpc_;
  std::unique_ptr<relay::Server> relay_;
  SfuProbe sfu_;
  HandlerPool handlers_;
  SessionTable sessions_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<RtmpListener> rtmp_;
  std::unique_ptr<net::HttpServer> health_;
  std::unique_ptr<net::HttpServer> prometheus_;

  boost::asio::signal_set signals_;
  boost::asio::steady_timer end_;
  bool draining_ = false;
  bool ending_ = false;
  std::optional<Error> failed_;
};

}  // namespace ingress::service
