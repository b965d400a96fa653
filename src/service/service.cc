#include "service/service.h"

#include <fmt/format.h>
#include <malloc.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/descriptor_limit.h"
#include "base/helper_thread.h"
#include "base/ids.h"
#include "config/reload.h"
#include "control/psrpc_control_plane.h"
#include "net/await.h"
#include "net/deadline.h"
#include "net/elsewhere.h"
#include "net/no_port.h"
#include "service/inputs.h"
#include "service/node/heap.h"
#include "service/node/state_directory.h"
#include "service/pages/debug_pages.h"
#include "service/start/pull_refusal.h"
#include "service/workers/handler_environment.h"
#include "version/version.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

using net::kAwait;
constexpr auto kControlRetry = 500ms;   // how soon an end of the process is noticed
constexpr auto kControlReminder = 10s;  // between lines that say what the start is waiting for
constexpr auto kHouseEvery = 1s;
constexpr std::size_t kRelayTokenLength = 24;
constexpr auto kReadConfigWithin = 5s;
constexpr auto kStoreStatesWithin = 5s;  // at the end of the process

/// That tells services of one machine apart.
std::uint16_t MainPort(const config::Config& config) {
  return config.rtmp_port != 0 ? config.rtmp_port : config.whip.port;
}

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
      strangers_(executor_),
      node_(node::SystemFiles(), node::UsableProcessors(), config_.cpu_cost.node_cores),
      manager_(net::ServiceManager::FromEnvironment()),
      watchdog_(executor_, {.manager = manager_}),
      tasks_(executor_),
      control_(control::PsrpcControlPlane::OverRedis(executor_, config_.redis, logger_)),
      ingresses_(*control_, session_metrics_),
      journal_(StateDirectory() / ("sessions-" + std::to_string(MainPort(config_))), logger_),
      updates_(executor_),
      sfu_(executor_, config_, node_id_, logger_),
      handlers_(
          executor_,
          {.warm = config_.warm_handlers, .environment = HandlerEnvironment(config_.ca_cert_file)},
          logger_),
      sessions_(executor_),
      starter_(StarterNode()),
      signals_(executor_, SIGTERM, SIGQUIT, SIGINT),
      hangups_(executor_, SIGHUP) {
  registry_.AddGauge("livekit_ingress_build_info", "1, with version and commit of the program.")
      .Add({{"version", std::string(Version())}, {"commit", std::string(Commit())}})
      .Set(1);
  MakeInputs();
}

Service::~Service() = default;

SessionStarter::Node Service::StarterNode() {
  return {.executor = executor_,
          .config = config_,
          .logger = logger_,
          .id = node_id_,
          .metrics = metrics_,
          .session_metrics = session_metrics_,
          .limits = limits_,
          .control = *control_,
          .ingresses = ingresses_,
          .workers = handlers_,
          .sessions = sessions_,
          .journal = journal_,
          .updates = updates_,
          .open_relay = [this](const std::string& id) { return OpenRelay(id); },
          .resources = [this] { return Resources(); },
          .admission = [this](InputKind kind, bool encodes) { return Limits(kind, encodes); },
          .draining = [this] { return draining_; }};
}

void Service::MakeInputs() {
  const input::Node node{.executor = executor_,
                         .config = config_,
                         .logger = logger_,
                         .registry = registry_,
                         .metrics = metrics_,
                         .limits = limits_,
                         .descriptors = descriptors_,
                         .strangers = strangers_,
                         .starter = starter_,
                         .control = *control_};
  for (const input::Factory& factory : Inputs()) {
    if (factory.enabled(config_)) inputs_.push_back(factory.make(node));
  }
  for (const auto& input : inputs_) session_metrics_.AddInput(input->kind());
}

asio::awaitable<Result<Service::End>> Service::Run() {
  watchdog_.Start();
  Result<void> listening = co_await PrepareInputs();
  if (listening) listening = Listen();
  if (!listening) {
    co_await Shutdown();
    co_return std::unexpected(listening.error());
  }
  for (const auto& input : inputs_) {
    const auto warning = CostWarning(node_.cores(), Limits(input->kind()));
    if (warning) logger_.Warn(*warning);
  }
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

asio::awaitable<Result<void>> Service::PrepareInputs() {
  for (const auto& input : inputs_) {
    if (auto prepared = co_await input->Prepare(); !prepared) co_return prepared;
  }
  co_return Result<void>{};
}

Result<void> Service::Listen() {
  relay::Server::Options relay_options;
  relay_options.port = config_.http_relay_port;
  relay_options.throttle = &strangers_;
  relay_options.on_crowded = [this](const std::string& peer) {
    limits_.Strike(input::Limit::kRelayConnections, peer, Clock::now());
  };
  auto relay = relay::Server::Make(executor_, std::move(relay_options));
  if (!relay)
    return std::unexpected(net::NoPort("http_relay_port", config_.http_relay_port, relay.error()));
  relay_ = std::move(*relay);
  const auto serve = [this](std::uint16_t port, std::string_view key, net::HttpHandler handler,
                            std::unique_ptr<net::HttpServer>& server) -> Result<void> {
    if (port == 0) return {};
    auto listening = net::HttpServer::Listen(executor_,
                                             {.port = port,
                                              .throttle = &strangers_,
                                              .on_crowded =
                                                  [this](const std::string& peer) {
                                                    limits_.Strike(input::Limit::kHttpConnections,
                                                                   peer, Clock::now());
                                                  }},
                                             std::move(handler));
    if (!listening) return std::unexpected(net::NoPort(key, port, listening.error()));
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
        executor_,
        {.address = "127.0.0.1", .port = config_.debug_handler_port, .throttle = &strangers_},
        [this](const net::HttpRequest& request) {
          return AnswerDebug(sessions_, ready_ ? &control_->nodes() : nullptr, request);
        });
    if (!listening) {
      return std::unexpected(
          net::NoPort("debug_handler_port", config_.debug_handler_port, listening.error()));
    }
    debug_ = std::move(*listening);
    debug_->Start();
  }
  return serve(
      config_.prometheus_port, "prometheus_port",
      [this](const net::HttpRequest&) { return AnswerMetrics(); }, prometheus_);
}

asio::awaitable<void> Service::StartControlPlane() {
  // Without it no stream key can be checked, so encoders are not let in before it is there: they
  // retry by themselves, and the log and the health page say what is missing.
  control_->Start(
      {.list_active_ingress = [this] { return sessions_.List(); },
       .start_ingress = [this](const auto& request) { return OnStartIngress(request); }});
  TimePoint reminder = Clock::now() + kControlReminder;
  while (!ending_) {
    auto ready = co_await control_->AwaitReady(kControlRetry);
    if (ready) break;
    if (ready.error().code != ErrorCode::kUnavailable) {
      logger_.Error("the control plane cannot be asked", {{"error", ready.error()}});
      continue;
    }
    if (Clock::now() < reminder) continue;
    reminder = Clock::now() + kControlReminder;
    logger_.Warn("encoders are not let in yet", {{"error", ready.error()}});
  }
  if (ending_) co_return;
  ready_ = true;
  co_await ReportEarlierSessions();
  if (ending_) co_return;
  failed_ = ListenForEncoders();
  if (failed_) {
    ending_ = true;
    end_.Notify();
    co_return;
  }
  observability::Logger logger = logger_;
  for (const auto& input : inputs_) {
    input->Start();
    for (const auto& port : input->ports()) logger = logger.With({{port.name, port.number}});
  }
  logger.Info("ready for encoders", {{"cores", node_.cores()}});
}

std::optional<Error> Service::ListenForEncoders() {
  for (const auto& input : inputs_) {
    if (auto listening = input->Listen(); !listening) return listening.error();
  }
  return std::nullopt;
}

SessionStarter::Relay Service::OpenRelay(const std::string& resource_id) {
  const std::string token = RandomToken(kRelayTokenLength);
  return {.feed = relay_->Open(resource_id, token), .url = relay_->Url(resource_id, token)};
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
        executor_, ingresses_, updates_, entry.ingress_id(), std::move(state), logger_, &journal_));
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
    end_.Notify();
    return;
  }
  logger_.Info("ending all streams", {{"signal", signal}, {"sessions", sessions_.size()}});
  // Who drains wants the streams to end by themselves; who sends SIGINT at once does not.
  streams_cut_ = draining_ && sessions_.size() != 0;
  draining_ = true;
  ending_ = true;
  // The next signal ends the process by default disposition.
  signals_.clear();
  end_.Notify();
  sessions_.StopAll(Failure(FailureCode::kShuttingDown));
}

asio::awaitable<void> Service::EndWhenDrainTakesTooLong() {
  co_await shutdown_.WaitFor(config_.drain_timeout);
  if (ending_ || sessions_.size() == 0) co_return;
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
  const LogLevel level = config_.log_level;
  logger_.SetLevel(level);
  for (const auto& [resource_id, session] : sessions_.all()) session->SetLogLevel(level);
  sfu_.AskNow();
  logger_.Info("the configuration was read again");
}

asio::awaitable<void> Service::KeepHouse() {
  while (!ending_) {
    co_await shutdown_.WaitFor(kHouseEvery);
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
    co_await end_.WaitUntil(TimePoint::max());
  }
  ending_ = true;
}

asio::awaitable<void> Service::Shutdown() {
  ending_ = true;
  draining_ = true;
  manager_.Tell("STOPPING=1");
  signals_.cancel();
  hangups_.cancel();
  shutdown_.Notify();
  sessions_.StopAll(Failure(FailureCode::kShuttingDown));
  // A publish that is under way may still come to a session, and uses all that is stopped below.
  for (const auto& input : inputs_) co_await input->Stop();
  sessions_.StopAll(Failure(FailureCode::kShuttingDown));
  co_await sessions_.Stop(kStoreStatesWithin);
  co_await handlers_.Stop();
  co_await sfu_.Stop();
  if (health_) co_await health_->Stop();
  if (prometheus_) co_await prometheus_->Stop();
  if (debug_) co_await debug_->Stop();
  if (relay_) relay_->Stop();
  co_await tasks_.Join();
  ready_ = false;
  co_await control_->Stop();
  watchdog_.Stop();
  logger_.Info("stopped");
}

NodeStatus Service::Status() const {
  std::string notes = sfu_.watch().note();
  if (!notes.empty()) notes += '\n';
  const EncoderFinding& cannot_encode = handlers_.cannot_encode();
  if (!cannot_encode.h264.empty()) {
    notes +=
        "video cannot be encoded here, only what passes is taken: " + cannot_encode.h264 + '\n';
  } else if (!cannot_encode.vp8.empty()) {
    notes += "the node cannot encode VP8: " + cannot_encode.vp8 + '\n';
  }
  const auto capacity = HasCapacity();
  const std::string crowd = WhyCrowded();
  const auto condition = control_->condition();
  return {.redis_ok = condition.connected,
          .redis = condition.status,
          .sfu_ok = sfu_.watch().ready(),
          .sfu = sfu_.watch().status(),
          .notes = std::move(notes),
          .draining = draining_,
          .has_capacity = capacity && crowd.empty(),
          .capacity = capacity ? crowd : capacity.error().Message()};
}

/// Whether balancers should send encoders here: some input can take one more.
std::expected<void, Failure> Service::HasCapacity() const {
  const std::vector<SessionLoad> loads = sessions_.loads();
  std::expected<void, Failure> best = std::unexpected(Failure(FailureCode::kNoCapacity));
  for (const auto& input : inputs_) {
    AdmissionLimits limits = Limits(input->kind());
    // They look elsewhere before the node is full: who comes all the same finds some room.
    limits.reserve = config_.cpu_cost.min_idle_ratio.value_or(limits.reserve);
    const auto admitted = Admit(Resources(), loads, limits);
    if (admitted) return {};
    best = std::unexpected(admitted.error());
  }
  return best;
}

std::string Service::WhyCrowded() const {
  for (const auto& input : inputs_) {
    std::string crowded = input->traffic(Clock::now()).crowded;
    if (!crowded.empty()) return crowded;
  }
  return starter_.why_crowded();
}

AdmissionLimits Service::Limits(InputKind kind, bool encodes) const {
  const auto& cost = config_.cpu_cost;
  return {.input = kind,
          .configured_cost = InputOf(kind).cost(cost, encodes),
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

}  // namespace ingress::service
