#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "livekit/signal_url.h"
#include "livekit/websocket_client.h"
#include "livekit_rtc.pb.h"
#include "net/event.h"

namespace ingress::livekit {

/// One signal connection: SignalRequests out, SignalResponses in, each a binary WebSocket message.
///
/// Confined to the executor it was connected on. Held by shared_ptr, because its own coroutines
/// keep it until they have ended, which Close() brings about.
class SignalClient : public std::enable_shared_from_this<SignalClient> {
 public:
  /// Unsent bytes at which the connection counts as lost.
  static constexpr std::size_t kMaxQueued = 4 * 1024 * 1024;

  /// Opens the connection. When the server refuses without a word, asks /validate for one.
  /// Errors: those of WebSocketClient::Connect().
  static boost::asio::awaitable<Result<std::shared_ptr<SignalClient>>> Connect(
      ServerAddress server, std::string token, SignalParameters parameters);

  /// Queues one request; dropped once the connection is closed.
  void Send(const ::livekit::SignalRequest& request);

  /// The next response. Errors: kClosed, kMalformed, kTimeout when the keep-alive found no life.
  boost::asio::awaitable<Result<::livekit::SignalResponse>> Receive();

  /// Sends a ping every `interval`, and cuts the connection after `timeout` without any message.
  void StartKeepAlive(std::chrono::seconds interval, std::chrono::seconds timeout);

  /// Cuts the connection; Receive() returns kClosed.
  void Close();
  bool closed() const { return closed_; }

  boost::asio::ip::address remote_address() const { return socket_->remote_address(); }
  /// Of the last ping; zero before.
  std::chrono::milliseconds round_trip() const { return round_trip_; }

 private:
  SignalClient(boost::asio::any_io_executor executor, std::unique_ptr<WebSocketClient> socket);
  void Spawn(boost::asio::awaitable<void> task);
  boost::asio::awaitable<void> WriteQueued();
  boost::asio::awaitable<void> KeepAlive(std::chrono::seconds interval,
                                         std::chrono::seconds timeout);
  void NotePong(const ::livekit::Pong& pong);

  boost::asio::any_io_executor executor_;
  std::unique_ptr<WebSocketClient> socket_;
  std::deque<Bytes> queue_;
  std::size_t queued_bytes_ = 0;
  bool writing_ = false;
  bool closed_ = false;
  bool silent_ = false;  // cut by the keep-alive
  TimePoint last_received_;
  std::chrono::milliseconds round_trip_{0};
  net::Event closing_;
};

}  // namespace ingress::livekit
