#pragma once

#include <map>
#include <string>

#include "base/clock.h"

namespace ingress::token {

/// The grants of a participant that only publishes.
struct PublishGrant {
  std::string room;
  std::string identity;
  std::string name;      // display name, may be empty
  std::string metadata;  // may be empty
  std::map<std::string, std::string> attributes;
};

inline constexpr std::chrono::hours kTokenLifetime{24};

/// A LiveKit access token: a JWT (RFC 7519) signed with HS256. It lets its bearer join `grant.room`
/// as a participant of kind "ingress" that publishes, does not subscribe, and may set its own
/// attributes. Valid from `now` for kTokenLifetime. The result is a secret.
std::string MakeAccessToken(const std::string& api_key, const std::string& api_secret,
                            const PublishGrant& grant, WallTime now);

}  // namespace ingress::token
