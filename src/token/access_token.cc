#include "token/access_token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "base/bytes.h"
#include "token/base64.h"

namespace ingress::token {
namespace {

namespace json = boost::json;

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kRedacted = "[redacted]";
constexpr std::size_t kShortestSecretPart = 8;  // a shorter text would redact ordinary words

std::string ClaimsJson(std::string_view api_key, const AccessTokenClaims& claims, WallTime now) {
  const std::int64_t issued_at =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  json::object out;
  out["iss"] = api_key;
  out["sub"] = claims.identity;
  out["exp"] = issued_at + claims.valid_for.count();
  out["nbf"] = issued_at;
  out["iat"] = issued_at;
  out["identity"] = claims.identity;
  if (!claims.name.empty()) out["name"] = claims.name;
  out["kind"] = "ingress";
  // canSubscribe must be written out: absent means true.
  out["video"] = json::object{{"roomJoin", true},
                              {"room", claims.room},
                              {"canPublish", true},
                              {"canSubscribe", false},
                              {"canUpdateOwnMetadata", true}};
  if (!claims.metadata.empty()) out["metadata"] = claims.metadata;
  json::object attributes;
  for (const auto& [key, value] : claims.attributes) attributes[key] = value;
  if (!attributes.empty()) out["attributes"] = std::move(attributes);
  return json::serialize(out);
}

Result<Bytes> HmacSha256(std::string_view key, std::string_view text) {
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  const ByteView data = AsBytes(text);
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(), data.size(),
           out.data(), &size) == nullptr) {
    return Fail(ErrorCode::kInternal, "access token: HMAC failed");
  }
  out.resize(size);
  return out;
}

std::vector<std::string> SplitAtDots(std::string_view token) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= token.size();) {
    const std::size_t dot = std::min(token.find('.', begin), token.size());
    parts.emplace_back(token.substr(begin, dot - begin));
    begin = dot + 1;
  }
  return parts;
}

std::string IssuerOf(std::string_view payload) {
  const auto decoded = DecodeBase64Url(payload);
  if (!decoded) return {};
  boost::system::error_code error;
  const json::value claims = json::parse(json::string_view(AsText(*decoded)), error);
  if (error || !claims.is_object()) return {};
  const json::value* issuer = claims.get_object().if_contains("iss");
  if (issuer == nullptr || !issuer->is_string()) return {};
  return {issuer->get_string().data(), issuer->get_string().size()};
}

void ReplaceAll(std::string& text, std::string_view what) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + kRedacted.size())) {
    text.replace(at, what.size(), kRedacted);
  }
}

}  // namespace

Result<std::string> MakeAccessToken(std::string_view api_key, std::string_view api_secret,
                                    const AccessTokenClaims& claims, WallTime now) {
  if (api_key.empty() || api_secret.empty()) {
    return Fail(ErrorCode::kUnauthorized, "access token: no API key or secret is configured");
  }
  if (claims.room.empty() || claims.identity.empty()) {
    return Fail(ErrorCode::kMalformed, "access token: room or participant identity missing");
  }
  std::string token =
      EncodeBase64Url(AsBytes(kHeader), Base64Padding::kNone) + "." +
      EncodeBase64Url(AsBytes(ClaimsJson(api_key, claims, now)), Base64Padding::kNone);
  const auto signature = HmacSha256(api_secret, token);
  if (!signature) return std::unexpected(signature.error());
  token += "." + EncodeBase64Url(*signature, Base64Padding::kNone);
  return token;
}

std::string RedactToken(std::string text, std::string_view token) {
  if (token.empty()) return text;
  ReplaceAll(text, token);
  const std::vector<std::string> parts = SplitAtDots(token);
  for (const std::string& part : parts) {
    if (part.size() >= kShortestSecretPart) ReplaceAll(text, part);
  }
  const std::string issuer = parts.size() > 1 ? IssuerOf(parts[1]) : std::string();
  if (!issuer.empty()) ReplaceAll(text, issuer);
  return text;
}

}  // namespace ingress::token
