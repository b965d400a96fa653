#include "support/media_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <utility>

#include "support/binding_request.h"

namespace ingress::test {
namespace {

using namespace std::chrono_literals;

constexpr int kTries = 50;
constexpr auto kTry = 100ms;
constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";

sockaddr_in LoopbackPort(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int AcceptAny(int /*verified*/, X509_STORE_CTX* /*store*/) { return 1; }

}  // namespace

MediaClient::MediaClient(Options options) : options_(std::move(options)) {
  LibsrtpSession::StartLibrary();
  EXPECT_TRUE(MakeCertificate());
  Move();
}

MediaClient::~MediaClient() = default;

bool MediaClient::MakeCertificate() {
  key_.reset(EVP_EC_gen("P-256"));
  certificate_.reset(X509_new());
  context_.reset(SSL_CTX_new(DTLS_method()));
  ASN1_INTEGER_set(X509_get_serialNumber(certificate_.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), 3600);
  X509_set_pubkey(certificate_.get(), key_.get());
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, AcceptAny);
  return SSL_CTX_use_certificate(context_.get(), certificate_.get()) == 1 &&
         SSL_CTX_use_PrivateKey(context_.get(), key_.get()) == 1 &&
         SSL_CTX_set_tlsext_use_srtp(context_.get(), options_.profiles.c_str()) == 0;
}

sdp::Fingerprint MediaClient::fingerprint() const {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate_.get(), EVP_sha256(), digest.data(), &size);
  return {.algorithm = "sha-256", .digest = {digest.begin(), digest.begin() + size}};
}

void MediaClient::Move() {
  socket_ = UniqueFd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in server = LoopbackPort(options_.port);
  EXPECT_EQ(connect(socket_.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server), 0);
}

Bytes MediaClient::Receive(std::chrono::milliseconds within) {
  pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  Bytes datagram(2048);
  const bool there = poll(&readable, 1, static_cast<int>(within.count())) == 1;
  const ssize_t size =
      there ? recv(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT) : 0;
  datagram.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return datagram;
}

bool MediaClient::CheckIce() {
  const Bytes request = Serialize(BindingRequest{
      .username = options_.ice.ufrag + ":" + options_.ufrag, .password = options_.ice.password});
  const auto key = crypto::HmacSha1::Make(AsBytes(options_.ice.password));
  for (int i = 0; i < kTries; ++i) {
    send(socket_.get(), request.data(), request.size(), 0);
    const Bytes answer = Receive(kTry);
    const auto message = stun::Parse(answer);
    if (message && message->message_class == stun::Class::kSuccess && message->mapped_address &&
        stun::HasIntegrity(answer, *message, *key)) {
      return true;
    }
  }
  return false;
}

bool MediaClient::Handshake() {
  ssl_.reset(SSL_new(context_.get()));
  BIO* bio = BIO_new_dgram(socket_.get(), BIO_NOCLOSE);
  sockaddr_in server = LoopbackPort(options_.port);
  BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &server);
  timeval wait{.tv_sec = 0, .tv_usec = 100'000};
  BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, &wait);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
  SSL_set_mtu(ssl_.get(), 1200);
  if (options_.role == Role::kDtlsClient) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
  for (int i = 0; i < kTries; ++i) {
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return MakeKeys();
    if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ) return false;
    DTLSv1_handle_timeout(ssl_.get());
  }
  return false;
}

bool MediaClient::Lose(int datagrams) {
  for (int i = 0; i < kTries && datagrams > 0; ++i) {
    if (!Receive(kTry).empty()) --datagrams;
  }
  return datagrams == 0;
}

bool MediaClient::MakeKeys() {
  const SRTP_PROTECTION_PROFILE* chosen = SSL_get_selected_srtp_profile(ssl_.get());
  if (chosen == nullptr) return false;
  const auto profile = chosen->id == SRTP_AEAD_AES_128_GCM ? srtp::Profile::kAeadAes128Gcm
                                                           : srtp::Profile::kAes128CmSha1_80;
  const std::size_t salt = srtp::SaltSize(profile);
  Bytes block(2 * (srtp::kKeySize + salt));
  if (SSL_export_keying_material(ssl_.get(), block.data(), block.size(), kLabel.data(),
                                 kLabel.size(), nullptr, 0, 0) != 1) {
    return false;
  }
  const auto key_of = [&](std::size_t side) {
    const ByteView key = ByteView(block).subspan(side * srtp::kKeySize, srtp::kKeySize);
    const ByteView its_salt = ByteView(block).subspan(2 * srtp::kKeySize + side * salt, salt);
    Bytes whole(key.begin(), key.end());
    whole.insert(whole.end(), its_salt.begin(), its_salt.end());
    return whole;
  };
  const bool client = options_.role == Role::kDtlsClient;
  sender_.emplace(LibsrtpSession::Direction::kOutbound, profile, key_of(client ? 0 : 1));
  receiver_.emplace(LibsrtpSession::Direction::kInbound, profile, key_of(client ? 1 : 0));
  return true;
}

void MediaClient::SendRtp(Bytes packet) {
  EXPECT_TRUE(sender_->ProtectRtp(packet));
  EXPECT_GT(send(socket_.get(), packet.data(), packet.size(), 0), 0);
}

void MediaClient::SendRtcp(Bytes packet) {
  EXPECT_TRUE(sender_->ProtectRtcp(packet));
  EXPECT_GT(send(socket_.get(), packet.data(), packet.size(), 0), 0);
}

Bytes MediaClient::ReceiveRtcp() {
  for (int i = 0; i < kTries; ++i) {
    Bytes packet = Receive(kTry);
    if (packet.size() > 1 && packet[0] >> 6 == 2 && receiver_->UnprotectRtcp(packet)) return packet;
  }
  return {};
}

void MediaClient::Close() { SSL_shutdown(ssl_.get()); }

bool MediaClient::AwaitGoodbye() {
  for (int i = 0; i < kTries; ++i) {
    std::array<std::uint8_t, 64> ignored{};
    const int read = SSL_read(ssl_.get(), ignored.data(), static_cast<int>(ignored.size()));
    if (SSL_get_error(ssl_.get(), read) == SSL_ERROR_ZERO_RETURN) return true;
  }
  return false;
}

}  // namespace ingress::test
