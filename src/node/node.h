#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "node/cgroups.h"
#include "node/files.h"
#include "node/idle_meter.h"
#include "node/node_memory.h"
#include "node/processors.h"

namespace ingress::node {

/// What this machine, or the container on it, has for streams: all of it and what is left now,
/// whoever uses the rest. Limits are those of the moment at which it was made.
class Node {
 public:
  /// `processors`: see UsableProcessors(); `requested`: cores, in place of what is found.
  Node(FileReader files, std::vector<int> processors, std::optional<double> requested);

  double cores() const { return cores_; }

  /// To be called about once a second, for idle().
  void Sample(TimePoint now) { idle_.Sample(now); }
  /// Cores; see IdleMeter.
  std::optional<double> idle() const { return idle_.idle(); }

  NodeMemory memory() const { return ReadNodeMemory(files_, memory_cgroup_); }

 private:
  FileReader files_;
  CgroupPath memory_cgroup_;
  double cores_;
  IdleMeter idle_;
};

}  // namespace ingress::node
