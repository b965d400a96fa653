#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/byte_stream.h"
#include "net/step_throttle.h"
#include "rtmp/limits.h"
#include "rtmp/publish.h"

namespace ingress::rtmp {

/// Receives one publish. Called on the connection's executor, one call at a time.
class PublishSink {
 public:
  virtual ~PublishSink() = default;

  /// Decides about the request. Media that arrives meanwhile is kept (bounded) and replayed.
  virtual boost::asio::awaitable<std::expected<void, Refusal>> OnPublish(
      PublishRequest request) = 0;

  /// The connection ends. OnPublish, if it is under way, may answer at once; if it still accepts,
  /// OnEnd follows.
  virtual void OnClosing() {}

  virtual void OnMedia(MediaMessage message) = 0;

  /// Something odd was passed over. At most once a connection.
  virtual void OnNotice(ProtocolNotice /*notice*/) {}

  /// All that had arrived has been handed over.
  virtual void OnReadDone() {}

  /// What the connection keeps in memory for a peer without an accepted publish, whenever it may
  /// have changed.
  virtual void OnBuffered(std::size_t /*bytes*/) {}

  /// Media is read at this interval from now on, by Connection::SetBatchInterval().
  virtual void OnBatchInterval(std::chrono::milliseconds /*interval*/) {}

  /// Exactly once for each accepted publish, whatever the reason.
  virtual void OnEnd(PublishEnd end) = 0;
};

/// One encoder's connection: feeds the sans-IO Session, keeps its deadlines, writes its output.
/// Until a publish is accepted it does all that in steps of a throttle.
class Connection {
 public:
  struct Peer {
    std::string name;  // "address:port" of the encoder, which is not the socket's behind a balancer
    std::string address;  // whose steps they are, by net::AddressGroup
  };

  /// `sink` and `throttle` outlive it.
  Connection(std::unique_ptr<net::ByteStream> stream, const Peer& peer, PublishSink& sink,
             net::StepThrottle& throttle, ConnectionLimits limits = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs until the connection ended and OnPublish, if under way, has answered. An error says why
  /// when it was not an ordinary end; a refusal by the sink is an ordinary one.
  boost::asio::awaitable<Result<void>> Run();

  /// Ends the connection from our side: an onStatus with `code` and `description` where a publish
  /// is live, then the close once written (at most 1 s). Run() returns. Idempotent. To be called on
  /// the connection's executor.
  void Close(std::string_view code, std::string_view description);

  /// The same without a word, at once: for a peer whose place is needed.
  void Abort();

  /// Lets media gather for so long between reads; zero, and at first: it is read as it comes. In
  /// force from the next read on, see PublishSink::OnBatchInterval().
  void SetBatchInterval(std::chrono::milliseconds interval);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ingress::rtmp
