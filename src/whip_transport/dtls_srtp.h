#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "rtc/certificate.h"
#include "rtc/dtls_transport.h"
#include "srtp/outbound.h"
#include "srtp/rtcp_inbound.h"
#include "whip_transport/srtp_inbound.h"

namespace ingress::whip_transport {

/// DTLS, and what it keys: RTP and RTCP come in, RTCP goes out. Sans-IO but for OpenSSL's timer,
/// see rtc::DtlsTransport. Not thread-safe.
class DtlsSrtp {
 public:
  /// A reason for which a packet was thrown away; a constant of ours.
  using Drop = std::string_view;

  /// Errors: those of rtc::DtlsTransport::Make().
  static Result<DtlsSrtp> Make(const rtc::Certificate& certificate,
                               rtc::DtlsTransport::Options options);

  /// Sends the first flight, as a client. Once.
  Result<void> Start() { return Advanced(dtls_->Start()); }
  /// Takes one DTLS datagram. Errors: those of rtc::DtlsTransport::Receive(), and kInternal.
  Result<void> OnDtls(ByteView datagram) { return Advanced(dtls_->Receive(datagram)); }
  Result<void> HandleTimeout() { return dtls_->HandleTimeout(); }
  std::optional<TimePoint> NextDeadline(TimePoint now) const { return dtls_->NextDeadline(now); }
  /// DTLS datagrams to send, in order; ask after each of the calls above.
  std::vector<Bytes> TakeOutput() { return dtls_->TakeOutput(); }
  /// Tells the client that we close.
  void Close() { dtls_->Close(); }

  bool connected() const { return protection_.has_value(); }
  std::optional<srtp::Profile> profile() const;
  /// See rtc::DtlsTransport.
  std::string_view version() const { return dtls_->version(); }
  std::string_view cipher() const { return dtls_->cipher(); }

  /// Checks and decrypts in place; returns the size that is left. Only when connected().
  std::expected<std::size_t, Drop> OpenRtp(std::span<std::uint8_t> packet);
  std::expected<std::size_t, Drop> OpenRtcp(std::span<std::uint8_t> packet);
  /// The protected packet. Only when connected(). Errors: those of srtp::Outbound::ProtectRtcp().
  Result<Bytes> ProtectRtcp(ByteView packet);

 private:
  struct Protection {
    srtp::Profile profile;
    SrtpInbound rtp;
    srtp::RtcpInbound rtcp;
    srtp::Outbound outbound;
  };

  explicit DtlsSrtp(std::unique_ptr<rtc::DtlsTransport> dtls) : dtls_(std::move(dtls)) {}

  Result<void> Advanced(Result<void> result);
  Result<void> UseKeys(const srtp::Keys& keys);

  std::unique_ptr<rtc::DtlsTransport> dtls_;
  std::optional<Protection> protection_;  // once the handshake is done
};

}  // namespace ingress::whip_transport
