#include "token/access_token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace ingress::token {
namespace {

namespace json = boost::json;

/// base64url without padding (RFC 7515 §2).
std::string Base64Url(ByteView data) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  out.reserve((data.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : data) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6) out.push_back(kLetters[bits >> (held - 6) & 0x3f]);
  }
  if (held > 0) out.push_back(kLetters[bits << (6 - held) & 0x3f]);
  return out;
}

std::string HmacSha256(std::string_view key, std::string_view text) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const ByteView bytes = AsBytes(text);
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(),
       digest.data(), &size);
  return Base64Url({digest.data(), size});
}

std::int64_t Seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string MakeAccessToken(const std::string& api_key, const std::string& api_secret,
                            const PublishGrant& grant, WallTime now) {
  json::object attributes;
  for (const auto& [key, value] : grant.attributes) attributes[key] = value;
  const json::object claims{
      {"iss", api_key},
      {"sub", grant.identity},
      {"nbf", Seconds(now)},
      {"exp", Seconds(now + kTokenLifetime)},
      {"name", grant.name},
      {"kind", "ingress"},
      {"metadata", grant.metadata},
      {"attributes", attributes},
      {"video",
       {{"roomJoin", true},
        {"room", grant.room},
        {"canPublish", true},
        {"canSubscribe", false},
        {"canUpdateOwnMetadata", true}}},
  };
  const json::object header{{"alg", "HS256"}, {"typ", "JWT"}};
  std::string token = Base64Url(AsBytes(json::serialize(header))) + "." +
                      Base64Url(AsBytes(json::serialize(claims)));
  const std::string signature = HmacSha256(api_secret, token);
  return token + "." + signature;
}

}  // namespace ingress::token
