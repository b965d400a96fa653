#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "psrpc_internal.pb.h"
#include "rpc/rpc_error.h"

namespace ingress::rpc {

/// How a method is called; fixed per method and the same at all peers.
struct CallOptions {
  bool queue = true;      // exactly one server takes each request
  bool claim = true;      // that server has to bid and be granted the request first
  bool affinity = false;  // the highest bid wins instead of the first
  std::chrono::milliseconds timeout{3000};
  std::chrono::milliseconds selection_timeout{1000};  // waiting for bids
  std::chrono::milliseconds short_circuit{200};       // after the first bid, with affinity
};

/// The caller's side of one psrpc request, from its publication to its result.
///
/// Sans-IO: fed with what arrives on the client's two channels and with the time; returns grants
/// for the caller to publish. Messages of other requests must not be fed.
class ClientCall {
 public:
  ClientCall(std::string request_id, CallOptions options, TimePoint now);

  /// A server bids. Returns the grant to publish when that decides the selection.
  std::optional<::internal::ClaimResponse> Receive(const ::internal::ClaimRequest& bid,
                                                   TimePoint now);

  /// A server answered.
  void Receive(const ::internal::Response& response);

  /// To be called when deadline() has come. Returns the grant to publish, if the time for bids is
  /// up and one of them wins.
  std::optional<::internal::ClaimResponse> HandleTimeout(TimePoint now);

  /// When HandleTimeout() wants to be called, unless something arrives before.
  TimePoint deadline() const;

  /// The serialized result message or the failure, once known. Codes made here:
  /// "unavailable" when nobody bids, "deadline_exceeded"; all others are the server's.
  const std::optional<RpcResult<std::string>>& result() const { return result_; }

 private:
  std::optional<::internal::ClaimResponse> EndSelection();
  void FailSelection();

  std::string request_id_;
  CallOptions options_;
  TimePoint expires_at_;
  TimePoint selection_ends_at_;
  bool selecting_;
  int bids_ = 0;
  std::optional<::internal::ClaimRequest> best_;
  std::optional<RpcError> early_error_;  // answered without a grant, while others may still bid
  std::optional<RpcResult<std::string>> result_;
};

}  // namespace ingress::rpc
