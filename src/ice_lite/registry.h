#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "base/result.h"
#include "ice_lite/authenticator.h"
#include "sdp/offer.h"

namespace ingress::ice_lite {

/// Finds whose session a datagram belongs to, on a port that all sessions share: the ufrag to which
/// a Binding request is addressed says it, the password proves it.
///
/// Whoever fails gets no answer, so that a forged source address brings nobody a packet. Sans-IO.
/// What strangers send costs neither memory nor, unless they know a ufrag, a digest.
class Registry {
 public:
  using SessionId = std::uint64_t;  // the owner's

  /// Says why a datagram belongs to nobody.
  enum class Refusal : std::uint8_t {
    kNoStun,
    kMalformed,
    kNoRequest,  // STUN, but no Binding request
    kUnknownUfrag,
    kWrongPassword,  // or the client's ufrag is another one than in its SDP
  };
  static constexpr std::size_t kRefusals = 5;
  /// Names it for metrics and logs.
  static std::string_view ToString(Refusal refusal);

  /// Lets requests with these credentials in. A session may have several, as after an ICE restart.
  /// Errors: those of Authenticator::Make(); kConflict for a ufrag that is there already.
  Result<void> Add(SessionId session, const sdp::IceCredentials& local, std::string remote_ufrag);

  /// Nothing happens for one that is not there.
  void Remove(std::string_view ufrag);

  std::expected<SessionId, Refusal> Identify(ByteView datagram);

  std::size_t size() const { return entries_.size(); }
  std::uint64_t refused(Refusal refusal) const {
    return refused_.at(static_cast<std::size_t>(refusal));
  }

 private:
  struct Entry {
    SessionId session = 0;
    Authenticator authenticator;
  };
  /// Lets a part of a datagram be looked up as it lies there.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  std::expected<SessionId, Refusal> Judge(ByteView datagram) const;

  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;  // by ufrag
  std::array<std::uint64_t, kRefusals> refused_{};
};

}  // namespace ingress::ice_lite
