#include "rpc/rpc_server.h"

#include <map>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/ids.h"
#include "net/event.h"
#include "rpc/channel_name.h"
#include "rpc/envelope.h"
#include "rpc/server_request.h"

namespace ingress::rpc {

struct RpcServer::Core {
  Core(MessageBus& bus_in, Method method_in, Prepare prepare_in)
      : bus(bus_in), method(std::move(method_in)), prepare(std::move(prepare_in)) {}

  static void OnRequest(const std::shared_ptr<Core>& core, ByteView payload);
  void OnGrant(ByteView payload);

  static boost::asio::awaitable<void> Serve(std::shared_ptr<Core> core, Bytes payload);
  boost::asio::awaitable<void> Answer(ServerRequest& request);
  boost::asio::awaitable<bool> Claim(ServerRequest& request);
  boost::asio::awaitable<bool> LeaveToOthers(const ServerRequest& request);
  boost::asio::awaitable<bool> TryTake(ByteView payload);
  boost::asio::awaitable<void> Respond(ServerRequest& request, RpcResult<std::string> result);

  MessageBus& bus;
  const Method method;
  const Prepare prepare;
  const std::string server_id = NewId("SRV_");
  net::Event changed;
  std::map<std::string, ServerRequest*> in_flight;  // by request id
  int serving = 0;
  std::chrono::milliseconds take_after{0};
  bool closed = false;
};

void RpcServer::Core::OnRequest(const std::shared_ptr<Core>& core, ByteView payload) {
  if (core->serving >= kMaxRequestsInFlight) return;
  ++core->serving;
  core->bus.tasks().Spawn(Serve(core, Bytes(payload.begin(), payload.end())));
}

void RpcServer::Core::OnGrant(ByteView payload) {
  const auto grant = Unpack<::internal::ClaimResponse>(payload);
  if (!grant) return;
  const auto found = in_flight.find(grant->request_id());
  if (found == in_flight.end()) return;
  found->second->Receive(*grant);
  changed.Notify();
}

boost::asio::awaitable<void> RpcServer::Core::Serve(std::shared_ptr<Core> core, Bytes payload) {
  const bool ours = !core->method.queue || co_await core->TryTake(payload);
  if (ours && !core->closed) {
    Result<ServerRequest> request = ServerRequest::Accept(
        payload, core->method.service, core->server_id, WallClock::now(), Clock::now());
    // The second copy of a message that Redis delivered twice finds the first at work.
    if (request && core->in_flight.try_emplace(request->request_id(), &*request).second) {
      co_await core->Answer(*request);
      core->in_flight.erase(request->request_id());
    }
  }
  --core->serving;
}

/// Whether a request of a queue is this server's and no other's.
boost::asio::awaitable<bool> RpcServer::Core::TryTake(ByteView payload) {
  const TimePoint from = Clock::now() + take_after;
  while (!closed && Clock::now() < from) co_await changed.WaitUntil(from);
  co_return !closed && co_await bus.TryLock(QueueLockKey(payload), kQueueLockTtl);
}

boost::asio::awaitable<void> RpcServer::Core::Answer(ServerRequest& request) {
  RpcResult<Job> job = prepare(request.argument());
  if (!job) {
    co_await Respond(request, std::unexpected(job.error()));
    co_return;
  }
  if (method.claim && !co_await Claim(request)) co_return;
  if (closed) {
    // Whoever registered the handler is gone, and it must not be begun; but an answer is owed.
    co_await Respond(request, RpcFail("canceled", "server is closed"));
    co_return;
  }
  RpcResult<std::string> result = co_await (*job)();
  co_await Respond(request, std::move(result));
}

boost::asio::awaitable<bool> RpcServer::Core::Claim(ServerRequest& request) {
  if (method.bid_after.count() > 0 && !co_await LeaveToOthers(request)) co_return false;
  Outgoing bid = request.Bid(method.affinity);
  const Result<void> sent = co_await bus.Publish(std::move(bid.channel), std::move(bid.payload));
  if (!sent) co_return false;
  while (!closed && request.claim(Clock::now()) == ServerRequest::Claim::kWaiting) {
    co_await changed.WaitUntil(request.deadline());
  }
  co_return request.claim(Clock::now()) == ServerRequest::Claim::kWon;
}

/// Whether nobody has taken the request in the time that is theirs.
boost::asio::awaitable<bool> RpcServer::Core::LeaveToOthers(const ServerRequest& request) {
  const TimePoint until = Clock::now() + method.bid_after;
  while (!closed && Clock::now() < until &&
         request.claim(Clock::now()) == ServerRequest::Claim::kWaiting) {
    co_await changed.WaitUntil(until);
  }
  co_return !closed && request.claim(Clock::now()) == ServerRequest::Claim::kWaiting;
}

boost::asio::awaitable<void> RpcServer::Core::Respond(ServerRequest& request,
                                                      RpcResult<std::string> result) {
  std::optional<Outgoing> response = request.Respond(result, WallClock::now());
  if (!response) co_return;
  // A lost response shows as a time-out at the caller; there is nobody else to tell.
  co_await bus.Publish(std::move(response->channel), std::move(response->payload));
}

boost::asio::awaitable<Result<std::unique_ptr<RpcServer>>> RpcServer::Make(MessageBus& bus,
                                                                           Method method,
                                                                           Prepare prepare) {
  const auto core = std::make_shared<Core>(bus, std::move(method), std::move(prepare));
  std::unique_ptr<RpcServer> server(new RpcServer(core));
  const Method& m = core->method;

  if (m.claim) {  // first, so that no request is bid for whose grant would be missed
    auto grants = co_await bus.Subscribe(GrantChannel(m.service, m.name, m.topic),
                                         [core](ByteView payload) { core->OnGrant(payload); });
    if (!grants) co_return Wrap("psrpc server of " + m.name, grants.error());
    server->grants_ = std::move(*grants);
  }
  auto requests =
      co_await bus.Subscribe(RequestChannel(m.service, m.name, m.topic),
                             [core](ByteView payload) { Core::OnRequest(core, payload); });
  if (!requests) co_return Wrap("psrpc server of " + m.name, requests.error());
  server->requests_ = std::move(*requests);
  co_return server;
}

RpcServer::RpcServer(std::shared_ptr<Core> core) : core_(std::move(core)) {}

void RpcServer::StandBack(std::chrono::milliseconds time) { core_->take_after = time; }

RpcServer::~RpcServer() {
  core_->closed = true;
  core_->changed.Notify();
}

}  // namespace ingress::rpc
