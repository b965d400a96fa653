#include "service/service.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/descriptor_limit.h"
#include "base/helper_thread.h"
#include "base/ids.h"
#include "config/reload.h"
#include "net/deadline.h"
#include "net/elsewhere.h"
#include "service/guard/heap.h"
#include "service/log_level.h"
#include "service/node/no_port.h"
#include "service/node/redis_remedy.h"
#include "service/node/redis_settings.h"
#include "service/node/state_directory.h"
#include "service/pages/debug_pages.h"
#include "service/start/metered_io_info.h"
#include "service/start/pull_refusal.h"
#include "service/workers/handler_environment.h"
#include "version/version.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kBusRetry = 500ms;   // how soon an end of the process is noticed
constexpr auto kBusReminder = 10s;  // between lines that say what the start is waiting for
constexpr auto kHouseEvery = 1s;
constexpr auto kReadConfigWithin = 5s;
constexpr auto kStoreStatesWithin = 5s;  // at the end of the process

}  // namespace

Service::Service(asio::io_context& context, config::Config config,
                 const observability::Logger& logger, Reload reload)
    : executor_(context.get_executor()),
      config_(std::move(config)),
      node_id_(NewId("NE_")),
      logger_(logger.With({{observability::field::kNodeId, node_id_}})),
      registry_(node_id_),
      metrics_(registry_),
      session_metrics_(registry_),
      readiness_metrics_(registry_),
      reload_(std::move(reload)),
      limits_(registry_, logger_),
      descriptors_(RaiseDescriptorLimit()),
      node_(node::SystemFiles(), node::UsableProcessors(), config_.cpu_cost.node_cores),
      manager_(net::ServiceManager::FromEnvironment()),
      watchdog_(executor_, {.manager = manager_}),
      tasks_(executor_),
      journal_(StateDirectory() / ("sessions-" + std::to_string(config_.rtmp_port)), logger_),
      updates_(executor_),
      sfu_(executor_, config_, node_id_, logger_),
      handlers_(
          executor_,
          {.warm = config_.warm_handlers, .environment = HandlerEnvironment(config_.ca_cert_file)},
          logger_),
      sessions_(executor_),
      signals_(executor_, SIGTERM, SIGQUIT, SIGINT),
      hangups_(executor_, SIGHUP),
      end_(executor_, TimePoint::max()),
      drain_deadline_(executor_, TimePoint::max()),
      house_(executor_) {
  registry_.AddGauge("livekit_ingress_build_info", "1, with version and commit of the program.")
      .Add({{"version", std::string(Version())}, {"commit", std::string(Commit())}})
      .Set(1);
  bus_ = std::make_unique<rpc::RedisBus>(
      executor_, RedisOptionsOf(config_.redis), [this](bool connected, const std::string& status) {
        if (connected) {
          logger_.Info(status);
        } else {
          const Error problem = bus_->problem().value_or(Error{});
          logger_.Error(status, {{"remedy", RedisRemedy(problem, config_.redis)}});
        }
      });
}

Service::~Service() = default;

asio::awaitable<Result<Service::End>> Service::Run() {
  watchdog_.Start();
  Result<void> listening = co_await LoadCertificate();
  if (listening) listening = Listen();
  if (!listening) {
    co_await Shutdown();
    co_return std::unexpected(listening.error());
  }
  if (const auto warning = CostWarning(node_.cores(), Limits())) logger_.Warn(*warning);
  if (const auto warning = descriptors_.Warning()) logger_.Warn(*warning);
  tasks_.Spawn(WaitForSignals());
  tasks_.Spawn(WaitForReloads());
  tasks_.Spawn(relay_->Run());
  tasks_.Spawn(StartControlPlane());
  tasks_.Spawn(KeepHouse());
  sfu_.Start();
  handlers_.Start();
  manager_.Tell("READY=1");
  co_await WaitForEnd();
  co_await Shutdown();
  if (failed_) co_return std::unexpected(*failed_);
  co_return streams_cut_ ? End::kStreamsCut : End::kIdle;
}

asio::awaitable<Result<void>> Service::LoadCertificate() {
  if (config_.rtmps.port == 0) co_return Result<void>{};
  certificate_ = std::make_unique<RtmpsCertificate>(
      executor_,
      RtmpsCertificate::Files{.certificate = config_.rtmps.cert_file,
                              .key = config_.rtmps.key_file},
      logger_, registry_);
  auto loaded = co_await certificate_->Load();
  if (!loaded) co_return Wrap("certificate of rtmps_port", std::move(loaded.error()));
  tasks_.Spawn(certificate_->Watch());
  co_return loaded;
}

Result<void> Service::Listen() {
  relay::Server::Options relay_options;
  relay_options.port = config_.http_relay_port;
  auto relay = relay::Server::Make(executor_, relay_options);
  if (!relay)
    return std::unexpected(NoPort("http_relay_port", config_.http_relay_port, relay.error()));
  relay_ = std::move(*relay);
  const auto serve = [this](std::uint16_t port, std::string_view key, net::HttpHandler handler,
                            std::unique_ptr<net::HttpServer>& server) -> Result<void> {
    if (port == 0) return {};
    auto listening =
        net::HttpServer::Listen(executor_,
                                {.port = port,
                                 .on_crowded =
                                     [this](const std::string& peer) {
                                       limits_.Strike(Limit::kHttpConnections, peer, Clock::now());
                                     }},
                                std::move(handler));
    if (!listening) return std::unexpected(NoPort(key, port, listening.error()));
    server = std::move(*listening);
    server->Start();
    return {};
  };
  if (auto ok = serve(
          config_.health_port, "health_port",
          [this](const net::HttpRequest& request) { return AnswerHealth(request.path, Status()); },
          health_);
      !ok) {
    return ok;
  }
  if (config_.debug_handler_port != 0) {
    auto listening = net::HttpServer::ListenAsync(
        executor_, {.address = "127.0.0.1", .port = config_.debug_handler_port},
        [this](const net::HttpRequest& request) {
          return AnswerDebug(sessions_, peers_.get(), request);
        });
    if (!listening) {
      return std::unexpected(
          NoPort("debug_handler_port", config_.debug_handler_port, listening.error()));
    }
    debug_ = std::move(*listening);
    debug_->Start();
  }
  return serve(
      config_.prometheus_port, "prometheus_port",
      [this](const net::HttpRequest&) { return AnswerMetrics(); }, prometheus_);
}

asio::awaitable<void> Service::StartControlPlane() {
  // Without Redis no stream key can be checked, so encoders are not let in before it is there:
  // they retry by themselves, and the log and the health page say what is missing.
  bus_->Start();
  TimePoint reminder = Clock::now() + kBusReminder;
  while (!ending_) {
    if (auto connected = co_await bus_->AwaitConnected(kBusRetry); !connected) {
      if (Clock::now() < reminder) continue;
      reminder = Clock::now() + kBusReminder;
      logger_.Warn("encoders are not let in yet", {{"error", connected.error()}});
      continue;
    }
    auto io_info = co_await rpc::IoInfoClient::Make(executor_, *bus_);
    auto node_rpc = co_await rpc::NodeRpc::Make(
        executor_, *bus_,
        {.list_active_ingress = [this] { return sessions_.List(); },
         .start_ingress = [this](const auto& request) { return OnStartIngress(request); }});
    auto peers = co_await rpc::PeerClient::Make(executor_, *bus_);
    if (!io_info || !node_rpc || !peers) {
      const Error& error = !io_info    ? io_info.error()
                           : !node_rpc ? node_rpc.error()
                                       : peers.error();
      logger_.Error("RPC topics not registered", {{"error", error}});
      continue;
    }
    io_info_ = std::make_unique<MeteredIoInfo>(std::move(*io_info), session_metrics_);
    peers_ = std::move(*peers);
    node_rpc_ = std::move(*node_rpc);
    break;
  }
  if (ending_) co_return;
  co_await ReportEarlierSessions();
  if (ending_) co_return;
  const auto on_shed = [this](const std::string& address) {
    limits_.Strike(Limit::kPendingPublishes, address, Clock::now());
  };
  context_ = std::make_unique<Context>(Context{.executor = executor_,
                                               .config = config_,
                                               .logger = logger_,
                                               .metrics = metrics_,
                                               .bus = *bus_,
                                               .io_info = *io_info_,
                                               .relay = *relay_,
                                               .handlers = handlers_,
                                               .sessions = sessions_,
                                               .key_mutex = {},
                                               .lookups = {executor_, Context::kLookupsAtATime},
                                               .waiting = PublishBacklog(on_shed),
                                               .wrong_keys = {},
                                               .peers = *peers_,
                                               .session_metrics = session_metrics_,
                                               .journal = journal_,
                                               .limits = limits_,
                                               .updates = updates_,
                                               .node_id = node_id_,
                                               .resources = [this] { return Resources(); },
                                               .admission = [this] { return Limits(); },
                                               .draining = [this] { return draining_; }});
  rtmp_ = std::make_unique<RtmpListener>(*context_, descriptors_, certificate_.get());
  failed_ = ListenForEncoders();
  if (failed_) {
    ending_ = true;
    end_.cancel();
    co_return;
  }
  rtmp_->Start();
  logger_.Info("ready for encoders", {{"rtmpPort", config_.rtmp_port},
                                      {"rtmpsPort", config_.rtmps.port},
                                      {"cores", node_.cores()}});
}

std::optional<Error> Service::ListenForEncoders() {
  using enum RtmpListener::Transport;
  if (auto ok = rtmp_->Listen(config_.rtmp_port, kPlain); !ok) {
    return NoPort("rtmp_port", config_.rtmp_port, ok.error());
  }
  if (config_.rtmps.port == 0) return std::nullopt;
  if (auto ok = rtmp_->Listen(config_.rtmps.port, kTls); !ok) {
    return NoPort("rtmps_port", config_.rtmps.port, ok.error());
  }
  return std::nullopt;
}

rpc::RpcResult<::livekit::IngressInfo> Service::OnStartIngress(
    const ::rpc::StartIngressRequest& request) {
  const rpc::RpcError refusal = RefusePull();
  session_metrics_.CountRpc("StartIngress", refusal.code);
  // Without the URL, which may hold a password.
  logger_.Warn("a URL input was asked for, which is not served",
               {{observability::field::kIngressId, request.info().ingress_id()}});
  return std::unexpected(refusal);
}

asio::awaitable<void> Service::ReportEarlierSessions() {
  std::vector<ipc::JournalEntry> entries = co_await journal_.Load();
  if (ending_) co_return;  // the next process finds them
  for (ipc::JournalEntry& entry : entries) {
    logger_.Warn("a session of an earlier run was not brought to its end",
                 {{observability::field::kIngressId, entry.ingress_id()},
                  {observability::field::kResourceId, entry.state().resource_id()}});
    SessionState state(std::move(*entry.mutable_state()));
    state.Fail(Failure(FailureCode::kNodeRestarted));
    state.End(WallClock::now());
    state.UpdateLost();
    sessions_.Report(std::make_shared<StateReporter>(
        executor_, *io_info_, updates_, entry.ingress_id(), std::move(state), logger_, &journal_));
  }
}

asio::awaitable<void> Service::WaitForSignals() {
  while (!ending_) {
    auto [error, signal] = co_await signals_.async_wait(kAwait);
    if (error) co_return;
    OnSignal(signal);
  }
}

void Service::OnSignal(int signal) {
  if (!draining_ && signal != SIGINT) {
    logger_.Info("draining: no new streams; running ones go on",
                 {{"signal", signal}, {"sessions", sessions_.size()}});
    draining_ = true;
    if (config_.drain_timeout.count() > 0) tasks_.Spawn(EndWhenDrainTakesTooLong());
    end_.cancel();
    return;
  }
  logger_.Info("ending all streams", {{"signal", signal}, {"sessions", sessions_.size()}});
  // Who drains wants the streams to end by themselves; who sends SIGINT at once does not.
  streams_cut_ = draining_ && sessions_.size() != 0;
  draining_ = true;
  ending_ = true;
  // The next signal ends the process by default disposition.
  signals_.clear();
  end_.cancel();
  sessions_.StopAll(Failure(FailureCode::kShuttingDown));
}

asio::awaitable<void> Service::EndWhenDrainTakesTooLong() {
  drain_deadline_.expires_after(config_.drain_timeout);
  const auto [cancelled] = co_await drain_deadline_.async_wait(kAwait);
  if (cancelled || ending_ || sessions_.size() == 0) co_return;
  logger_.Warn("drain_timeout has passed, ending the streams that still run",
               {{"sessions", sessions_.size()}});
  streams_cut_ = true;
  sessions_.StopAll(Failure(FailureCode::kShuttingDown));
}

asio::awaitable<void> Service::WaitForReloads() {
  while (true) {
    auto [error, signal] = co_await hangups_.async_wait(kAwait);
    if (error) co_return;
    auto loaded = co_await net::WithDeadline(
        kReadConfigWithin, net::Elsewhere(FileThread(), [reload = reload_] { return reload(); }),
        "read");
    if (ending_) co_return;
    ApplyReload(loaded ? std::move(*loaded) : std::unexpected(loaded.error()));
  }
}

void Service::ApplyReload(Result<config::Loaded> loaded) {
  if (!loaded) {
    logger_.Error("the configuration is not applied, the old one stays",
                  {{"error", loaded.error()}});
    return;
  }
  for (const std::string& warning : loaded->warnings) logger_.Warn(warning);
  for (const std::string& key : config::NeedRestart(config_, loaded->config)) {
    logger_.Warn("a changed setting applies after a restart", {{"key", key}});
  }
  config::Adopt(config_, loaded->config);
  const auto level = ToLogLevel(config_.log_level);
  logger_.SetLevel(level);
  for (const auto& [resource_id, session] : sessions_.all()) session->SetLogLevel(level);
  sfu_.AskNow();
  logger_.Info("the configuration was read again");
}

asio::awaitable<void> Service::KeepHouse() {
  while (!ending_) {
    house_.expires_after(kHouseEvery);
    co_await house_.async_wait(kAwait);
    if (ending_) co_return;
    limits_.Tell(Clock::now());
    node_.Sample(Clock::now());
    if (trim_.Due(ReadHeap(), Clock::now())) Trim();
  }
}

void Service::Trim() {
  malloc_trim(0);
  trim_.OnTrimmed(ReadHeap());
}

asio::awaitable<void> Service::WaitForEnd() {
  while (!ending_) {
    if (draining_) {
      co_await sessions_.WaitIdle();
      break;
    }
    co_await end_.async_wait(kAwait);
  }
  ending_ = true;
}

asio::awaitable<void> Service::Shutdown() {
  ending_ = true;
  draining_ = true;
  manager_.Tell("STOPPING=1");
  signals_.cancel();
  hangups_.cancel();
  drain_deadline_.cancel();
  house_.cancel();
  if (certificate_) certificate_->Stop();
  sessions_.StopAll(Failure(FailureCode::kShuttingDown));
  // A publish that is under way may still come to a session, and uses all that is stopped below.
  if (rtmp_) co_await rtmp_->Stop();
  sessions_.StopAll(Failure(FailureCode::kShuttingDown));
  co_await sessions_.Stop(kStoreStatesWithin);
  co_await handlers_.Stop();
  co_await sfu_.Stop();
  if (health_) co_await health_->Stop();
  if (prometheus_) co_await prometheus_->Stop();
  if (debug_) co_await debug_->Stop();
  if (relay_) relay_->Stop();
  co_await tasks_.Join();
  node_rpc_.reset();
  peers_.reset();
  io_info_.reset();
  co_await bus_->Stop();
  watchdog_.Stop();
  logger_.Info("stopped");
}

NodeStatus Service::Status() const {
  const std::vector<SessionLoad> loads = sessions_.loads();
  AdmissionLimits limits = Limits();
  // Balancers look elsewhere before the node is full: who comes all the same finds some room.
  limits.reserve = config_.cpu_cost.min_idle_ratio.value_or(limits.reserve);
  const auto admitted = Admit(Resources(), loads, limits);
  std::string notes = sfu_.watch().note();
  if (!notes.empty()) notes += '\n';
  const EncoderFinding& cannot_encode = handlers_.cannot_encode();
  if (!cannot_encode.h264.empty()) {
    notes +=
        "video cannot be encoded here, only what passes is taken: " + cannot_encode.h264 + '\n';
  } else if (!cannot_encode.vp8.empty()) {
    notes += "the node cannot encode VP8: " + cannot_encode.vp8 + '\n';
  }
  const auto& problem = bus_->problem();
  const std::string crowd = WhyCrowded();
  return {.redis_ok = bus_->connected(),
          .redis = bus_->status() +
                   (problem ? "; " + RedisRemedy(*problem, config_.redis) : std::string()),
          .sfu_ok = sfu_.watch().ready(),
          .sfu = sfu_.watch().status(),
          .notes = std::move(notes),
          .draining = draining_,
          .has_capacity = admitted && crowd.empty(),
          .capacity = admitted ? crowd : admitted.error().Message()};
}

std::string Service::WhyCrowded() const {
  if (!rtmp_) return {};
  const std::string_view crowd = rtmp_->table().why_crowded(Clock::now());
  if (!crowd.empty()) return std::string(crowd);
  const std::size_t waiting = context_->waiting.size();
  if (context_->lookups.waiting() < Context::kLookupsAtATime && waiting < PublishBacklog::kPlaces) {
    return {};
  }
  return fmt::format("{} publishes wait for livekit-server to look at their stream keys", waiting);
}

AdmissionLimits Service::Limits() const {
  const auto& cost = config_.cpu_cost;
  return {.configured_cost = cost.rtmp,
          .reserve = cost.min_idle_ratio ? *cost.min_idle_ratio / 2 : kUsualReserve,
          .max_sessions = config_.max_sessions};
}

NodeResources Service::Resources() const {
  const node::NodeMemory memory = node_.memory();
  return {.cores = node_.cores(),
          .idle = config_.cpu_cost.min_idle_ratio ? node_.idle() : std::nullopt,
          .memory = memory.total,
          .memory_free = memory.free};
}

/// The part of the node that is in use, by us or by others.
double Service::CpuLoad() const {
  double own = 0;
  for (const auto& [resource_id, session] : sessions_.all()) own += session->load().cores;
  const double used = std::max(own, node_.cores() - node_.idle().value_or(node_.cores()));
  return std::clamp(used / node_.cores(), 0.0, 1.0);
}

net::HttpResponse Service::AnswerMetrics() {
  const NodeStatus status = Status();
  const bool available =
      status.redis_ok && status.sfu_ok && !status.draining && status.has_capacity;
  metrics_.available.Set(available ? 1 : 0);
  metrics_.redis_up.Set(status.redis_ok ? 1 : 0);
  metrics_.connections_limit.Set(static_cast<double>(config_.limits.connections));
  metrics_.SetLogLinesDropped(logger_.dropped_lines());
  std::size_t transcoding = 0;
  session_metrics_.ClearRoutes();
  session_metrics_.ClearInputDelays();
  session_metrics_.ClearWarnings();
  for (const auto& [resource_id, session] : sessions_.all()) {
    const std::string& route = session->report().route();
    session_metrics_.AddRoute(route);
    session_metrics_.AddInputDelays(session->report());
    session_metrics_.AddWarnings(session->report());
    if (route != "pass-through" && route != "idle") ++transcoding;
  }
  if (rtmp_) {
    const ConnectionTable& table = rtmp_->table();
    limits_.SetConnections(table.strangers(), table.size() - table.strangers(),
                           table.buffered_bytes());
  }
  metrics_.node_cpu_load.Set(CpuLoad());
  metrics_.requests.At(observability::InputType::kRtmp, observability::Transcoding::kOn)
      .Set(static_cast<double>(transcoding));
  metrics_.requests.At(observability::InputType::kRtmp, observability::Transcoding::kOff)
      .Set(static_cast<double>(sessions_.size() - transcoding));
  readiness_metrics_.SetSfu(sfu_.watch().verdict());
  readiness_metrics_.SetCanTranscode(handlers_.cannot_encode().h264.empty());
  metrics_.SetLoopTurn(watchdog_.turns().recent(Clock::now()), watchdog_.turns().longest());
  metrics_.handlers.At(observability::HandlerState::kWarm)
      .Set(static_cast<double>(handlers_.warm()));
  metrics_.handlers.At(observability::HandlerState::kBusy)
      .Set(static_cast<double>(sessions_.size()));
  return {.status = 200,
          .content_type = std::string(observability::MetricsRegistry::kContentType),
          .body = registry_.Serialize()};
}

}  // namespace ingress::service
