#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace ingress::token {

/// What the token of a participant that only publishes says.
struct AccessTokenClaims {
  std::string room = {};
  std::string identity = {};
  std::string name = {};      // left out when empty
  std::string metadata = {};  // likewise
  std::map<std::string, std::string> attributes = {};
  std::chrono::seconds valid_for{24 * 60 * 60};
};

/// A LiveKit access token: JWT (RFC 7519), HS256 over `api_secret`, of kind "ingress", with the
/// right to join `claims.room`, to publish and to change its own metadata, not to subscribe.
/// Errors: kUnauthorized when the key or the secret is empty, kMalformed without room or identity.
Result<std::string> MakeAccessToken(std::string_view api_key, std::string_view api_secret,
                                    const AccessTokenClaims& claims, WallTime now);

/// `text` with `token`, its parts and the key that issued it replaced by "[redacted]". For words of
/// the server, which quotes both when it refuses a token.
std::string RedactToken(std::string text, std::string_view token);

}  // namespace ingress::token
