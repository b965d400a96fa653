#pragma once

#include <time.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <optional>

namespace ingress::testing {

/// Time as a test gives it. While one of these lives, the steady clock of this program stands still
/// and every timer of the event loop goes by it: minutes pass in no time, and nothing depends on
/// how fast the machine is.
///
/// A program whose sources include this has a std::chrono::steady_clock::now() of its own, in the
/// place of the library's.
class GivenTime {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit GivenTime(boost::asio::io_context& loop) : loop_(loop) {
    now_ = std::chrono::steady_clock::now();
  }
  ~GivenTime() { now_.reset(); }
  GivenTime(const GivenTime&) = delete;
  GivenTime& operator=(const GivenTime&) = delete;

  /// Runs whatever need not wait.
  void Run() {
    std::size_t ran = 0;
    do {
      // The loop looks at its timers when a new one is the first that is due.
      boost::asio::steady_timer look(loop_, *now_ - std::chrono::hours(1));
      bool looked = false;
      look.async_wait([&looked](const boost::system::error_code&) { looked = true; });
      loop_.restart();
      ran = 0;
      while (!looked) ran += loop_.run_one();
      ran += loop_.poll();
    } while (ran > 1);
  }

  /// Lets time pass; what becomes due meanwhile runs at most kStep late.
  void Pass(std::chrono::milliseconds duration) {
    for (const Time end = *now_ + duration; *now_ < end;) {
      now_ = std::min(*now_ + kStep, end);
      Run();
    }
  }

  static const std::optional<Time>& now() { return now_; }

 private:
  static constexpr std::chrono::milliseconds kStep{10};

  static inline std::optional<Time> now_;

  boost::asio::io_context& loop_;
};

}  // namespace ingress::testing

// NOLINTNEXTLINE(cert-dcl58-cpp): not an addition to std, but another definition of what it
// declares
[[gnu::weak]] std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept {
  if (const auto& given = ingress::testing::GivenTime::now()) return *given;
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time_point(seconds(time.tv_sec) + nanoseconds(time.tv_nsec));
}
