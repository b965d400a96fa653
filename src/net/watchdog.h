#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "net/loop_turns.h"
#include "net/service_manager.h"
#include "net/turn_meter.h"

namespace ingress::net {

/// Sees to it that an event loop that stands still does not stand for ever: a thread of its own
/// notices, writes where the loop's thread is to standard error, and ends the process with SIGABRT,
/// so that its supervisor can start it anew. While the loop turns, the service manager is told so.
///
/// A loop that has nothing to do is woken every kTurnEvery, so that one which waits for ever
/// although its timers are due is noticed as well.
///
/// Start() and everything else on the thread that runs the loop; after PrepareStackTraces().
class Watchdog {
 public:
  static constexpr std::chrono::milliseconds kTurnEvery{1000};

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

  TurnMeter& turns() { return turns_.meter(); }

 private:
  void AwaitTurn();
  void Watch();
  [[noreturn]] void EndProcess(std::chrono::milliseconds silence) const;

  Options options_;
  boost::asio::steady_timer turn_;
  LoopTurns turns_;
  bool turning_ = false;
  pid_t loop_thread_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ingress::net
