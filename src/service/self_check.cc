#include "service/self_check.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "base/ids.h"
#include "control/redis_remedy.h"
#include "domain/admission.h"
#include "node/node.h"
#include "rpc/redis_bus.h"
#include "service/inputs.h"
#include "service/node/sfu_check.h"
#include "service/node/sfu_watch.h"
#include "service/workers/encoder_search.h"
#include "service/workers/handler_environment.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;

// A stream takes some; below this a node runs out of them before it runs out of cores.
constexpr rlim_t kFewDescriptors = 4096;
constexpr std::chrono::seconds kRedisWithin{7};  // longer than RedisOptions::connect_timeout

}  // namespace

SelfCheck::SelfCheck(asio::any_io_executor executor, const config::Config& config,
                     observability::Logger logger, Print print)
    : executor_(std::move(executor)),
      config_(config),
      logger_(std::move(logger)),
      print_(std::move(print)) {}

asio::awaitable<bool> SelfCheck::Run() {
  CheckDescriptors();
  CheckCores();
  CheckInputs();
  CheckPorts();
  co_await CheckEncoders();
  co_await CheckRedis();
  co_await CheckLiveKit();
  co_return all_good_;
}

void SelfCheck::Tell(const CheckLine& line) {
  all_good_ = all_good_ && line.good;
  print_(line);
}

void SelfCheck::Tell(bool good, std::string what, std::string text) {
  Tell({.good = good, .what = std::move(what), .text = std::move(text)});
}

void SelfCheck::CheckDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const bool few = limit.rlim_max < kFewDescriptors;
  Tell(!few, "descriptors",
       fmt::format("{} allowed, {} at most{}", limit.rlim_cur, limit.rlim_max,
                   few ? "; raise the limit (ulimit -Hn, LimitNOFILE) to 4096 or more" : ""));
}

void SelfCheck::CheckCores() {
  const node::Node node(node::SystemFiles(), node::UsableProcessors(), config_.cpu_cost.node_cores);
  const double cores = node.cores();
  for (const input::Factory& factory : Inputs()) {
    if (!factory.enabled(config_)) continue;
    const auto warning =
        CostWarning(cores, {.input = factory.kind,
                            .configured_cost = factory.cost(config_.cpu_cost, /*encodes=*/true),
                            .max_sessions = config_.max_sessions});
    if (warning) return Tell(false, "cores", *warning);
  }
  Tell(true, "cores", fmt::format("{:g} for streams", cores));
}

void SelfCheck::CheckInputs() {
  for (const input::Factory& factory : Inputs()) {
    if (!factory.enabled(config_)) continue;
    for (const CheckLine& line : factory.check(executor_, config_)) Tell(line);
  }
}

void SelfCheck::CheckPorts() {
  struct Use {
    const char* key;
    std::uint16_t port;
    input::Reach reach;
  };
  using enum input::Reach;
  const std::array<Use, 4> uses = {{{"http_relay_port", config_.http_relay_port, kLoopback},
                                    {"health_port", config_.health_port, kAll},
                                    {"prometheus_port", config_.prometheus_port, kAll},
                                    {"debug_handler_port", config_.debug_handler_port, kLoopback}}};
  for (const Use& use : uses) {
    if (use.port != 0) Tell(input::CheckPort(executor_, use.key, use.port, use.reach));
  }
}

asio::awaitable<void> SelfCheck::CheckEncoders() {
  const EncoderFinding missing =
      co_await LookForEncoders(executor_, HandlerEnvironment(""), logger_);
  Tell(missing.h264.empty(), "encoders",
       missing.h264.empty() ? "video can be encoded"
                            : missing.h264 + "; " + std::string(kEncoderRemedy) +
                                  ". Without them only streams that pass as they are are taken");
  if (missing.h264.empty() && !missing.vp8.empty()) {
    Tell(false, "VP8 encoder",
         "the node cannot encode VP8: " + missing.vp8 + "; " + std::string(kVp8Remedy) +
             ". Without it streams fail whose ingress asks for VP8 or whose room does not take "
             "H.264");
  }
}

asio::awaitable<void> SelfCheck::CheckRedis() {
  rpc::RedisBus bus(executor_, rpc::RedisOptions{.redis = config_.redis});
  bus.Start();
  const auto connected = co_await bus.AwaitConnected(kRedisWithin);
  std::string text = bus.status();
  if (!connected && bus.problem())
    text += "; " + control::RedisRemedy(*bus.problem(), config_.redis);
  co_await bus.Stop();
  Tell(connected.has_value(), "redis", std::move(text));
}

asio::awaitable<void> SelfCheck::CheckLiveKit() {
  SfuCheck check(config_, NewId("NE_"));
  SfuWatch watch(observability::RedactUrl(config_.ws_url));
  watch.OnVerdict(co_await check.Ask());
  Tell(watch.ready(), "livekit-server", watch.status());
  if (!watch.verdict().clock_offset) co_return;
  const auto offset = *watch.verdict().clock_offset;
  const bool far = std::chrono::abs(offset) > SfuWatch::kClockTolerance;
  Tell(!far, "clock",
       fmt::format("{} s from livekit-server's{}", std::abs(offset.count()),
                   far ? "; set both by NTP" : ""));
}

}  // namespace ingress::service
