#include "input/rtmp/rtmp_input.h"

#include <utility>

#include "input/certificate/port_certificate.h"
#include "input/rtmp/listener.h"
#include "input/rtmp/rtmp_check.h"
#include "net/no_port.h"
#include "net/task_scope.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;

class RtmpInput final : public Input {
 public:
  explicit RtmpInput(const Node& node) : node_(node), tasks_(node.executor), listener_(node_) {}

  InputKind kind() const override { return InputKind::kRtmp; }

  std::vector<Port> ports() const override {
    return {{.name = "rtmpPort", .number = node_.config.rtmp_port},
            {.name = "rtmpsPort", .number = node_.config.rtmps.port}};
  }

  Traffic traffic(TimePoint now) const override {
    const ConnectionTable& table = listener_.table();
    return {.strangers = table.strangers(),
            .encoders = table.size() - table.strangers(),
            .buffered_bytes = table.buffered_bytes(),
            .crowded = std::string(table.why_crowded(now))};
  }

  asio::awaitable<Result<void>> Prepare() override {
    const auto& rtmps = node_.config.rtmps;
    if (rtmps.port == 0) co_return Result<void>{};
    certificate_ = std::make_unique<PortCertificate>(
        PortCertificate::Files{.certificate = rtmps.cert_file, .key = rtmps.key_file}, "RTMPS port",
        node_.registry
            .AddGauge("livekit_ingress_rtmps_certificate_expiry_timestamp_seconds",
                      "Until when the certificate of the RTMPS port is valid.")
            .Add({}),
        node_.logger);
    auto loaded = co_await certificate_->Load();
    if (!loaded) co_return Wrap("certificate of rtmps_port", std::move(loaded.error()));
    tasks_.Spawn(certificate_->Watch());
    co_return loaded;
  }

  Result<void> Listen() override {
    using enum RtmpListener::Transport;
    const std::uint16_t plain = node_.config.rtmp_port;
    if (auto ok = listener_.Listen(plain, kPlain); !ok) {
      return std::unexpected(net::NoPort("rtmp_port", plain, ok.error()));
    }
    const std::uint16_t tls = node_.config.rtmps.port;
    if (tls == 0) return {};
    listener_.UseCertificate(*certificate_);
    if (auto ok = listener_.Listen(tls, kTls); !ok) {
      return std::unexpected(net::NoPort("rtmps_port", tls, ok.error()));
    }
    return {};
  }

  void Start() override { listener_.Start(); }

  asio::awaitable<void> Stop() override {
    if (certificate_) certificate_->Stop();
    co_await listener_.Stop();
    co_await tasks_.Join();
  }

 private:
  Node node_;
  net::TaskScope tasks_;
  std::unique_ptr<PortCertificate> certificate_;  // with RTMPS
  RtmpListener listener_;
};

}  // namespace

Factory RtmpFactory() {
  return {.kind = InputKind::kRtmp,
          .enabled = [](const config::Config& config) { return config.rtmp_port != 0; },
          .cost = [](const config::CpuCost& cost, bool /*encodes*/) { return cost.rtmp; },
          .check = CheckRtmp,
          .make = [](const Node& node) -> std::unique_ptr<Input> {
            return std::make_unique<RtmpInput>(node);
          }};
}

}  // namespace ingress::input
