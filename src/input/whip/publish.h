#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "domain/failure.h"
#include "input/publish.h"
#include "input/whip/ice_ports.h"
#include "input/whip/patch_rate.h"
#include "input/whip/problem.h"
#include "observability/logger.h"
#include "rpc/ingress_control.h"
#include "sdp/description.h"
#include "sdp/ice_fragment.h"
#include "sdp/negotiation.h"

namespace ingress::input {

/// One publish by WHIP after its POST: joins the client's requests, its addresses and the session
/// with its handler. In words of RFC 9725 the WHIP session.
///
/// Confined to its owner's executor; held by shared pointers, since a session's call may end it.
class WhipPublish : public std::enable_shared_from_this<WhipPublish> {
 public:
  struct Parts {
    std::string id;          // for all to see …
    std::string secret;      // … and what shows that a request comes from the client
    std::string stream_key;  // likewise, where the client sends it
    IcePorts& ice;           // outlives it
    std::string encoder;     // what the client calls itself; printable
    sdp::Description offer;
    sdp::Negotiation negotiation;
    /// It is over: nothing of it is needed any more. Once; may destroy it.
    std::function<void()> on_over;
  };

  explicit WhipPublish(Parts parts);
  ~WhipPublish();
  WhipPublish(const WhipPublish&) = delete;
  WhipPublish& operator=(const WhipPublish&) = delete;

  /// The session is there: lets the client's addresses in. Our answer to its offer.
  std::expected<std::string, Failure> Begin(std::unique_ptr<SessionLink> link);

  /// Holds what a PATCH comes to.
  struct Patched {
    std::string fragment{};  // our new credentials after an ICE restart; empty: it was none
    std::string tag{};       // likewise, the new entity tag
  };
  /// Takes a fragment whose precondition holds: candidates, of which a server that never checks has
  /// no need, or an ICE restart.
  std::expected<Patched, WhipProblem> Patch(const sdp::IceFragment& fragment);

  /// Says whether the client may send another PATCH now.
  bool AllowPatch(TimePoint now) { return patches_.Allow(now); }

  /// Keeps what lets other nodes reach the session until it is over.
  void Keep(std::unique_ptr<rpc::SessionRpc> registration) {
    registration_ = std::move(registration);
  }

  /// Whether other nodes can reach it.
  bool reachable() const { return registration_ != nullptr; }

  /// The client says that it is done, or we are.
  void End(PublishEnd end);

  /// The session closes us; see EncoderLink.
  void Close(const Failure& failure);
  void OnEvent(const ipc::InputEvent& message);

  const std::string& id() const { return parts_.id; }
  const std::string& secret() const { return parts_.secret; }
  const std::string& stream_key() const { return parts_.stream_key; }
  const std::string& encoder() const { return parts_.encoder; }
  const std::string& tag() const { return tag_; }
  bool over() const { return over_; }
  bool connected() const { return connected_; }
  /// Says why the session has closed us; empty: it has not.
  const std::optional<Failure>& closed() const { return closed_; }

 private:
  Result<void> Admit(const sdp::IceCredentials& local, const std::string& remote_ufrag);
  void DismissBefore(std::size_t kept);
  std::expected<Patched, WhipProblem> RestartIce(const sdp::IceCredentials& remote);
  bool Knows(std::string_view mid) const;
  std::string IceOptions() const;
  std::unique_ptr<SessionLink> Detach();

  Parts parts_;
  std::unique_ptr<SessionLink> link_;
  std::unique_ptr<rpc::SessionRpc> registration_;
  std::string tag_;
  std::deque<std::string> ufrags_;  // ours that are let in, the newest last
  PatchRate patches_;
  bool connected_ = false;
  bool over_ = false;
  std::optional<Failure> closed_;
};

}  // namespace ingress::input
