#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "control/control_plane.h"
#include "input/guard/descriptor_budget.h"
#include "input/guard/limit_monitor.h"
#include "input/input.h"
#include "net/event.h"
#include "net/http_server.h"
#include "net/service_manager.h"
#include "net/step_throttle.h"
#include "net/watchdog.h"
#include "node/node.h"
#include "observability/logger.h"
#include "observability/metrics.h"
#include "relay/server.h"
#include "service/node/readiness_metrics.h"
#include "service/node/sfu_probe.h"
#include "service/node/trim_policy.h"
#include "service/pages/status_pages.h"
#include "service/session/session_metrics.h"
#include "service/session/session_table.h"
#include "service/start/metered_io_info.h"
#include "service/start/session_starter.h"
#include "service/workers/handler_pool.h"

namespace ingress::service {

/// The service process: owns listeners, control plane and sessions. Confined to `context`.
class Service {
 public:
  /// Reads the configuration again, from where it came.
  using Reload = std::function<Result<config::Loaded>()>;

  /// How a run that had no error came to its end.
  enum class End {
    kIdle,        // no stream was left, or the end was asked for
    kStreamsCut,  // draining took too long: running streams were ended
  };

  Service(boost::asio::io_context& context, config::Config config,
          const observability::Logger& logger, Reload reload);
  ~Service();

  /// Runs until a signal ends it. SIGTERM and SIGQUIT drain: running streams go on, new ones are
  /// refused, until drain_timeout has passed. SIGINT, or a second signal, ends the running streams
  /// in order; a third ends the process at once. SIGHUP reads the configuration again and applies
  /// what can change while running. Errors: kUnavailable when a port cannot be bound;
  /// those of PortCertificate.
  boost::asio::awaitable<Result<End>> Run();

 private:
  SessionStarter::Node StarterNode();
  void MakeInputs();
  Result<void> Listen();
  boost::asio::awaitable<Result<void>> PrepareInputs();
  boost::asio::awaitable<void> StartControlPlane();
  std::optional<Error> ListenForEncoders();
  boost::asio::awaitable<void> WaitForEnd();
  boost::asio::awaitable<void> WaitForSignals();
  boost::asio::awaitable<void> WaitForReloads();
  boost::asio::awaitable<void> EndWhenDrainTakesTooLong();
  void OnSignal(int signal);
  void ApplyReload(Result<config::Loaded> loaded);
  rpc::RpcResult<::livekit::IngressInfo> OnStartIngress(const ::rpc::StartIngressRequest& request);
  boost::asio::awaitable<void> ReportEarlierSessions();
  boost::asio::awaitable<void> KeepHouse();
  void Trim();
  boost::asio::awaitable<void> Shutdown();
  NodeStatus Status() const;
  std::string WhyCrowded() const;
  NodeResources Resources() const;
  net::HttpResponse AnswerMetrics();
  AdmissionLimits Limits(InputKind kind, bool encodes = true) const;
  std::expected<void, Failure> HasCapacity() const;
  SessionStarter::Relay OpenRelay(const std::string& resource_id);
  void SetInputMetrics();
  void SetSessionMetrics();
  double CpuLoad() const;

  boost::asio::any_io_executor executor_;
  config::Config config_;
  std::string node_id_;
  observability::Logger logger_;
  observability::MetricsRegistry registry_;
  observability::ServiceMetrics metrics_;
  SessionMetrics session_metrics_;
  ReadinessMetrics readiness_metrics_;
  Reload reload_;
  input::LimitMonitor limits_;
  input::DescriptorBudget descriptors_;
  net::StepThrottle strangers_;  // of all ports
  node::Node node_;
  net::ServiceManager manager_;
  net::Watchdog watchdog_;
  TrimPolicy trim_;

  net::TaskScope tasks_;
  std::unique_ptr<control::ControlPlane> control_;
  MeteredIoInfo ingresses_;
  StateJournal journal_;
  UpdateQueue updates_;
  std::unique_ptr<relay::Server> relay_;
  SfuProbe sfu_;
  HandlerPool handlers_;
  SessionTable sessions_;
  SessionStarter starter_;
  std::vector<std::unique_ptr<input::Input>> inputs_;
  std::unique_ptr<net::HttpServer> health_;
  std::unique_ptr<net::HttpServer> prometheus_;
  std::unique_ptr<net::HttpServer> debug_;

  boost::asio::signal_set signals_;
  boost::asio::signal_set hangups_;
  net::Event end_;       // the process drains, or ends
  net::Event shutdown_;  // nothing is kept up any more
  bool ready_ = false;   // the control plane can be asked
  bool draining_ = false;
  bool ending_ = false;
  bool streams_cut_ = false;
  std::optional<Error> failed_;
};

}  // namespace ingress::service
