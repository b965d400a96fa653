// Payloads from the bus: every envelope type is tried on the same bytes, and whatever unpacks goes
// through the machine that would receive it.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "rpc/client_call.h"
#include "rpc/envelope.h"
#include "rpc/server_request.h"

namespace {

using namespace ingress;
using namespace ingress::rpc;

constexpr std::chrono::seconds kHour{3600};
const TimePoint kNow{kHour};
const WallTime kWall{std::chrono::hours(24 * 365 * 50)};

void Serve(ByteView payload) {
  auto request = ServerRequest::Accept(payload, "IOInfo", "SRV_a", kWall, kNow);
  if (!request) return;
  request->Bid(1.0F);
  if (const auto grant = Unpack<::internal::ClaimResponse>(payload)) request->Receive(*grant);
  if (request->deadline() > kNow + kMaxGrantWait) std::abort();
  if (!request->Respond(request->argument(), kWall)) std::abort();
  if (request->Respond(RpcFail("internal", ""), kWall)) std::abort();
}

void Call(ByteView payload, CallOptions options) {
  ClientCall call("REQ_a", options, kNow);
  const auto bid = Unpack<::internal::ClaimRequest>(payload);
  if (bid) call.Receive(*bid, kNow);
  const auto response = Unpack<::internal::Response>(payload);
  if (response) call.Receive(*response);
  call.HandleTimeout(call.deadline());
  call.HandleTimeout(kNow + kHour);
  if (!call.result()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView payload(data, size);
  QueueLockKey(payload);
  Serve(payload);
  Call(payload, {});
  Call(payload, {.queue = false, .affinity = true});
  return 0;
}
