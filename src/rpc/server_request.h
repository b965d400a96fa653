#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "psrpc_internal.pb.h"
#include "rpc/rpc_error.h"

namespace ingress::rpc {

/// How long we keep a request that nobody grants, whatever its expiry says.
inline constexpr std::chrono::seconds kMaxGrantWait{30};

/// Ids are 16 characters; they name channels and are kept per request.
inline constexpr std::size_t kMaxIdLength = 128;

/// The name of the lock that elects one server for a request on a queue channel: the Base64
/// SHA-256 of the payload exactly as it was received.
std::string QueueLockKey(ByteView payload);
inline constexpr std::chrono::seconds kQueueLockTtl{5};

/// A payload and the channel to publish it on.
struct Outgoing {
  std::string channel;
  Bytes payload;
};

/// The server's side of one psrpc request: bid, grant, one response.
///
/// Sans-IO: fed with grants and the time, returns what to publish. The lock of a queue method has
/// to be won before.
class ServerRequest {
 public:
  enum class Claim { kWaiting, kWon, kLost };

  /// Errors: kMalformed for a payload that is no request or has no usable ids, kTimeout when it
  /// has expired by our wall clock. Both mean: say nothing.
  static Result<ServerRequest> Accept(ByteView payload, std::string service, std::string server_id,
                                      WallTime wall_now, TimePoint now);

  /// What to publish so that the client may choose us. `affinity` above 0.
  Outgoing Bid(float affinity) const;

  /// A grant from the method's grant channel, ours or somebody else's.
  void Receive(const ::internal::ClaimResponse& grant);

  /// kLost also once `now` is past deadline().
  Claim claim(TimePoint now) const;

  /// Until when a grant may come.
  TimePoint deadline() const { return deadline_; }

  /// The answer, with text made valid UTF-8 and never an empty error. Only the first call returns
  /// something: a second response could block the client for good.
  std::optional<Outgoing> Respond(const RpcResult<std::string>& result, WallTime wall_now);

  const std::string& request_id() const { return request_.request_id(); }

  /// The serialized argument message.
  const std::string& argument() const { return request_.raw_request(); }

 private:
  ServerRequest(::internal::Request request, std::string service, std::string server_id,
                TimePoint deadline);

  ::internal::Request request_;
  std::string service_;
  std::string server_id_;
  TimePoint deadline_;
  std::optional<std::string> winner_;
  bool answered_ = false;
};

}  // namespace ingress::rpc
