#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "sdp/candidate.h"
#include "sdp/offer.h"

namespace ingress::input {

/// An address of a client that has proved to know its session's password.
struct IcePeer {
  UniqueFd socket{};      // connected to it
  bool tcp = false;       // with the framing of RFC 4571
  Bytes received{};       // what was read of the socket already: of UDP one datagram
  std::string address{};  // "address:port"
};

/// The ports by which the media of all sessions come. Confined to the executor of its owner.
class IcePorts {
 public:
  using OnPeer = std::function<void(IcePeer peer)>;

  virtual ~IcePorts() = default;

  /// Returns what every answer lists, the best first; an address of another family than the
  /// client's does no harm.
  virtual std::vector<sdp::Candidate> candidates() const = 0;

  /// Gives `on_peer` whoever speaks to `local`, our credentials, as `remote_ufrag`, each new
  /// address once. Errors: kConflict for a ufrag that is there already.
  virtual Result<void> Admit(const sdp::IceCredentials& local, std::string remote_ufrag,
                             OnPeer on_peer) = 0;

  /// Nothing happens for one that is not there.
  virtual void Dismiss(std::string_view local_ufrag) = 0;
};

}  // namespace ingress::input
