#include "input/whip/whip_input.h"

#include <functional>
#include <memory>
#include <utility>

#include "input/certificate/port_certificate.h"
#include "input/whip/endpoint.h"
#include "input/whip/shared_ports.h"
#include "net/http_server.h"
#include "net/no_port.h"
#include "net/task_scope.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;

class WhipInput final : public Input {
 public:
  explicit WhipInput(const Node& node)
      : node_(node), tasks_(node.executor), ports_(node_), endpoint_(node_, ports_) {}

  InputKind kind() const override { return InputKind::kWhip; }

  std::vector<Port> ports() const override {
    const config::Whip& whip = node_.config.whip;
    return {
        {.name = "whipPort", .number = http_ ? whip.port : std::uint16_t{0}},
        {.name = "whipUdpPort", .number = http_ ? ports_.udp_port() : std::uint16_t{0}},
        {.name = "whipTcpPort", .number = http_ ? node_.config.rtc.tcp_port : std::uint16_t{0}}};
  }

  Traffic traffic(TimePoint now) const override {
    return {.strangers = endpoint_.table().strangers(),
            .encoders = endpoint_.sessions(),
            .buffered_bytes = 0,
            .crowded = std::string(endpoint_.table().why_crowded(now))};
  }

  asio::awaitable<Result<void>> Prepare() override {
    co_await ports_.Prepare();
    const config::WhipTls& tls = node_.config.whip.tls;
    if (!tls.on()) co_return Result<void>{};
    certificate_ = std::make_unique<PortCertificate>(
        PortCertificate::Files{.certificate = tls.cert_file, .key = tls.key_file}, "WHIP port",
        node_.registry
            .AddGauge("livekit_ingress_whip_certificate_expiry_timestamp_seconds",
                      "Until when the certificate of the WHIP port is valid.")
            .Add({}),
        node_.logger);
    auto loaded = co_await certificate_->Load();
    if (!loaded) co_return Wrap("certificate of whip_port", std::move(loaded.error()));
    tasks_.Spawn(certificate_->Watch());
    co_return loaded;
  }

  Result<void> Listen() override {
    auto listening = ListenOnPorts();
    if (listening || node_.config.whip.port_given) return listening;
    // Nobody has asked for it: a node of RTMP starts without.
    node_.logger.Warn("WHIP is not served; set whip_port, -1 for none",
                      {{"error", listening.error()}});
    return {};
  }

  void Start() override {
    if (!http_) return;
    ports_.Start();
    http_->Start();
  }

  asio::awaitable<void> Stop() override {
    if (certificate_) certificate_->Stop();
    endpoint_.GiveUp();
    if (http_) co_await http_->Stop();
    endpoint_.Stop();
    co_await endpoint_.Join();
    co_await ports_.Stop();
    co_await tasks_.Join();
  }

 private:
  static constexpr std::size_t kMaxConnections = 1024;  // browsers keep theirs for a while

  Result<void> ListenOnPorts() {
    if (auto listening = ports_.Listen(); !listening) return listening;
    const std::uint16_t port = node_.config.whip.port;
    auto server = net::HttpServer::ListenAsync(
        node_.executor,
        {.port = port,
         .max_connections = kMaxConnections,
         .on_refusal = WhipEndpoint::Complete,
         .throttle = &node_.strangers,
         .tls = CertificateOfTheMoment(),
         .on_tls_failure =
             [this](const std::string& peer, const Error& error) {
               if (!node_.limits.AllowLine(Clock::now())) return;
               node_.logger.Warn("TLS handshake of a WHIP client failed",
                                 {{observability::field::kPeer, peer}, {"error", error}});
             },
         .on_crowded =
             [this](const std::string& peer) {
               node_.limits.Strike(Limit::kHttpConnections, peer, Clock::now());
             }},
        [this](const net::HttpRequest& request) { return endpoint_.Answer(request); });
    if (!server) return std::unexpected(net::NoPort("whip_port", port, server.error()));
    http_ = std::move(*server);
    return {};
  }

  /// Empty: without TLS.
  std::function<std::shared_ptr<const net::TlsServer>()> CertificateOfTheMoment() const {
    if (!certificate_) return {};
    return [this] { return certificate_->server(); };
  }

  Node node_;
  net::TaskScope tasks_;
  std::unique_ptr<PortCertificate> certificate_;  // with TLS
  SharedPorts ports_;
  WhipEndpoint endpoint_;
  std::unique_ptr<net::HttpServer> http_;
};

constexpr double kPassedCost = 0.1;  // cores, of a session that never encodes

std::optional<double> CostOf(const config::CpuCost& cost, bool encodes) {
  return encodes ? cost.whip : cost.whip_bypass.value_or(kPassedCost);
}

std::vector<CheckLine> CheckWhip(const asio::any_io_executor& executor,
                                 const config::Config& config) {
  const config::Whip& whip = config.whip;
  if (!whip.port_given) return {};  // the node starts without WHIP where nobody has asked for it
  std::vector<CheckLine> lines = {CheckPort(executor, "whip_port", whip.port)};
  if (config.rtc.tcp_port != 0) {
    lines.push_back(CheckPort(executor, "rtc_config.tcp_port", config.rtc.tcp_port));
  }
  if (whip.tls.on()) {
    lines.push_back(CheckCertificate(
        "whip certificate", {.certificate = whip.tls.cert_file, .key = whip.tls.key_file}));
  }
  return lines;
}

}  // namespace

Factory WhipFactory() {
  return {.kind = InputKind::kWhip,
          .enabled = [](const config::Config& config) { return config.whip.port != 0; },
          .cost = CostOf,
          .check = CheckWhip,
          .make = [](const Node& node) -> std::unique_ptr<Input> {
            return std::make_unique<WhipInput>(node);
          }};
}

}  // namespace ingress::input
