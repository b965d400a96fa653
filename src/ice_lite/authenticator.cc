#include "ice_lite/authenticator.h"

#include <utility>

#include "base/ids.h"

namespace ingress::ice_lite {
namespace {

constexpr std::size_t kUfragLength = 8;
constexpr std::size_t kPasswordLength = 24;

}  // namespace

sdp::IceCredentials NewCredentials() {
  return {.ufrag = RandomToken(kUfragLength), .password = RandomToken(kPasswordLength)};
}

std::string_view AddressedUfrag(const stun::Message& message) {
  const std::size_t colon = message.username.find(':');
  return colon == std::string_view::npos ? std::string_view() : message.username.substr(0, colon);
}

Authenticator::Authenticator(std::string ufrag, std::string remote_ufrag, crypto::HmacSha1 key)
    : ufrag_(std::move(ufrag)), remote_ufrag_(std::move(remote_ufrag)), key_(std::move(key)) {}

Result<Authenticator> Authenticator::Make(const sdp::IceCredentials& local,
                                          std::string remote_ufrag) {
  if (local.ufrag.size() < kMinUfragSize || local.ufrag.size() > kMaxUfragSize ||
      local.password.size() < kMinPasswordSize || remote_ufrag.size() > kMaxUfragSize) {
    return Fail(ErrorCode::kMalformed,
                "ICE credentials: ufrag of " + std::to_string(local.ufrag.size()) +
                    " characters, password of " + std::to_string(local.password.size()));
  }
  auto key = crypto::HmacSha1::Make(AsBytes(local.password));
  if (!key) return Wrap("ICE password", std::move(key.error()));
  return Authenticator(local.ufrag, std::move(remote_ufrag), std::move(*key));
}

bool Authenticator::Accepts(ByteView datagram, const stun::Message& message) const {
  if (AddressedUfrag(message) != ufrag_) return false;
  const std::string_view from = message.username.substr(ufrag_.size() + 1);
  if (!remote_ufrag_.empty() && from != remote_ufrag_) return false;
  return stun::HasIntegrity(datagram, message, key_);
}

}  // namespace ingress::ice_lite
