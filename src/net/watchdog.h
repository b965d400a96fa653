#pragma once

#include <sys/types.h>

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "net/service_manager.h"
#include "net/turn_meter.h"

namespace ingress::net {

/// Sees to it that an event loop that stands still does not stand for ever: a thread of its own
/// notices, writes where the loop's thread is to standard error, and ends the process with SIGABRT,
/// so that its supervisor can start it anew. While the loop turns, the service manager is told so.
///
/// It measures the loop's turns by the way: by a timer that is due every kTurnEvery, so a wait that
/// is shorter may go unseen and a longer one is measured up to that much too short.
///
/// Start() and everything else on the thread that runs the loop; after PrepareStackTraces().
class Watchdog {
 public:
  static constexpr std::chrono::milliseconds kTurnEvery{50};

  struct Options {
    std::chrono::milliseconds limit{5000};
    ServiceManager manager{"", std::nullopt};
  };

  Watchdog(const boost::asio::any_io_executor& loop, Options options);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void Start();
  /// The loop has no work of this object's any more. Idempotent.
  void Stop();

  TurnMeter& turns() { return meter_; }

 private:
  void AwaitTurn();
  void Watch();
  [[noreturn]] void EndProcess(std::chrono::milliseconds silence) const;

  Options options_;
  boost::asio::steady_timer turn_;
  TurnMeter meter_;
  bool turning_ = false;
  pid_t loop_thread_ = 0;
  std::atomic<std::uint64_t> turns_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ingress::net
