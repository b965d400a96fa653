#include "service/node_cores.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace ingress::service {
namespace {

std::optional<double> RequestedCores() {
  const char* text = std::getenv("LIVEKIT_CPU_REQUEST");
  if (text == nullptr) return std::nullopt;
  const std::string_view view(text);
  double cores = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), cores);
  if (error != std::errc() || !(cores > 0)) return std::nullopt;
  return cores;
}

std::optional<double> CgroupQuota() {
  // "<quota> <period>" in microseconds, or "max <period>".
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  double quota = 0;
  double period = 0;
  if (!(file >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

}  // namespace

double NodeCores() {
  if (const auto requested = RequestedCores()) return *requested;
  cpu_set_t set;
  CPU_ZERO(&set);
  double cores = 1;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) cores = CPU_COUNT(&set);
  if (const auto quota = CgroupQuota()) cores = std::min(cores, *quota);
  return cores;
}

}  // namespace ingress::service
