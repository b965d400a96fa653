#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "flv/tag.h"
#include "relay/buffer.h"

namespace ingress::relay {

/// What one publish has seen of the relay, over all generations.
struct FeedCounters {
  std::uint64_t tags = 0;          // pushed
  std::uint64_t bytes = 0;         // pushed, payload only
  DropCounters dropped;            // tags the main reader did not get
  std::size_t queued_bytes = 0;    // kept for readers now
  std::chrono::milliseconds lag{};  // media the main reader has yet to take
  bool main_reader = false;        // attached now
  int taps = 0;
};

/// The media of one publish on its way to the handler; made by Server::Open().
///
/// Confined to the server's executor. Never blocks: a reader that does not keep up loses whole GOPs.
class Feed {
 public:
  /// Ends as End() does and forgets the resource: later requests get 404.
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Ignored after End(), until NewGeneration().
  void Push(flv::Tag tag);

  /// The encoder is gone: readers get what is kept for them, then a clean end of the body.
  /// Idempotent.
  void End();

  /// The encoder is back: readers of the old generation end as with End(); a new one begins without
  /// media and headers, and its first reader is the new main reader.
  void NewGeneration();

  /// `on_lost` is called when the main reader went away, or took nothing for Options::write_deadline,
  /// before its stream ended. It may destroy the feed. The next reader becomes main, from the newest
  /// key frame on.
  void OnMainReaderLost(std::function<void(const Error&)> on_lost);

  FeedCounters counters() const;

 private:
  friend class Server;
  class Impl;
  explicit Feed(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;
};

/// The relay's HTTP endpoint on 127.0.0.1.
///
/// `GET /rtmp/<resource_id>?token=<token>` answers 200 with a live FLV body (chunked for HTTP/1.1,
/// ended by close for 1.0): FLV header, the headers in force with timestamp 0, then tags as they are
/// pushed. The first reader of a generation is its main reader and gets everything kept; others, and
/// any that adds `&tap=1`, are taps. Statuses: 403 wrong token, 404 unknown resource or path, 405
/// other methods, 400 malformed, 431 header too large, 408 request too slow, 503 too many readers.
///
/// Confined to its executor. Stop() it and await Run() before it is destroyed; feeds may outlive it.
class Server {
 public:
  struct Options {
    std::uint16_t port = 0;  // 0: any free one
    Buffer::Limits buffer;
    std::chrono::milliseconds request_deadline{5000};
    std::chrono::milliseconds write_deadline{10000};  // without a byte taken
    int send_buffer = 64 * 1024;                      // bytes the kernel may hold for a reader
    int max_connections = 8192;
  };

  /// Binds and listens. Errors: kUnavailable, with the address, when the port is taken.
  static Result<std::unique_ptr<Server>> Make(boost::asio::any_io_executor executor,
                                              Options options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;

  /// "http://127.0.0.1:<port>/rtmp/<resource_id>?token=<token>": holds a secret, never log it.
  std::string Url(const std::string& resource_id, const std::string& token) const;

  /// Serves until Stop().
  boost::asio::awaitable<void> Run();

  /// Closes the listener and every connection. Idempotent.
  void Stop();

  /// Begins the first generation of a publish. `resource_id` and `token` are of URL-safe characters;
  /// an empty token lets nobody in. A second feed of the same id takes the name over.
  std::unique_ptr<Feed> Open(std::string resource_id, std::string token);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace ingress::relay
