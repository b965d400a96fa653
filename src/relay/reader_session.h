#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/event.h"
#include "net/step_throttle.h"
#include "relay/body_batch.h"
#include "relay/feed_state.h"

namespace ingress::relay {

/// One connection to the endpoint: reads a request, then writes one generation's media.
///
/// Confined to its executor. A tag is written from within the push that brought it; when the kernel
/// takes no more, the tags stay in the buffer, where its limits hold.
class ReaderSession final : private Listener {
 public:
  struct Deadlines {
    std::chrono::milliseconds request;
    std::chrono::milliseconds write;
  };

  /// `throttle`: readers are refused in its steps; null: at once. `on_token`: called when the
  /// reader has shown the right token.
  ReaderSession(boost::asio::ip::tcp::socket socket, std::shared_ptr<Registry> registry,
                Deadlines deadlines, net::StepThrottle* throttle, std::function<void()> on_token);

  /// Runs until the connection is closed.
  boost::asio::awaitable<void> Run();

  /// Makes Run() return soon. Idempotent.
  void Close();

 private:
  struct Head;  // what counts of a request's header

  /// The reading side of one generation and what is being written of it.
  struct Body {
    std::shared_ptr<Generation> generation;
    Buffer::ReaderId reader;
    BodyBatch batch;
  };

  void OnReadable() override;

  boost::asio::awaitable<Result<Head>> ReadHead();
  boost::asio::awaitable<void> Answer(Head head);
  boost::asio::awaitable<void> Refuse(std::string status);
  boost::asio::awaitable<void> AwaitTurn();
  boost::asio::awaitable<void> Stream(std::shared_ptr<FeedState> feed, bool may_be_main,
                                      bool chunked);
  boost::asio::awaitable<Result<void>> WriteAll(std::shared_ptr<FeedState> feed, bool may_be_main,
                                                bool chunked);
  boost::asio::awaitable<Result<void>> AwaitGeneration(FeedState& feed);
  boost::asio::awaitable<Result<void>> WriteHead(bool chunked);
  boost::asio::awaitable<Result<void>> WriteBody(std::shared_ptr<Generation> generation,
                                                 Buffer::ReaderId reader, bool chunked);
  static bool Fill(Body& body);
  boost::system::error_code WriteSome(BodyBatch& batch);
  boost::asio::awaitable<Result<void>> Write(BodyBatch& batch);
  boost::asio::awaitable<void> WatchPeer();
  boost::asio::awaitable<void> Linger();

  boost::asio::ip::tcp::socket socket_;
  net::Event changed_;                      // there is more to read, or it is closed
  std::optional<net::Event> feed_goes_on_;  // while a paused feed is waited for
  std::shared_ptr<Registry> registry_;
  Deadlines deadlines_;
  net::StepThrottle* throttle_;
  std::function<void()> on_token_;
  Body* waiting_ = nullptr;  // all of it is written, and WriteBody() waits for more
  bool closed_ = false;
};

}  // namespace ingress::relay
