#pragma once

#include <boost/asio/awaitable.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "control/control_plane.h"
#include "input/whip/problem.h"
#include "input/whip/publish.h"
#include "input/whip/target.h"
#include "rpc/ingress_control.h"

namespace ingress::input {

/// The WHIP sessions of the whole cluster: what a client asks here of one that another node has is
/// passed on, and so is what is asked there of ours. The calls are those of LiveKit's own service,
/// whose nodes may be among them.
///
/// Confined to the executor of the control plane, which outlives it.
class RemoteSessions {
 public:
  explicit RemoteSessions(control::ControlPlane& control) : control_(control) {}

  /// Errors: those of the node that has the session; status 404 where none has.
  boost::asio::awaitable<std::expected<void, WhipProblem>> Delete(WhipTarget target);
  boost::asio::awaitable<std::expected<WhipPublish::Patched, WhipProblem>> Patch(
      WhipTarget target, std::string if_match, std::string fragment);

  /// What a session of ours is asked. `secret`: which shows that it is the client who asks.
  struct Asked {
    std::function<std::expected<void, WhipProblem>(const std::string& secret)> remove;
    std::function<std::expected<WhipPublish::Patched, WhipProblem>(
        const std::string& secret, const std::string& if_match, const std::string& fragment)>
        patch;
  };
  /// Lets other nodes reach our session `id` for as long as the object lives.
  boost::asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> Serve(std::string id,
                                                                         Asked asked);

 private:
  control::ControlPlane& control_;
};

}  // namespace ingress::input
