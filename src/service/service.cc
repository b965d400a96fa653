#include "service/service.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/ids.h"
#include "service/handler_environment.h"
#include "service/node_cores.h"
#include "service/node_memory.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kBusRetry = 500ms;        // how soon an end of the process is noticed
constexpr auto kBusReminder = 10s;       // between lines that say what the start is waiting for
constexpr auto kStoreStatesWithin = 5s;  // at the end of the process

rpc::RedisOptions RedisOptionsOf(const config::Config& config) {
  rpc::RedisOptions options;
  options.address = config.redis.address;
  options.username = config.redis.username;
  options.password = config.redis.password;
  options.db = config.redis.db;
  return options;
}

}  // namespace

Service::Service(asio::io_context& context, config::Config config,
                 const observability::Logger& logger)
    : executor_(context.get_executor()),
      config_(std::move(config)),
      node_id_(NewId("NE_")),
      logger_(logger.With({{observability::field::kNodeId, node_id_}})),
      registry_(node_id_),
      metrics_(registry_),
      admission_{.configured_cost = config_.cpu_cost.rtmp, .max_sessions = config_.max_sessions},
      cores_(NodeCores()),
      tasks_(executor_),
      sfu_(executor_, config_.ws_url, logger_),
      handlers_(executor_, {.warm = 1, .environment = HandlerEnvironment(logger_)}, logger_),
      sessions_(executor_),
      signals_(executor_, SIGTERM, SIGQUIT, SIGINT),
      end_(executor_, TimePoint::max()) {
  bus_ = std::make_unique<rpc::RedisBus>(
      executor_, RedisOptionsOf(config_), [this](bool connected, const std::string& status) {
        if (connected) {
          logger_.Info(status);
        } else {
          logger_.Error(status, {{"remedy", "start Redis, or correct redis.address"}});
        }
      });
}

Service::~Service() = default;

asio::awaitable<Result<void>> Service::Run() {
  if (auto listening = Listen(); !listening) {
    co_await Shutdown();
    co_return listening;
  }
  if (const auto warning = CostWarning(cores_, admission_)) logger_.Warn(*warning);
  tasks_.Spawn(WaitForSignals());
  tasks_.Spawn(relay_->Run());
  tasks_.Spawn(StartControlPlane());
  sfu_.Start();
  handlers_.Start();
  co_await WaitForEnd();
  co_await Shutdown();
  if (failed_) co_return std::unexpected(*failed_);
  co_return Result<void>{};
}

Result<void> Service::Listen() {
  relay::Server::Options relay_options;
  relay_options.port = config_.http_relay_port;
  auto relay = relay::Server::Make(executor_, relay_options);
  if (!relay) return Wrap("http_relay_port", relay.error());
  relay_ = std::move(*relay);
  const auto serve = [this](std::uint16_t port, std::string_view key, net::HttpHandler handler,
                            std::unique_ptr<net::HttpServer>& server) -> Result<void> {
    if (port == 0) return {};
    auto listening = net::HttpServer::Listen(executor_, {.port = port}, std::move(handler));
    if (!listening) return Wrap(key, listening.error());
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
        executor_, *bus_, {.list_active_ingress = [this] { return sessions_.List(); }});
    if (!io_info || !node_rpc) {
      logger_.Error("RPC topics not registered",
                    {{"error", io_info ? node_rpc.error() : io_info.error()}});
      continue;
    }
    io_info_ = std::move(*io_info);
    node_rpc_ = std::move(*node_rpc);
    break;
  }
  if (ending_) co_return;
  context_ = std::make_unique<Context>(Context{.executor = executor_,
                                               .config = config_,
                                               .logger = logger_,
                                               .metrics = metrics_,
                                               .bus = *bus_,
                                               .io_info = *io_info_,
                                               .relay = *relay_,
                                               .handlers = handlers_,
                                               .sessions = sessions_,
                                               .gate = KeyGate(executor_),
                                               .resources = [this] { return Resources(); },
                                               .admission = [this] { return admission_; },
                                               .draining = [this] { return draining_; }});
  auto rtmp = RtmpListener::Make(*context_, config_.rtmp_port);
  if (!rtmp) {
    logger_.Error("cannot take encoders", {{"error", rtmp.error()}});
    failed_ = rtmp.error();
    ending_ = true;
    end_.cancel();
    co_return;
  }
  rtmp_ = std::move(*rtmp);
  rtmp_->Start();
  logger_.Info("ready for encoders", {{"rtmpPort", rtmp_->port()}, {"cores", cores_}});
}

asio::awaitable<void> Service::WaitForSignals() {
  while (!ending_) {
    auto [error, signal] = co_await signals_.async_wait(kAwait);
    if (error) co_return;
    if (!draining_ && signal != SIGINT) {
      logger_.Info("draining: no new streams; running ones go on",
                   {{"signal", signal}, {"sessions", sessions_.size()}});
      draining_ = true;
      if (sessions_.size() == 0) end_.cancel();
    } else {
      logger_.Info("ending all streams", {{"signal", signal}, {"sessions", sessions_.size()}});
      draining_ = true;
      ending_ = true;
      // The next signal ends the process by default disposition.
      signals_.clear();
      end_.cancel();
    }
  }
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
  signals_.cancel();
  if (rtmp_) rtmp_->StopAccepting();
  sessions_.StopAll(Failure(FailureCode::kShuttingDown));
  co_await sessions_.Stop(kStoreStatesWithin);
  if (rtmp_) co_await rtmp_->Stop();
  co_await handlers_.Stop();
  co_await sfu_.Stop();
  if (health_) co_await health_->Stop();
  if (prometheus_) co_await prometheus_->Stop();
  if (relay_) relay_->Stop();
  co_await tasks_.Join();
  node_rpc_.reset();
  io_info_.reset();
  co_await bus_->Stop();
  logger_.Info("stopped");
}

NodeStatus Service::Status() const {
  const std::vector<SessionLoad> loads = sessions_.loads();
  const auto admitted = Admit(Resources(), loads, admission_);
  return {.redis_ok = bus_->connected(),
          .redis = bus_->status(),
          .sfu_ok = sfu_.reachable(),
          .sfu = sfu_.status(),
          .draining = draining_,
          .has_capacity = admitted.has_value(),
          .capacity = admitted ? std::string() : admitted.error().Message()};
}

NodeResources Service::Resources() const {
  const NodeMemory memory = ReadNodeMemory();
  return {.cores = cores_, .memory = memory.total, .memory_free = memory.free};
}

net::HttpResponse Service::AnswerMetrics() {
  const NodeStatus status = Status();
  const bool available =
      status.redis_ok && status.sfu_ok && !status.draining && status.has_capacity;
  metrics_.available.Set(available ? 1 : 0);
  metrics_.requests.At(observability::InputType::kRtmp, observability::Transcoding::kOn)
      .Set(static_cast<double>(sessions_.size()));
  metrics_.handlers.At(observability::HandlerState::kWarm)
      .Set(static_cast<double>(handlers_.warm()));
  metrics_.handlers.At(observability::HandlerState::kBusy)
      .Set(static_cast<double>(sessions_.size()));
  return {.status = 200,
          .content_type = std::string(observability::MetricsRegistry::kContentType),
          .body = registry_.Serialize()};
}

}  // namespace ingress::service
