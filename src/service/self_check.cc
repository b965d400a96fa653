#include "service/self_check.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "base/ids.h"
#include "control/redis_remedy.h"
#include "domain/admission.h"
#include "input/rtmp/certificate_validity.h"
#include "input/rtmp/rtmps_certificate.h"
#include "net/listen.h"
#include "net/no_port.h"
#include "node/node.h"
#include "rpc/redis_bus.h"
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
  CheckPorts();
  CheckCertificate();
  co_await CheckEncoders();
  co_await CheckRedis();
  co_await CheckLiveKit();
  co_return all_good_;
}

void SelfCheck::Tell(bool good, std::string what, std::string text) {
  all_good_ = all_good_ && good;
  print_({.good = good, .what = std::move(what), .text = std::move(text)});
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
  const auto warning = CostWarning(
      cores, {.configured_cost = config_.cpu_cost.rtmp, .max_sessions = config_.max_sessions});
  Tell(!warning, "cores", warning.value_or(fmt::format("{:g} for streams", cores)));
}

void SelfCheck::CheckPorts() {
  struct Use {
    const char* key;
    std::uint16_t port;
    bool loopback;
  };
  // A node starts without WHIP where nobody has asked for it.
  const std::uint16_t whip = config_.whip.port_given ? config_.whip.port : std::uint16_t{0};
  const std::array<Use, 8> uses = {
      {{"rtmp_port", config_.rtmp_port, false},
       {"rtmps_port", config_.rtmps.port, false},
       {"whip_port", whip, false},
       {"rtc_config.tcp_port", whip != 0 ? config_.whip.tcp_port : whip, false},
       {"http_relay_port", config_.http_relay_port, true},
       {"health_port", config_.health_port, false},
       {"prometheus_port", config_.prometheus_port, false},
       {"debug_handler_port", config_.debug_handler_port, true}}};
  for (const Use& use : uses) {
    if (use.port == 0) continue;
    const auto acceptor = use.loopback ? net::ListenOn(executor_, "127.0.0.1", use.port)
                                       : net::ListenOnAll(executor_, use.port);
    Tell(acceptor.has_value(), use.key,
         acceptor ? std::to_string(use.port) + " is free"
                  : net::NoPort(use.key, use.port, acceptor.error()).context);
  }
}

void SelfCheck::CheckCertificate() {
  if (config_.rtmps.port == 0) return;
  const auto server = input::RtmpsCertificate::ReadFiles(
      {.certificate = config_.rtmps.cert_file, .key = config_.rtmps.key_file});
  if (!server) {
    Tell(false, "rtmps certificate", server.error().context);
    return;
  }
  const input::CertificateValidity validity{.from = (*server)->not_before(),
                                            .until = (*server)->not_after()};
  const std::string wrong = input::WhyNotValid(validity, WallClock::now());
  Tell(wrong.empty(), "rtmps certificate",
       wrong.empty() ? "valid until " + input::DateOf(validity.until) : wrong);
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
