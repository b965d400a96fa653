#include "rpc/rpc_client.h"

#include <map>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/ids.h"
#include "net/event.h"
#include "rpc/channel_name.h"
#include "rpc/envelope.h"
#include "rpc/wall_nanoseconds.h"

namespace ingress::rpc {
namespace {

::internal::Request MakeRequest(std::string request_id, std::string client_id, std::string argument,
                                const CallOptions& options) {
  const WallTime now = WallClock::now();
  ::internal::Request request;
  request.set_request_id(std::move(request_id));
  request.set_client_id(std::move(client_id));
  request.set_sent_at(ToNanoseconds(now));
  request.set_expiry(ToNanoseconds(now + options.timeout));
  request.set_raw_request(std::move(argument));
  return request;
}

std::unexpected<RpcError> BusAway(const Error& error) {
  return std::unexpected(
      RpcError{.code = "unavailable", .message = error.context, .bus_away = true});
}

}  // namespace

struct RpcClient::Core {
  struct Pending {
    Pending(std::string request_id, CallOptions options)
        : call(std::move(request_id), options, Clock::now()) {}

    ClientCall call;
    net::Event changed;
    std::optional<::internal::ClaimResponse> grant;  // decided, not published yet
  };

  Core(MessageBus& bus_in, std::string service_in) : bus(bus_in), service(std::move(service_in)) {}

  /// Keeps a call findable for its messages, also when the caller cancels it.
  class Registration {
   public:
    Registration(Core& core, std::string request_id, std::shared_ptr<Pending> call)
        : core_(core), request_id_(std::move(request_id)) {
      core_.pending[request_id_] = std::move(call);
    }
    ~Registration() { core_.pending.erase(request_id_); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Core& core_;
    std::string request_id_;
  };

  void OnBid(ByteView payload);
  void OnResponse(ByteView payload);

  static boost::asio::awaitable<RpcResult<std::string>> Call(std::shared_ptr<Core> core,
                                                             std::string method, std::string topic,
                                                             std::string argument,
                                                             CallOptions options);
  static boost::asio::awaitable<RpcResult<std::string>> Finish(std::shared_ptr<Core> core,
                                                               std::shared_ptr<Pending> pending,
                                                               std::string grant_channel);

  MessageBus& bus;
  const std::string service;
  const std::string client_id = NewId("CLI_");
  std::map<std::string, std::shared_ptr<Pending>> pending;  // by request id
  bool closed = false;
};

void RpcClient::Core::OnBid(ByteView payload) {
  const auto bid = Unpack<::internal::ClaimRequest>(payload);
  if (!bid) return;
  const auto found = pending.find(bid->request_id());
  if (found == pending.end()) return;
  Pending& one = *found->second;
  if (auto grant = one.call.Receive(*bid, Clock::now())) one.grant = std::move(grant);
  one.changed.Notify();
}

void RpcClient::Core::OnResponse(ByteView payload) {
  const auto response = Unpack<::internal::Response>(payload);
  if (!response) return;
  const auto found = pending.find(response->request_id());
  if (found == pending.end()) return;
  found->second->call.Receive(*response);
  found->second->changed.Notify();
}

boost::asio::awaitable<RpcResult<std::string>> RpcClient::Core::Call(std::shared_ptr<Core> core,
                                                                     std::string method,
                                                                     std::string topic,
                                                                     std::string argument,
                                                                     CallOptions options) {
  const std::string request_id = NewId("REQ_");
  const auto one = std::make_shared<Pending>(request_id, options);
  const Registration registration(*core, request_id, one);

  const ::internal::Request request =
      MakeRequest(request_id, core->client_id, std::move(argument), options);
  const Result<void> sent =
      co_await core->bus.Publish(RequestChannel(core->service, method, topic), Pack(request));

  if (!sent) co_return BusAway(sent.error());
  co_return co_await Finish(core, one, GrantChannel(core->service, method, topic));
}

boost::asio::awaitable<RpcResult<std::string>> RpcClient::Core::Finish(std::shared_ptr<Core> core,
                                                                       std::shared_ptr<Pending> one,
                                                                       std::string grant_channel) {
  while (!core->closed) {
    if (const auto grant = std::exchange(one->grant, std::nullopt)) {
      const Result<void> sent = co_await core->bus.Publish(grant_channel, Pack(*grant));
      if (!sent) co_return BusAway(sent.error());
      continue;  // much may have happened meanwhile
    }
    if (one->call.result()) co_return *one->call.result();
    co_await one->changed.WaitUntil(one->call.deadline());
    if (auto grant = one->call.HandleTimeout(Clock::now())) one->grant = std::move(grant);
  }
  co_return RpcFail("canceled", "client is closed");
}

boost::asio::awaitable<Result<std::unique_ptr<RpcClient>>> RpcClient::Make(MessageBus& bus,
                                                                           std::string service) {
  const auto core = std::make_shared<Core>(bus, std::move(service));
  std::unique_ptr<RpcClient> client(new RpcClient(core));

  auto responses = co_await bus.Subscribe(ResponseChannel(core->service, core->client_id),
                                          [core](ByteView payload) { core->OnResponse(payload); });
  if (!responses) co_return Wrap("psrpc client of " + core->service, responses.error());
  client->responses_ = std::move(*responses);

  auto bids = co_await bus.Subscribe(BidChannel(core->service, core->client_id),
                                     [core](ByteView payload) { core->OnBid(payload); });
  if (!bids) co_return Wrap("psrpc client of " + core->service, bids.error());
  client->bids_ = std::move(*bids);
  co_return client;
}

RpcClient::RpcClient(std::shared_ptr<Core> core) : core_(std::move(core)) {}

RpcClient::~RpcClient() {
  core_->closed = true;
  for (const auto& [request_id, one] : core_->pending) one->changed.Notify();
}

boost::asio::awaitable<RpcResult<std::string>> RpcClient::Call(std::string method,
                                                               std::string topic,
                                                               std::string argument,
                                                               CallOptions options) {
  return Core::Call(core_, std::move(method), std::move(topic), std::move(argument), options);
}

}  // namespace ingress::rpc
