#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "rtp/bandwidth_estimator.h"

namespace ingress::test {

/// A sender of 30 pictures a second behind a bottleneck, in virtual time: what it sends waits in a
/// queue of limited length, and feedback about it comes every 100 ms, 20 ms late.
class UplinkSimulation {
 public:
  using Microseconds = std::chrono::microseconds;

  std::uint64_t capacity = 100'000'000;  // bits per second
  Microseconds way{20'000};              // of a packet that finds no queue
  Microseconds longest_queue{400'000};   // what would wait longer is dropped
  Microseconds jitter{0};                // a third of the packets is late by up to so much
  double loss = 0;                       // of packets at random
  std::uint64_t bitrate = 1'000'000;     // what is sent, bits per second

  /// Runs for `duration`; `on_feedback` may change what is sent.
  void Run(std::chrono::milliseconds duration, const std::function<void()>& on_feedback = {}) {
    for (const TimePoint end = now_ + duration; now_ < end; now_ += kFrame) {
      SendFrame();
      if (now_ - reported_at_ < std::chrono::milliseconds(100)) continue;
      reported_at_ = now_;
      Report();
      if (on_feedback) on_feedback();
    }
  }

  TimePoint now() const { return now_; }
  rtp::BandwidthEstimator& estimator() { return estimator_; }

 private:
  static constexpr Microseconds kFrame{33'333};
  static constexpr std::size_t kPacket = 1200;

  void SendFrame() {
    owed_ += static_cast<double>(bitrate) / 8 * std::chrono::duration<double>(kFrame).count();
    for (; owed_ >= static_cast<double>(kPacket); owed_ -= static_cast<double>(kPacket)) {
      on_the_way_.push_back({.size = kPacket, .sent_at = now_, .arrival = Pass()});
    }
  }

  std::optional<Microseconds> Pass() {
    const auto at = std::chrono::duration_cast<Microseconds>(now_.time_since_epoch());
    const Microseconds start = std::max(at, free_at_);
    if (start - at > longest_queue || Chance() < loss) return std::nullopt;
    free_at_ = start + Microseconds(kPacket * 8 * 1'000'000 / capacity);
    const bool late = Chance() < 1.0 / 3;
    return free_at_ + way +
           (late ? Microseconds(jitter.count() * Percent() / 100) : Microseconds(0));
  }

  void Report() {
    const auto seen =
        std::chrono::duration_cast<Microseconds>(now_.time_since_epoch()) - Microseconds(20'000);
    const auto waits = [&](const rtp::PacketResult& packet) {
      return packet.arrival && *packet.arrival > seen;
    };
    const auto rest = std::ranges::find_if(on_the_way_, waits);
    estimator_.OnFeedback({on_the_way_.begin(), rest}, now_);
    on_the_way_.erase(on_the_way_.begin(), rest);
  }

  int Percent() { return std::uniform_int_distribution<>(0, 100)(random_); }
  double Chance() { return std::uniform_real_distribution<>(0, 1)(random_); }

  rtp::BandwidthEstimator estimator_;
  TimePoint now_{std::chrono::hours(1)};
  TimePoint reported_at_ = now_;
  Microseconds free_at_{0};
  double owed_ = 0;
  std::vector<rtp::PacketResult> on_the_way_;
  std::mt19937 random_{7};
};

}  // namespace ingress::test
