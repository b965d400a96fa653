#include "livekit/signal_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>

namespace ingress::livekit {
namespace {

namespace asio = boost::asio;

std::int64_t WallMilliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(WallClock::now().time_since_epoch())
      .count();
}

/// A better error for a refused upgrade: /validate runs the same checks and says what is wrong.
asio::awaitable<Error> Explain(ServerAddress server, std::string token, SignalParameters parameters,
                               Error refusal) {
  const bool wordless = refusal.context.starts_with("HTTP ") && !refusal.context.contains(':');
  if (!wordless) co_return refusal;
  ServerRequest request{.server = server,
                        .target = SignalTarget(server, parameters, SignalEndpoint::kValidate),
                        .token = std::move(token)};
  const auto reply = co_await dial::HttpGet(request);
  if (!reply || reply->status == 200) co_return refusal;
  co_return ErrorOfStatus(reply->status, reply->body, request.token);
}

}  // namespace

SignalClient::SignalClient(asio::any_io_executor executor, std::unique_ptr<WebSocketClient> socket)
    : executor_(std::move(executor)), socket_(std::move(socket)), last_received_(Clock::now()) {}

asio::awaitable<Result<std::shared_ptr<SignalClient>>> SignalClient::Connect(
    ServerAddress server, std::string token, SignalParameters parameters) {
  ServerRequest request{.server = server,
                        .target = SignalTarget(server, parameters, SignalEndpoint::kConnect),
                        .token = token};
  auto socket = co_await WebSocketClient::Connect(std::move(request));
  if (!socket) {
    co_return Wrap("signal", co_await Explain(server, token, parameters, socket.error()));
  }
  const auto executor = co_await asio::this_coro::executor;
  co_return std::shared_ptr<SignalClient>(new SignalClient(executor, std::move(*socket)));
}

void SignalClient::Spawn(asio::awaitable<void> task) {
  // The handler holds the client until the coroutine's frame is gone.
  asio::co_spawn(executor_, std::move(task),
                 [self = shared_from_this()](const std::exception_ptr& error) {
                   if (error) std::rethrow_exception(error);
                 });
}

void SignalClient::Send(const ::livekit::SignalRequest& request) {
  if (closed_) return;
  Bytes message(request.ByteSizeLong());
  request.SerializeToArray(message.data(), static_cast<int>(message.size()));
  queued_bytes_ += message.size();
  if (queued_bytes_ > kMaxQueued) {
    Close();
    return;
  }
  queue_.push_back(std::move(message));
  if (!std::exchange(writing_, true)) Spawn(WriteQueued());
}

asio::awaitable<void> SignalClient::WriteQueued() {
  while (!queue_.empty() && !closed_) {
    Bytes message = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= message.size();
    auto written = co_await socket_->Write(std::move(message));
    if (!written) Close();
  }
  writing_ = false;
}

asio::awaitable<Result<::livekit::SignalResponse>> SignalClient::Receive() {
  auto message = co_await socket_->Read();
  if (!message) {
    Close();
    if (silent_) co_return Fail(ErrorCode::kTimeout, "signal: the server fell silent");
    co_return Wrap("signal", message.error());
  }
  last_received_ = Clock::now();
  ::livekit::SignalResponse response;
  if (!response.ParseFromArray(message->data(), static_cast<int>(message->size()))) {
    co_return Fail(ErrorCode::kMalformed,
                   "signal: message of " + std::to_string(message->size()) + " bytes");
  }
  if (response.has_pong_resp()) NotePong(response.pong_resp());
  co_return response;
}

void SignalClient::StartKeepAlive(std::chrono::seconds interval, std::chrono::seconds timeout) {
  Spawn(KeepAlive(interval, timeout));
}

asio::awaitable<void> SignalClient::KeepAlive(std::chrono::seconds interval,
                                              std::chrono::seconds timeout) {
  while (!closed_) {
    const TimePoint now = Clock::now();
    if (now - last_received_ >= timeout) {
      silent_ = true;
      Close();
      break;
    }
    ::livekit::SignalRequest request;
    request.mutable_ping_req()->set_timestamp(WallMilliseconds());
    request.mutable_ping_req()->set_rtt(round_trip_.count());
    Send(request);
    co_await closing_.WaitUntil(now + interval);
  }
}

void SignalClient::NotePong(const ::livekit::Pong& pong) {
  const std::int64_t elapsed = WallMilliseconds() - pong.last_ping_timestamp();
  if (elapsed >= 0) round_trip_ = std::chrono::milliseconds(elapsed);
}

void SignalClient::Close() {
  if (std::exchange(closed_, true)) return;
  socket_->Abort();
  closing_.Notify();
}

}  // namespace ingress::livekit
