#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "node/files.h"
#include "node/processors.h"

namespace ingress::node {

/// How many cores of the node nobody uses, neither we nor any other program: idle time of the
/// processors we may run on, and what is left of each cgroup's quota, whichever is less. Smoothed
/// over some seconds, so that a short burst does not count as a busy node.
class IdleMeter {
 public:
  /// The weight of what is older than this falls below a third.
  static constexpr std::chrono::seconds kMemory{4};

  IdleMeter(std::vector<int> processors, std::vector<CpuQuota> quotas, FileReader files);

  /// To be called about once a second.
  void Sample(TimePoint now);

  /// Cores; empty before the second sample, and where the system does not tell.
  std::optional<double> idle() const { return idle_; }

 private:
  struct Ticks {
    std::uint64_t idle = 0;
    std::uint64_t all = 0;
  };
  using Processors = std::map<int, Ticks>;
  struct Reading {
    TimePoint at;
    Processors processors;
    std::vector<std::optional<double>> used;  // processor seconds of each quota's cgroup
  };

  Reading Read(TimePoint now) const;
  Processors ReadProcessors() const;
  std::optional<double> IdleBetween(const Reading& before, const Reading& after) const;

  std::vector<int> usable_;
  std::vector<CpuQuota> quotas_;
  FileReader files_;
  std::optional<Reading> last_;
  std::optional<double> idle_;
};

}  // namespace ingress::node
