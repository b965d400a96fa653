#include "rtc/dtls_transport.h"

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace ingress::rtc {
namespace {

constexpr char kProfiles[] = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::string_view kExporterLabel = "EXTRACTOR-dtls_srtp";  // RFC 5764 §4.2

// OpenSSL's own timer starts at a second: too long for a peer 20 ms away. It gives up after 12
// doublings, which with this ceiling is some nine seconds.
constexpr unsigned int kFirstTimeoutUs = 100'000;
constexpr unsigned int kLongestTimeoutUs = 1'000'000;

unsigned int NextTimeout(SSL* /*ssl*/, unsigned int previous_us) {
  return previous_us == 0 ? kFirstTimeoutUs : std::min(previous_us * 2, kLongestTimeoutUs);
}

// The certificate is self-signed; what counts is its fingerprint, compared after the handshake.
int AcceptAnyChain(int /*verified*/, X509_STORE_CTX* /*store*/) { return 1; }

Result<srtp::Profile> SelectedProfile(SSL* ssl) {
  const SRTP_PROTECTION_PROFILE* profile = SSL_get_selected_srtp_profile(ssl);
  if (profile == nullptr) return Fail(ErrorCode::kUnsupported, "dtls: peer offers no use_srtp");
  switch (profile->id) {
    case SRTP_AEAD_AES_128_GCM:
      return srtp::Profile::kAeadAes128Gcm;
    case SRTP_AES128_CM_SHA1_80:
      return srtp::Profile::kAes128CmSha1_80;
    default:
      return Fail(ErrorCode::kUnsupported, std::string("dtls: SRTP profile ") + profile->name);
  }
}

}  // namespace

DtlsTransport::DtlsTransport(Options options) : options_(std::move(options)) {}

Result<std::unique_ptr<DtlsTransport>> DtlsTransport::Make(const Certificate& certificate,
                                                           Options options) {
  std::unique_ptr<DtlsTransport> transport(new DtlsTransport(std::move(options)));
  if (auto set_up = transport->SetUp(certificate); !set_up) {
    return std::unexpected(set_up.error());
  }
  return transport;
}

Result<void> DtlsTransport::SetUp(const Certificate& certificate) {
  context_.reset(SSL_CTX_new(DTLS_method()));
  SSL_CTX* context = context_.get();
  // SSL_CTX_set_tlsext_use_srtp is the odd one out: it returns 0 on success.
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, kCiphers) != 1 ||
      SSL_CTX_use_certificate(context, certificate.x509()) != 1 ||
      SSL_CTX_use_PrivateKey(context, certificate.key()) != 1 ||
      SSL_CTX_set_tlsext_use_srtp(context, kProfiles) != 0) {
    return crypto::FailOpenssl("dtls: context");
  }
  SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, AcceptAnyChain);

  ssl_.reset(SSL_new(context));
  crypto::BioHandle bio = MakeDatagramBio(datagrams_);
  if (!ssl_ || !bio) return crypto::FailOpenssl("dtls: session");
  BIO* both_ways = bio.release();
  SSL_set_bio(ssl_.get(), both_ways, both_ways);  // takes the one reference
  SSL_set_mtu(ssl_.get(), kMtu);
  DTLS_set_timer_cb(ssl_.get(), NextTimeout);
  if (options_.role == DtlsRole::kServer) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
  }
  return {};
}

Result<void> DtlsTransport::Start() { return Advance(); }

Result<void> DtlsTransport::Receive(ByteView datagram) {
  datagrams_.in.emplace_back(datagram.begin(), datagram.end());
  auto advanced = Advance();
  datagrams_.in.clear();  // OpenSSL has read it, or will never
  return advanced;
}

Result<void> DtlsTransport::HandleTimeout() {
  ERR_clear_error();
  if (DTLSv1_handle_timeout(ssl_.get()) < 0) {
    return Fail(ErrorCode::kTimeout, "dtls: the peer does not answer");
  }
  return {};
}

std::optional<TimePoint> DtlsTransport::NextDeadline(TimePoint now) const {
  timeval left{};
  if (DTLSv1_get_timeout(ssl_.get(), &left) != 1) return std::nullopt;
  return now + std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
}

std::vector<Bytes> DtlsTransport::TakeOutput() { return std::exchange(datagrams_.out, {}); }

std::string_view DtlsTransport::version() const {
  return done_ ? SSL_get_version(ssl_.get()) : std::string_view();
}

std::string_view DtlsTransport::cipher() const {
  return done_ ? SSL_get_cipher_name(ssl_.get()) : std::string_view();
}

void DtlsTransport::Close() {
  ERR_clear_error();
  if (done_) SSL_shutdown(ssl_.get());
}

Result<void> DtlsTransport::Advance() {
  ERR_clear_error();
  int result = 0;
  if (!done_) {
    result = SSL_do_handshake(ssl_.get());
    if (result == 1) return FinishHandshake();
  } else {
    std::array<std::uint8_t, 2048> ignored{};  // no data channel: application data has no reader
    result = SSL_read(ssl_.get(), ignored.data(), static_cast<int>(ignored.size()));
    if (result > 0) return {};
  }
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {};
    case SSL_ERROR_ZERO_RETURN:
      return Fail(ErrorCode::kClosed, "dtls: closed by the peer");
    default: {
      Error error = crypto::FailOpenssl("dtls").error();
      error.code = ErrorCode::kMalformed;
      return std::unexpected(std::move(error));
    }
  }
}

Result<void> DtlsTransport::FinishHandshake() {
  if (auto checked = CheckFingerprint(); !checked) return checked;
  const auto profile = SelectedProfile(ssl_.get());
  if (!profile) return std::unexpected(profile.error());

  // Order of the exported block: client key, server key, client salt, server salt.
  const std::size_t salt_size = srtp::SaltSize(*profile);
  crypto::SecretBytes block(2 * (srtp::kKeySize + salt_size));
  if (SSL_export_keying_material(ssl_.get(), block.data(), block.size(), kExporterLabel.data(),
                                 kExporterLabel.size(), nullptr, 0, 0) != 1) {
    return crypto::FailOpenssl("dtls: export keys");
  }
  const ByteView view(block);
  const auto key_of = [&](std::size_t side) {
    const ByteView key = view.subspan(side * srtp::kKeySize, srtp::kKeySize);
    const ByteView salt = view.subspan(2 * srtp::kKeySize + side * salt_size, salt_size);
    crypto::SecretBytes out(key.begin(), key.end());
    out.insert(out.end(), salt.begin(), salt.end());
    return out;
  };
  const bool server = options_.role == DtlsRole::kServer;
  done_ = true;
  keys_ = srtp::Keys{
      .profile = *profile, .local = key_of(server ? 1 : 0), .remote = key_of(server ? 0 : 1)};
  return {};
}

Result<void> DtlsTransport::CheckFingerprint() const {
  const crypto::X509Handle peer(SSL_get1_peer_certificate(ssl_.get()));
  if (!peer) return Fail(ErrorCode::kUnauthorized, "dtls: peer shows no certificate");
  const auto digest = CertificateDigest(*peer, options_.fingerprint.algorithm);
  if (!digest) return std::unexpected(digest.error());
  if (*digest != options_.fingerprint.digest) {
    return Fail(ErrorCode::kUnauthorized, "dtls: the peer's certificate is not the one in its SDP");
  }
  return {};
}

}  // namespace ingress::rtc
