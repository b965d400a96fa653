#include "rpc/server_request.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"
#include "rpc/channel_name.h"
#include "rpc/envelope.h"
#include "rpc/wall_nanoseconds.h"

namespace ingress::rpc {
namespace {

bool IsUsableId(const std::string& id) { return !id.empty() && id.size() <= kMaxIdLength; }

}  // namespace

std::string QueueLockKey(ByteView payload) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(payload.data(), payload.size(), digest.data());
  std::array<unsigned char, 4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1> text{};  // and a zero
  const int size = EVP_EncodeBlock(text.data(), digest.data(), digest.size());
  return std::string(AsText({text.data(), static_cast<std::size_t>(size)}));
}

Result<ServerRequest> ServerRequest::Accept(ByteView payload, std::string service,
                                            std::string server_id, WallTime wall_now,
                                            TimePoint now) {
  Result<::internal::Request> request = Unpack<::internal::Request>(payload);
  if (!request) return std::unexpected(request.error());
  if (!IsUsableId(request->request_id()) || !IsUsableId(request->client_id())) {
    return Fail(ErrorCode::kMalformed, "psrpc: request without usable ids");
  }
  const std::int64_t wall = ToNanoseconds(wall_now);
  if (wall >= request->expiry()) return Fail(ErrorCode::kTimeout, "psrpc: request has expired");
  const std::chrono::nanoseconds left(request->expiry() - wall);  // both positive: no overflow
  const TimePoint deadline = now + std::min<std::chrono::nanoseconds>(left, kMaxGrantWait);
  return ServerRequest(std::move(*request), std::move(service), std::move(server_id), deadline);
}

ServerRequest::ServerRequest(::internal::Request request, std::string service,
                             std::string server_id, TimePoint deadline)
    : request_(std::move(request)),
      service_(std::move(service)),
      server_id_(std::move(server_id)),
      deadline_(deadline) {}

Outgoing ServerRequest::Bid(float affinity) const {
  ::internal::ClaimRequest bid;
  bid.set_request_id(request_id());
  bid.set_server_id(server_id_);
  bid.set_affinity(affinity);
  return {BidChannel(service_, request_.client_id()), Pack(bid)};
}

void ServerRequest::Receive(const ::internal::ClaimResponse& grant) {
  if (grant.request_id() == request_id() && !winner_) winner_ = grant.server_id();
}

ServerRequest::Claim ServerRequest::claim(TimePoint now) const {
  if (winner_) return *winner_ == server_id_ ? Claim::kWon : Claim::kLost;
  return now < deadline_ ? Claim::kWaiting : Claim::kLost;
}

std::optional<Outgoing> ServerRequest::Respond(const RpcResult<std::string>& result,
                                               WallTime wall_now) {
  if (std::exchange(answered_, true)) return std::nullopt;
  ::internal::Response response;
  response.set_request_id(request_id());
  response.set_server_id(server_id_);
  response.set_sent_at(ToNanoseconds(wall_now));
  if (result) {
    response.set_raw_response(*result);
  } else {
    const RpcError& error = result.error();
    response.set_code(error.code.empty() ? "unknown" : ToValidUtf8(error.code));
    response.set_error(error.message.empty() ? response.code() : ToValidUtf8(error.message));
  }
  return Outgoing{ResponseChannel(service_, request_.client_id()), Pack(response)};
}

}  // namespace ingress::rpc
