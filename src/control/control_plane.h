#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "rpc/ingress_control.h"

namespace ingress::control {

/// Held by the node that starts a session of an ingress, given back with this object.
class StartLock {
 public:
  virtual ~StartLock() = default;
};

/// Who knows the ingresses that this node serves: it is asked for them by stream key, is told their
/// states, and gives orders for their sessions; and the way to the nodes beside this one.
///
/// Confined to its executor. Start() once; the calls of the second half may be made once
/// AwaitReady() had no error, and until Stop(), which is awaited before it is destroyed.
class ControlPlane {
 public:
  struct Condition {
    bool connected = false;
    std::string status;  // one line for logs and the health page, with a remedy; no secrets
  };

  virtual ~ControlPlane() = default;

  /// Begins to connect. `node` answers what this node is asked.
  virtual void Start(rpc::NodeRpc::Handlers node) = 0;

  /// Waits at most `limit` until the node can ask and be asked. To be called again after an error:
  /// kUnavailable while it is not connected, with the reason; others where it cannot be asked.
  virtual boost::asio::awaitable<Result<void>> AwaitReady(std::chrono::milliseconds limit) = 0;

  /// Waits for the answers still owed, then disconnects. What ServeSession() and
  /// ServeParticipant() have returned is gone by now.
  virtual boost::asio::awaitable<void> Stop() = 0;

  virtual Condition condition() const = 0;

  /// Looks ingresses up and takes their states.
  virtual rpc::IoInfoClient& ingresses() = 0;

  /// Asks whichever node has a session.
  virtual rpc::PeerClient& nodes() = 0;

  /// Lets the session of this ingress be reached, or the WHIP session of this resource id, for as
  /// long as the object lives.
  virtual boost::asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> ServeSession(
      std::string id, rpc::SessionRpc::Handlers handlers) = 0;

  /// Lets a session be found by the participant that it is in a room.
  virtual boost::asio::awaitable<Result<std::unique_ptr<rpc::SessionRpc>>> ServeParticipant(
      std::string room, std::string identity, rpc::SessionRpc::Handlers handlers) = 0;

  /// Waits while another node starts a session of this ingress, but for seconds at most: it is
  /// better to start a second session than none.
  virtual boost::asio::awaitable<std::unique_ptr<StartLock>> LockStart(std::string ingress_id) = 0;
};

}  // namespace ingress::control
