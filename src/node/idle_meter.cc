#include "node/idle_meter.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "node/text.h"

namespace ingress::node {
namespace {

constexpr double kMicrosecond = 1e-6;
constexpr double kNanosecond = 1e-9;

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::optional<double> UsedBy(const CpuQuota& quota, const FileReader& files) {
  if (quota.usage_file.empty()) return std::nullopt;
  const auto text = files(quota.usage_file);
  if (!text) return std::nullopt;
  const bool v2 = quota.version == CgroupPath::Version::kV2;
  const auto count = v2 ? NumberOf<double>(*text, "usage_usec") : ParseNumber<double>(*text);
  if (!count) return std::nullopt;
  return *count * (v2 ? kMicrosecond : kNanosecond);
}

}  // namespace

IdleMeter::IdleMeter(std::vector<int> processors, std::vector<CpuQuota> quotas, FileReader files)
    : usable_(std::move(processors)), quotas_(std::move(quotas)), files_(std::move(files)) {}

void IdleMeter::Sample(TimePoint now) {
  Reading reading = Read(now);
  if (last_ && now > last_->at) {
    if (const auto idle = IdleBetween(*last_, reading)) {
      const double weight = 1 - std::exp(-Seconds(now - last_->at) / Seconds(kMemory));
      idle_ = idle_ ? *idle_ + weight * (*idle - *idle_) : *idle;
    }
  }
  last_ = std::move(reading);
}

IdleMeter::Reading IdleMeter::Read(TimePoint now) const {
  Reading reading{.at = now, .processors = ReadProcessors(), .used = {}};
  for (const CpuQuota& quota : quotas_) reading.used.push_back(UsedBy(quota, files_));
  return reading;
}

/// Lines of /proc/stat: "cpu3 user nice system idle iowait irq softirq steal guest guest_nice", the
/// last two being parts of the first two.
IdleMeter::Processors IdleMeter::ReadProcessors() const {
  constexpr std::size_t kIdle = 4;
  constexpr std::size_t kWaiting = 5;
  constexpr std::size_t kSteal = 8;
  const std::string text = files_("/proc/stat").value_or("");
  Processors processors;
  for (const std::string_view line : Split(text, '\n')) {
    if (!line.starts_with("cpu")) break;  // what follows is long and of no use here
    const std::vector<std::string_view> fields = Split(line, ' ');
    const auto number = ParseNumber<int>(fields[0].substr(3));
    if (!number || !std::ranges::binary_search(usable_, *number)) continue;
    if (fields.size() <= kSteal) continue;
    Ticks ticks;
    for (std::size_t i = 1; i <= kSteal; ++i) {
      const std::uint64_t value = ParseNumber<std::uint64_t>(fields[i]).value_or(0);
      ticks.all += value;
      if (i == kIdle || i == kWaiting) ticks.idle += value;
    }
    processors.emplace(*number, ticks);
  }
  return processors;
}

std::optional<double> IdleMeter::IdleBetween(const Reading& before, const Reading& after) const {
  std::optional<double> least;
  const auto take = [&least](double cores) {
    cores = std::max(cores, 0.0);
    least = least ? std::min(*least, cores) : cores;
  };
  double idle = 0;
  bool counted = false;
  for (const auto& [number, now] : after.processors) {
    const auto found = before.processors.find(number);
    if (found == before.processors.end() || now.all <= found->second.all) continue;
    counted = true;
    // The kernel's count of waiting for disks may fall.
    const double idle_ticks =
        static_cast<double>(now.idle) - static_cast<double>(found->second.idle);
    const double all_ticks = static_cast<double>(now.all - found->second.all);
    idle += std::clamp(idle_ticks / all_ticks, 0.0, 1.0);
  }
  if (counted) take(idle);
  for (std::size_t i = 0; i < quotas_.size(); ++i) {
    if (!before.used[i] || !after.used[i]) continue;
    take(quotas_[i].cores - (*after.used[i] - *before.used[i]) / Seconds(after.at - before.at));
  }
  return least;
}

}  // namespace ingress::node
