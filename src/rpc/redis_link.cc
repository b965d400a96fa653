#include "rpc/redis_link.h"

#include <algorithm>
#include <utility>

namespace ingress::rpc {

RedisLink::RedisLink(boost::asio::any_io_executor executor, RedisOptions options,
                     Callbacks callbacks)
    : executor_(executor),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      stop_signal_(std::move(executor)),
      backoff_(options_.backoff_min) {}

boost::asio::awaitable<void> RedisLink::Run() {
  while (!stopped_) {
    const Error why = co_await ConnectOnce();
    const bool was_up = std::exchange(up_, false);
    connection_.reset();
    problem_ = why;
    if (was_up) backoff_ = options_.backoff_min;
    pause_ = stopped_ ? std::chrono::milliseconds(0) : backoff_;
    callbacks_.on_down(why);
    if (!stopped_) co_await Pause();
  }
}

boost::asio::awaitable<Error> RedisLink::ConnectOnce() {
  RedisConnection::Callbacks callbacks{
      .on_ready =
          [this] {
            up_ = true;
            problem_.reset();
            callbacks_.on_up();
          },
      .on_reply = [this](RespValue reply) { callbacks_.on_reply(std::move(reply)); },
      .on_ping_due = [this] { callbacks_.on_ping_due(); },
  };
  connection_ = std::make_unique<RedisConnection>(executor_, options_, std::move(callbacks));
  co_return co_await connection_->Run();
}

boost::asio::awaitable<void> RedisLink::Pause() {
  const TimePoint until = Clock::now() + pause_;
  while (!stopped_ && Clock::now() < until) co_await stop_signal_.WaitUntil(until);
  pause_ = std::chrono::milliseconds(0);
  backoff_ = std::min(options_.backoff_max, backoff_ * 2);
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
