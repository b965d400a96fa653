#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/step_throttle.h"
#include "relay/buffer.h"
#include "relay/feed.h"

namespace ingress::relay {

/// The relay's HTTP endpoint on 127.0.0.1.
///
/// `GET /rtmp/<resource_id>?token=<token>` answers 200 with a live FLV body (chunked for HTTP/1.1,
/// ended by the close for 1.0): FLV header, the headers in force with timestamp 0, then tags as
/// they are pushed. The first reader of a generation is its main reader and gets everything kept;
/// others, and any that adds `&tap=1`, are taps. While the encoder is cut off, who asks again gets
/// the head at once and waits for the next generation. Other statuses: 403 wrong token, 404 unknown
/// resource or path, 405 other methods, 400 malformed, 408 request too slow, 431 request header
/// above 8 KiB, 503 too many connections.
///
/// Whoever has not shown a right token is a stranger. For one more than `max_strangers` the oldest
/// of them is closed, so that others on this machine cannot keep a handler out, which asks with its
/// first bytes.
///
/// Confined to its executor. Stop() it and await Run() before it is destroyed; feeds may outlive
/// it.
class Server {
 public:
  struct Options {
    std::uint16_t port = 0;  // 0: any free one
    Buffer::Limits buffer{};
    std::chrono::milliseconds request_deadline{5000};
    std::chrono::milliseconds write_deadline{10'000};  // for a reader that takes nothing
    int send_buffer = 64 * 1024;  // bytes that the kernel holds for a reader; no seconds hide there
    int max_connections = 8192;
    std::size_t max_strangers = 512;
    net::StepThrottle* throttle = nullptr;  // for what strangers cause; outlives the server
    /// Called when a stranger had to go, with the "address:port" of who came.
    std::function<void(const std::string& peer)> on_crowded = {};
  };

  /// Binds and listens.
  /// Errors: those of net::ListenOn().
  static Result<std::unique_ptr<Server>> Make(const boost::asio::any_io_executor& executor,
                                              Options options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;

  /// "http://127.0.0.1:<port>/rtmp/<resource_id>?token=<token>"; a secret, never log it.
  std::string Url(const std::string& resource_id, const std::string& token) const;

  /// Serves until Stop(). Once.
  boost::asio::awaitable<void> Run();

  /// Closes the listener and every connection. Idempotent.
  void Stop();

  /// Begins the first generation of a publish. `resource_id` and `token` are of URL-safe
  /// characters; an empty token lets nobody in. A second feed of the same id takes the name over.
  std::unique_ptr<Feed> Open(std::string resource_id, std::string token);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace ingress::relay
