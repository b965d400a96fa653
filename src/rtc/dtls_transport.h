#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/openssl_handle.h"
#include "rtc/certificate.h"
#include "rtc/dtls_bio.h"
#include "sdp/answer.h"
#include "srtp/keys.h"

namespace ingress::rtc {

enum class DtlsRole { kClient, kServer };

/// The DTLS 1.2 handshake that keys SRTP (RFC 5764), one per peer connection.
///
/// Sans-IO but for one thing: OpenSSL reads the system's clock for its retransmission timer, so the
/// deadlines are only true when `now` is the real time.
/// Not thread-safe.
class DtlsTransport {
 public:
  struct Options {
    DtlsRole role = DtlsRole::kServer;
    sdp::Fingerprint fingerprint;  // of the peer's certificate, from its SDP
  };

  /// Datagrams never exceed this, IP and UDP headers not counted.
  static constexpr long kMtu = 1200;

  /// Errors: kInternal with OpenSSL's text. `certificate` is only read here.
  static Result<std::unique_ptr<DtlsTransport>> Make(const Certificate& certificate,
                                                     Options options);
  DtlsTransport(const DtlsTransport&) = delete;
  DtlsTransport& operator=(const DtlsTransport&) = delete;

  /// Begins the handshake; the client's first flight is in TakeOutput() afterwards.
  Result<void> Start();

  /// Takes one datagram (first byte 20 to 63, RFC 7983). Also after the handshake, since the peer
  /// may have lost our last flight.
  /// Errors: kUnauthorized when the peer's certificate has another fingerprint, kMalformed or
  /// kClosed when the handshake or the association ended.
  Result<void> Receive(ByteView datagram);

  /// Sends the last flight again if its time has come.
  /// Errors: kTimeout after a dozen tries without an answer.
  Result<void> HandleTimeout();

  /// When to call HandleTimeout(); empty while no answer is awaited.
  std::optional<TimePoint> NextDeadline(TimePoint now) const;

  /// The datagrams to send, in order.
  std::vector<Bytes> TakeOutput();

  /// Set once the handshake is done and the fingerprint has been found right.
  const std::optional<srtp::Keys>& keys() const { return keys_; }
  /// They are in use and need not lie here for the life of the connection.
  void ForgetKeys() { keys_.reset(); }

  /// What the handshake has agreed on, in OpenSSL's words; both empty before it is done.
  std::string_view version() const;
  std::string_view cipher() const;

  /// Tells the peer that we close (close_notify).
  void Close();

 private:
  explicit DtlsTransport(Options options);
  Result<void> SetUp(const Certificate& certificate);
  Result<void> Advance();
  Result<void> FinishHandshake();
  Result<void> CheckFingerprint() const;

  Options options_;
  DatagramQueues datagrams_;  // the BIO of ssl_ refers to it
  crypto::SslContextHandle context_;
  crypto::SslHandle ssl_;
  bool done_ = false;  // the handshake
  std::optional<srtp::Keys> keys_;
};

}  // namespace ingress::rtc
