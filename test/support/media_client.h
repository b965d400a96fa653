#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "sdp/answer.h"
#include "sdp/offer.h"
#include "support/libsrtp_session.h"

namespace ingress::test {

/// The media side of a WHIP client on a UDP socket: OpenSSL's DTLS with a BIO of its own, and
/// libsrtp. It shares no code with ours but for its Binding requests.
///
/// Its calls block for some seconds at most, so it lives in a thread of its own; false means that
/// the time was over, or that OpenSSL refused.
class MediaClient {
 public:
  enum class Role { kDtlsClient, kDtlsServer };

  struct Options {
    std::uint16_t port = 0;     // on the loopback
    sdp::IceCredentials ice{};  // of the server
    std::string ufrag{};        // ours
    Role role = Role::kDtlsClient;
    std::string profiles = "SRTP_AES128_CM_SHA1_80";
  };

  explicit MediaClient(Options options);
  ~MediaClient();
  MediaClient(const MediaClient&) = delete;
  MediaClient& operator=(const MediaClient&) = delete;

  sdp::Fingerprint fingerprint() const;

  /// Takes another socket, as behind a NAT that has forgotten us.
  void Move();
  /// Sends Binding requests until one is answered.
  bool CheckIce();
  bool Handshake();
  /// Throws the next datagrams away, as a path that loses them does.
  bool Lose(int datagrams);
  void SendRtp(Bytes packet);
  void SendRtcp(Bytes packet);
  /// The next RTCP packet, decrypted; empty: none came.
  Bytes ReceiveRtcp();
  /// close_notify.
  void Close();
  /// Whether the other end has said goodbye.
  bool AwaitGoodbye();

 private:
  bool MakeCertificate();
  bool MakeKeys();
  Bytes Receive(std::chrono::milliseconds within);

  Options options_;
  UniqueFd socket_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{nullptr, EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate_{nullptr, X509_free};
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  std::optional<LibsrtpSession> sender_;
  std::optional<LibsrtpSession> receiver_;
};

}  // namespace ingress::test
