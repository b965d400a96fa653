#include "input/whip/ice_server_links.h"

#include <openssl/evp.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/host_port.h"
#include "crypto/hmac_sha1.h"

namespace ingress::input {
namespace {

using config::TurnServer;
using Protocol = TurnServer::Protocol;

struct Credential {
  std::string username;
  std::string password;
};

/// A secret above a block stands for its digest (RFC 2104 §2).
std::optional<crypto::HmacSha1> MacOf(const std::string& secret) {
  ByteView key = AsBytes(secret);
  crypto::HmacSha1::Digest digest{};
  if (key.size() > crypto::HmacSha1::kMaxKeySize) {
    if (EVP_Digest(key.data(), key.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1) {
      return std::nullopt;
    }
    key = digest;
  }
  auto mac = crypto::HmacSha1::Make(key);
  if (!mac) return std::nullopt;
  return std::move(*mac);
}

std::string Base64(ByteView bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

/// TURN REST (draft-uberti-behave-turn-rest-00 §2.2): the name is the time at which it expires.
std::optional<Credential> OwnCredential(const TurnServer& server, WallClock::time_point now) {
  const auto mac = MacOf(server.secret);
  if (!mac) return std::nullopt;
  std::string username = std::to_string(WallClock::to_time_t(now + server.ttl)) + ":whip";
  crypto::HmacSha1::Digest digest{};
  if (!mac->Sign({AsBytes(username)}, digest)) return std::nullopt;
  return Credential{.username = std::move(username), .password = Base64(digest)};
}

std::optional<Credential> CredentialOf(const TurnServer& server, WallClock::time_point now) {
  if (!server.usable()) return std::nullopt;
  if (!server.secret.empty()) return OwnCredential(server, now);
  return Credential{.username = server.username, .password = server.credential};
}

/// A quoted-string (RFC 9110 §5.6.4).
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string Link(std::string_view url) {
  return std::string("<").append(url).append(">; rel=\"ice-server\"");
}

/// Empty for a server that needs a credential and has none.
std::optional<std::string> TurnLink(const TurnServer& server, WallClock::time_point now) {
  const auto credential = CredentialOf(server, now);
  if (!credential) return std::nullopt;
  std::string url = server.protocol == Protocol::kTls ? "turns:" : "turn:";
  url += JoinHostPort(server.host, server.port);
  url += server.protocol == Protocol::kUdp ? "?transport=udp" : "?transport=tcp";
  return Link(url) + "; username=" + Quoted(credential->username) +
         "; credential=" + Quoted(credential->password) + "; credential-type=\"password\"";
}

}  // namespace

std::vector<std::string> IceServerLinks(const config::Rtc& rtc, WallClock::time_point now) {
  std::vector<std::string> links;
  links.reserve(rtc.stun_servers.size() + rtc.turn_servers.size());
  for (const std::string& server : rtc.stun_servers) links.push_back(Link("stun:" + server));
  for (const Protocol protocol : {Protocol::kUdp, Protocol::kTcp, Protocol::kTls}) {
    for (const TurnServer& server : rtc.turn_servers) {
      if (server.protocol != protocol) continue;
      if (auto link = TurnLink(server, now)) links.push_back(std::move(*link));
    }
  }
  return links;
}

}  // namespace ingress::input
