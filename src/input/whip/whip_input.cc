#include "input/whip/whip_input.h"

#include <utility>

#include "input/whip/endpoint.h"
#include "input/whip/shared_ports.h"
#include "net/http_server.h"
#include "net/no_port.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;

class WhipInput final : public Input {
 public:
  explicit WhipInput(const Node& node) : node_(node), ports_(node_), endpoint_(node_, ports_) {}

  InputKind kind() const override { return InputKind::kWhip; }

  std::vector<Port> ports() const override {
    const config::Whip& whip = node_.config.whip;
    return {{.name = "whipPort", .number = http_ ? whip.port : std::uint16_t{0}},
            {.name = "whipUdpPort", .number = http_ ? whip.udp_port : std::uint16_t{0}}};
  }

  Traffic traffic(TimePoint now) const override {
    return {.strangers = endpoint_.table().strangers(),
            .encoders = endpoint_.sessions(),
            .buffered_bytes = 0,
            .crowded = std::string(endpoint_.table().why_crowded(now))};
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
    endpoint_.GiveUp();
    if (http_) co_await http_->Stop();
    endpoint_.Stop();
    co_await ports_.Stop();
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
         .on_crowded =
             [this](const std::string& peer) {
               node_.limits.Strike(Limit::kHttpConnections, peer, Clock::now());
             }},
        [this](const net::HttpRequest& request) { return endpoint_.Answer(request); });
    if (!server) return std::unexpected(net::NoPort("whip_port", port, server.error()));
    http_ = std::move(*server);
    return {};
  }

  Node node_;
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
  if (whip.tcp_port != 0) {
    lines.push_back(CheckPort(executor, "rtc_config.tcp_port", whip.tcp_port));
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
