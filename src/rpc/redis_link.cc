#include "rpc/redis_link.h"

#include <utility>

#include "base/ids.h"

namespace ingress::rpc {

RedisLink::RedisLink(boost::asio::any_io_executor executor, RedisOptions options,
                     Callbacks callbacks)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      backoff_({.initial = options_.backoff_min, .max = options_.backoff_max}) {}

boost::asio::awaitable<void> RedisLink::Run() {
  while (!stopped_) {
    const Error why = co_await ConnectOnce();
    // A server that lets us in and throws us out again deserves the longer pauses too.
    const bool was_stable = up_ && Clock::now() - up_since_ > options_.backoff_max;
    up_ = false;
    connection_.reset();
    problem_ = why;
    if (was_stable) backoff_.Reset();
    if (!stopped_) pause_ = backoff_.Next(RandomU32());
    callbacks_.on_down(why);
    if (!stopped_) co_await Pause();
  }
}

boost::asio::awaitable<Error> RedisLink::ConnectOnce() {
  RedisConnection::Callbacks callbacks{
      .on_ready =
          [this] {
            up_ = true;
            address_ = connection_->address();
            up_since_ = Clock::now();
            problem_.reset();
            callbacks_.on_up();
          },
      .on_reply = [this](RespValue reply) { callbacks_.on_reply(std::move(reply)); },
      .on_ping_due = [this] { callbacks_.on_ping_due(); },
  };
  connection_ =
      std::make_unique<RedisConnection>(executor_, options_, attempts_++, std::move(callbacks));
  co_return co_await connection_->Run();
}

boost::asio::awaitable<void> RedisLink::Pause() {
  const TimePoint until = Clock::now() + pause_;
  while (!stopped_ && Clock::now() < until) co_await stop_signal_.WaitUntil(until);
  pause_ = std::chrono::milliseconds(0);
}

void RedisLink::Stop() {
  stopped_ = true;
  stop_signal_.Notify();
  Drop({ErrorCode::kClosed, "closed"});
}

void RedisLink::Drop(Error why) {
  if (connection_) connection_->Close(std::move(why));
}

}  // namespace ingress::rpc
