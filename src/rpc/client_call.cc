#include "rpc/client_call.h"

#include <algorithm>
#include <utility>

namespace ingress::rpc {
namespace {

RpcResult<std::string> ReadResult(const ::internal::Response& response) {
  if (response.error().empty()) return response.raw_response();
  return RpcFail(response.code().empty() ? "unknown" : response.code(), response.error());
}

}  // namespace

ClientCall::ClientCall(std::string request_id, CallOptions options, TimePoint now)
    : request_id_(std::move(request_id)),
      options_(options),
      expires_at_(now + options.timeout),
      selection_ends_at_(now + std::min(options.selection_timeout, options.timeout)),
      selecting_(options.claim) {}

std::optional<::internal::ClaimResponse> ClientCall::Receive(const ::internal::ClaimRequest& bid,
                                                             TimePoint now) {
  if (!selecting_ || result_) return std::nullopt;
  if (bids_++ == 0 && options_.affinity) {
    selection_ends_at_ = std::min(selection_ends_at_, now + options_.short_circuit);
  }
  if (!options_.affinity) {
    best_ = bid;
    return EndSelection();
  }
  // A bid of exactly 0 says "if need be not me" and never wins; the earlier of two equals does.
  const float to_beat = best_ ? best_->affinity() : 0.0F;
  if (bid.affinity() > to_beat) best_ = bid;
  return std::nullopt;
}

void ClientCall::Receive(const ::internal::Response& response) {
  if (result_) return;
  if (!selecting_ || options_.queue) {
    // On a queue method no second server has the request, so even an answer out of turn is final
    // (psrpc 0.7.5 and later see it the same way).
    result_ = ReadResult(response);
    return;
  }
  RpcResult<std::string> early = ReadResult(response);
  if (!early) early_error_ = std::move(early.error());
}

std::optional<::internal::ClaimResponse> ClientCall::HandleTimeout(TimePoint now) {
  if (result_) return std::nullopt;
  std::optional<::internal::ClaimResponse> grant;
  if (selecting_ && now >= selection_ends_at_) grant = EndSelection();
  if (!result_ && now >= expires_at_) {
    result_ = RpcFail("deadline_exceeded", "request timed out");
    return std::nullopt;
  }
  return grant;
}

TimePoint ClientCall::deadline() const { return selecting_ ? selection_ends_at_ : expires_at_; }

std::optional<::internal::ClaimResponse> ClientCall::EndSelection() {
  selecting_ = false;
  if (!best_) {
    FailSelection();
    return std::nullopt;
  }
  ::internal::ClaimResponse grant;
  grant.set_request_id(request_id_);
  grant.set_server_id(best_->server_id());
  return grant;
}

void ClientCall::FailSelection() {
  if (early_error_) {
    result_ = std::unexpected(*early_error_);
  } else if (bids_ == 0) {
    result_ = RpcFail("unavailable", "no response from servers");
  } else {
    result_ = RpcFail("unavailable",
                      "no servers available (received " + std::to_string(bids_) + " responses)");
  }
}

}  // namespace ingress::rpc
