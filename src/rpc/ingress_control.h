#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingress_peer.pb.h"
#include "livekit_ingress.pb.h"
#include "rpc/message_bus.h"
#include "rpc/rpc_error.h"
#include "rpc_ingress.pb.h"
#include "rpc_io.pb.h"

namespace ingress::rpc {

/// The calls an ingress makes to livekit-server (service IOInfo).
class IoInfoClient {
 public:
  virtual ~IoInfoClient() = default;

  /// Codes seen: "not_found" for an unknown key, "unavailable" when no server answers.
  virtual boost::asio::awaitable<RpcResult<::rpc::GetIngressInfoResponse>> GetIngressInfo(
      std::string stream_key) = 0;

  /// `state` must be complete: the server replaces the stored one as a whole.
  virtual boost::asio::awaitable<RpcResult<void>> UpdateIngressState(
      std::string ingress_id, ::livekit::IngressState state) = 0;

  static boost::asio::awaitable<Result<std::unique_ptr<IoInfoClient>>> Make(MessageBus& bus);
};

/// The answer of a call that has none.
struct Nothing {
  static std::string SerializeAsString() { return {}; }
};

/// The calls that reach one running session: those of livekit-server (service IngressHandler, topic
/// ingress id) and those of other nodes (service IngressPeer, topic ingress id, or participant for
/// `holder`; those about WHIP, which any node of the cluster makes, service IngressHandler, topic
/// resource id). Handlers may be left empty.
class SessionRpc {
 public:
  virtual ~SessionRpc() = default;  // deregisters; calls already granted are still answered

  /// The session is over. Other nodes find none here any more; livekit-server, which may have read
  /// that it runs, is still answered, unless another session of the topic does.
  virtual void Retire() = 0;

  struct Handlers {
    std::function<boost::asio::awaitable<RpcResult<::livekit::IngressState>>(
        ::livekit::DeleteIngressRequest)>
        delete_ingress = {};
    std::function<boost::asio::awaitable<RpcResult<::livekit::IngressState>>(
        ::livekit::UpdateIngressRequest)>
        update_ingress = {};
    std::function<boost::asio::awaitable<RpcResult<::ingress::peer::HandOverResponse>>(
        ::ingress::peer::HandOverRequest)>
        hand_over = {};
    std::function<boost::asio::awaitable<RpcResult<::ingress::peer::DebugInfoResponse>>(
        ::ingress::peer::DebugInfoRequest)>
        debug_info = {};
    std::function<boost::asio::awaitable<RpcResult<::ingress::peer::HolderResponse>>(
        ::ingress::peer::HolderRequest)>
        holder = {};
    std::function<boost::asio::awaitable<RpcResult<Nothing>>(::rpc::DeleteWHIPResourceRequest)>
        delete_whip = {};
    std::function<boost::asio::awaitable<RpcResult<::rpc::ICERestartWHIPResourceResponse>>(
        ::rpc::ICERestartWHIPResourceRequest)>
        restart_whip_ice = {};
  };

  static boost::asio::awaitable<Result<std::unique_ptr<SessionRpc>>> Make(MessageBus& bus,
                                                                          std::string topic,
                                                                          Handlers handlers);

  /// The topic of a participant.
  static std::string TopicOf(std::string_view room, std::string_view identity);
};

/// The calls ingress nodes make to each other (service IngressPeer, and IngressHandler for WHIP).
class PeerClient {
 public:
  virtual ~PeerClient() = default;

  /// Asks whichever node holds a session of this ingress to give it up; returns once it has left
  /// the room. `expected`: whether to wait for an answer where the bus cannot tell if there is
  /// anybody to give one. Codes seen: "unavailable" when no node holds one.
  virtual boost::asio::awaitable<RpcResult<::ingress::peer::HandOverResponse>> HandOver(
      std::string ingress_id, ::ingress::peer::HandOverRequest request, bool expected) = 0;

  /// What the node that holds a session of this ingress says of it: a JSON object. Codes as above.
  virtual boost::asio::awaitable<RpcResult<std::string>> DebugInfo(std::string ingress_id) = 0;

  /// Which session is this participant, on whatever node. Codes seen: "unavailable" for none, and
  /// where the bus cannot tell whether there is anybody to be asked.
  virtual boost::asio::awaitable<RpcResult<::ingress::peer::HolderResponse>> Holder(
      std::string room, std::string identity) = 0;

  /// Ends a WHIP session. Codes seen: "unavailable" when no node has it, or "not_found".
  virtual boost::asio::awaitable<RpcResult<void>> DeleteWhip(
      ::rpc::DeleteWHIPResourceRequest request) = 0;

  /// Passes a PATCH of a WHIP session on. Codes seen: the same, and those of a refusal.
  virtual boost::asio::awaitable<RpcResult<::rpc::ICERestartWHIPResourceResponse>> RestartWhipIce(
      ::rpc::ICERestartWHIPResourceRequest request) = 0;

  static boost::asio::awaitable<Result<std::unique_ptr<PeerClient>>> Make(MessageBus& bus);
};

/// The calls livekit-server makes to the node (service IngressInternal).
class NodeRpc {
 public:
  virtual ~NodeRpc() = default;

  struct Handlers {
    std::function<::rpc::ListActiveIngressResponse()> list_active_ingress;
    /// Asked of this node when no other one takes it; the failure is what the caller of the API
    /// gets to read.
    std::function<RpcResult<::livekit::IngressInfo>(const ::rpc::StartIngressRequest&)>
        start_ingress;
  };

  static boost::asio::awaitable<Result<std::unique_ptr<NodeRpc>>> Make(MessageBus& bus,
                                                                       Handlers handlers);
};

}  // namespace ingress::rpc
