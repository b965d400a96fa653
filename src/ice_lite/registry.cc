#include "ice_lite/registry.h"

#include <utility>

#include "stun/message.h"

namespace ingress::ice_lite {

std::string_view Registry::ToString(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNoStun:
      return "no_stun";
    case Refusal::kMalformed:
      return "malformed";
    case Refusal::kNoRequest:
      return "no_request";
    case Refusal::kUnknownUfrag:
      return "unknown_ufrag";
    case Refusal::kWrongPassword:
      return "wrong_password";
  }
  return "";
}

Result<void> Registry::Add(SessionId session, const sdp::IceCredentials& local,
                           std::string remote_ufrag) {
  auto authenticator = Authenticator::Make(local, std::move(remote_ufrag));
  if (!authenticator) return std::unexpected(std::move(authenticator.error()));
  const auto [entry, added] =
      entries_.try_emplace(local.ufrag, Entry{session, std::move(*authenticator)});
  if (!added) return Fail(ErrorCode::kConflict, "ICE: ufrag " + local.ufrag + " is in use");
  return {};
}

void Registry::Remove(std::string_view ufrag) {
  if (const auto found = entries_.find(ufrag); found != entries_.end()) entries_.erase(found);
}

std::expected<Registry::SessionId, Registry::Refusal> Registry::Identify(ByteView datagram) {
  const auto judged = Judge(datagram);
  if (!judged) ++refused_.at(static_cast<std::size_t>(judged.error()));
  return judged;
}

std::expected<Registry::SessionId, Registry::Refusal> Registry::Judge(ByteView datagram) const {
  if (!stun::LooksLikeStun(datagram)) return std::unexpected(Refusal::kNoStun);
  const auto message = stun::Parse(datagram);
  if (!message) return std::unexpected(Refusal::kMalformed);
  if (message->message_class != stun::Class::kRequest || message->method != stun::kBinding) {
    return std::unexpected(Refusal::kNoRequest);
  }
  const auto found = entries_.find(AddressedUfrag(*message));
  if (found == entries_.end()) return std::unexpected(Refusal::kUnknownUfrag);
  if (!found->second.authenticator.Accepts(datagram, *message)) {
    return std::unexpected(Refusal::kWrongPassword);
  }
  return found->second.session;
}

}  // namespace ingress::ice_lite
