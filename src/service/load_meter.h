#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "ingress/admission.h"

namespace ingress::service {

/// Turns a handler's heartbeats (processor time since its start) into what its session costs.
class LoadMeter {
 public:
  /// By then decoders and encoders run and the first viewers have chosen their layers.
  static constexpr std::chrono::seconds kSettleTime{15};

  void OnHeartbeat(double cpu_seconds, TimePoint now) {
    if (!first_) first_ = now;
    if (last_ && now > last_->at) {
      const double passed = std::chrono::duration<double>(now - last_->at).count();
      const double cores = (cpu_seconds - last_->cpu_seconds) / passed;
      constexpr double kWeight = 0.3;  // of the newest second; smooths single key frames
      cores_ = cores_ == 0 ? cores : cores_ + kWeight * (cores - cores_);
    }
    last_ = Sample{.at = now, .cpu_seconds = cpu_seconds};
  }

  SessionLoad load() const {
    return {.cores = cores_, .settled = first_ && last_->at - *first_ >= kSettleTime};
  }

 private:
  struct Sample {
    TimePoint at;
    double cpu_seconds;
  };
  std::optional<TimePoint> first_;
  std::optional<Sample> last_;
  double cores_ = 0;
};

}  // namespace ingress::service
