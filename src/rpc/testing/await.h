#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "rpc/message_bus.h"

namespace ingress::rpc {

/// A test that hangs fails after this.
inline constexpr std::chrono::seconds kTestPatience{20};

/// Runs `io` until `done`; false when that did not come to pass in time.
inline bool RunUntil(boost::asio::io_context& io, const std::function<bool()>& done) {
  const TimePoint deadline = Clock::now() + kTestPatience;
  io.restart();
  while (!done()) {
    if (Clock::now() >= deadline || io.run_one_until(deadline) == 0) return done();
  }
  return true;
}

/// Runs `task` to its end on `io`, which may stay busy with other things.
template <typename T>
T Await(boost::asio::io_context& io, boost::asio::awaitable<T> task) {
  std::optional<T> result;
  boost::asio::co_spawn(io, std::move(task), [&](const std::exception_ptr& error, T value) {
    if (error) std::rethrow_exception(error);
    result = std::move(value);
  });
  RunUntil(io, [&] { return result.has_value(); });
  return std::move(result.value());
}

inline void Await(boost::asio::io_context& io, boost::asio::awaitable<void> task) {
  bool done = false;
  boost::asio::co_spawn(io, std::move(task), [&](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
    done = true;
  });
  RunUntil(io, [&] { return done; });
}

/// Lets everything run that is ready now.
inline void Settle(boost::asio::io_context& io) {
  io.restart();
  io.poll();
}

/// Writes down what is published on one channel.
class Recorder {
 public:
  Recorder(boost::asio::io_context& io, MessageBus& bus, const std::string& channel)
      : subscription_(std::move(*Await(io, bus.Subscribe(channel, [this](ByteView payload) {
          payloads_.emplace_back(payload.begin(), payload.end());
        })))) {}

  const std::vector<Bytes>& payloads() const { return payloads_; }

 private:
  std::vector<Bytes> payloads_;
  std::unique_ptr<MessageBus::Subscription> subscription_;
};

}  // namespace ingress::rpc
