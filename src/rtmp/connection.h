#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace ingress::rtmp {

/// What an encoder asked for with `publish`, taken apart by the rules for tcUrl, app and name.
struct PublishRequest {
  std::string stream_key;  // a secret: never log it
  std::string app;
  std::string query;      // merged from name, app and tcUrl, without '?'
  std::string flash_ver;  // escaped and truncated, safe to log; empty when not sent
  std::string peer;       // "address:port" of the encoder
};

/// The answer to a publish request that is refused. The encoder gets code and description in an
/// onStatus, then the connection is closed.
struct Refusal {
  std::string code;         // for example "NetStream.Publish.BadName"
  std::string description;  // one sentence with cause and remedy; encoders show it to their user
};

/// One FLV tag body as the encoder sent it.
struct MediaMessage {
  enum class Kind : std::uint8_t { kAudio = 8, kVideo = 9, kScript = 18 };  // FLV tag types
  Kind kind = Kind::kVideo;
  std::uint32_t timestamp = 0;  // milliseconds, wraps at 2^32
  Bytes payload;                // kScript: AMF0 without the "@setDataFrame" prefix
};

/// How a publish ended.
struct PublishEnd {
  enum class Cause { kUnpublished, kDisconnected, kTimedOut, kProtocolError, kClosedByUs };
  Cause cause = Cause::kDisconnected;
  std::string detail;  // for humans
};

/// Receives one publish. Called on the connection's executor, one call at a time.
class PublishSink {
 public:
  virtual ~PublishSink() = default;

  /// Decides about the request. Media that arrives meanwhile is kept (bounded) and replayed.
  virtual boost::asio::awaitable<std::expected<void, Refusal>> OnPublish(
      PublishRequest request) = 0;

  virtual void OnMedia(MediaMessage message) = 0;

  /// Exactly once for each accepted publish, whatever the reason.
  virtual void OnEnd(PublishEnd end) = 0;
};

struct ConnectionLimits {
  std::chrono::seconds handshake{10};       // from accept
  std::chrono::seconds publish_accepted{20};  // from accept
  std::chrono::seconds idle_before_media{15};
  std::chrono::seconds idle{30};
};

/// One encoder's TCP connection: feeds the sans-IO Session, keeps its deadlines, writes its output.
class Connection {
 public:
  Connection(boost::asio::ip::tcp::socket socket, PublishSink& sink, ConnectionLimits limits = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs until the connection ended. An error says why when it was not an ordinary end.
  boost::asio::awaitable<Result<void>> Run();

  /// Ends the connection from our side: an onStatus with `code` and `description` where a publish
  /// is live, then the close once written (at most 1 s). Run() returns. Idempotent.
  void Close(std::string code, std::string description);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ingress::rtmp
