#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "domain/admission.h"
#include "domain/route.h"

namespace ingress::service {

/// Turns a handler's heartbeats (processor time since its start) into what its session costs.
class LoadMeter {
 public:
  /// By then decoders and encoders run and the first viewers have chosen their layers.
  static constexpr std::chrono::seconds kSettleTime{15};

  /// `cpu_seconds`: since the handler's start. `memory`: bytes.
  void OnHeartbeat(double cpu_seconds, std::uint64_t memory, TimePoint now) {
    if (!first_) first_ = now;
    memory_ = memory;
    if (last_ && now > last_->at) {
      const double passed = std::chrono::duration<double>(now - last_->at).count();
      // Children that are gone take theirs along.
      const double cores = std::max(0.0, cpu_seconds - last_->cpu_seconds) / passed;
      constexpr double kWeight = 0.3;  // of the newest second; smooths single key frames
      cores_ = cores_ == 0 ? cores : cores_ + kWeight * (cores - cores_);
    }
    last_ = Sample{.at = now, .cpu_seconds = cpu_seconds};
  }

  /// What decoding the source takes by its headers, bytes. More than was measured is still to come.
  void OnDecoderMemory(std::uint64_t bytes, TimePoint now) {
    if (bytes > decoder_memory_) first_ = now;
    decoder_memory_ = bytes;
  }

  /// The session goes on by another route: what was measured says nothing of what comes.
  void OnRoute(std::optional<Route> route, TimePoint now) {
    if (route == route_) return;
    // Less work than before needs no patience.
    const bool cheaper = ShareOfRoute(route) < ShareOfRoute(route_);
    route_ = route;
    if (!cheaper) first_ = now;
  }

  SessionLoad load() const {
    return {.cores = cores_,
            .settled = first_ && last_ && last_->at - *first_ >= kSettleTime,
            .share = ShareOfRoute(route_),
            .memory = memory_,
            .decoder_memory = decoder_memory_};
  }

 private:
  struct Sample {
    TimePoint at;
    double cpu_seconds;
  };
  std::optional<TimePoint> first_;
  std::optional<Sample> last_;
  double cores_ = 0;
  std::uint64_t memory_ = 0;
  std::uint64_t decoder_memory_ = 0;
  std::optional<Route> route_;  // empty: not known yet
};

}  // namespace ingress::service
