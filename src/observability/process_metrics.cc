#include "observability/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

namespace ingress::observability {
namespace {

/// Fields of /proc/self/stat, numbered as in proc(5).
struct ProcessStat {
  double user_ticks = 0;      // field 14
  double system_ticks = 0;    // field 15
  double threads = 0;         // field 20
  double start_ticks = 0;     // field 22, since boot
  double virtual_bytes = 0;   // field 23
  double resident_pages = 0;  // field 24
};

std::optional<ProcessStat> ReadStat() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // Field 2 is the program's name in parentheses and may itself contain some.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  const std::vector<std::string> values{std::istream_iterator<std::string>(fields), {}};
  constexpr std::size_t kFirstField = 3;
  constexpr std::size_t kLastField = 24;
  if (values.size() <= kLastField - kFirstField) return std::nullopt;
  const auto field = [&values](std::size_t number) {
    return std::strtod(values[number - kFirstField].c_str(), nullptr);
  };
  return ProcessStat{.user_ticks = field(14),
                     .system_ticks = field(15),
                     .threads = field(20),
                     .start_ticks = field(22),
                     .virtual_bytes = field(23),
                     .resident_pages = field(24)};
}

// Seconds since 1970 at which the machine came up.
std::optional<double> ReadBootTime() {
  std::ifstream file("/proc/stat");
  std::string name;
  for (double value = 0; file >> name;) {
    if (name == "btime" && file >> value) return value;
    std::getline(file, name);
  }
  return std::nullopt;
}

std::optional<double> CountOpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  const auto count = std::distance(begin(files), end(files));
  return static_cast<double>(count - 1);  // without the one that reads the directory
}

std::optional<double> MostOpenFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

std::vector<prometheus::MetricFamily> CollectProcessMetrics() {
  std::vector<prometheus::MetricFamily> families;
  const auto add = [&](const char* name, const char* help, prometheus::MetricType type,
                       double value) {
    prometheus::ClientMetric metric;
    metric.gauge.value = value;
    metric.counter.value = value;
    families.push_back({name, help, type, {metric}});
  };
  using enum prometheus::MetricType;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (const std::optional<ProcessStat> stat = ReadStat()) {
    add("process_cpu_seconds_total", "User and system CPU time of this process.", Counter,
        (stat->user_ticks + stat->system_ticks) / ticks_per_second);
    add("process_resident_memory_bytes", "Resident memory of this process.", Gauge,
        stat->resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
    add("process_virtual_memory_bytes", "Virtual memory of this process.", Gauge,
        stat->virtual_bytes);
    add("process_threads", "Threads of this process.", Gauge, stat->threads);
    if (const std::optional<double> boot = ReadBootTime()) {
      add("process_start_time_seconds", "Start of this process, in seconds since 1970.", Gauge,
          *boot + stat->start_ticks / ticks_per_second);
    }
  }
  if (const std::optional<double> files = CountOpenFiles()) {
    add("process_open_fds", "Open file descriptors of this process.", Gauge, *files);
  }
  if (const std::optional<double> files = MostOpenFiles()) {
    add("process_max_fds", "Most file descriptors that this process may open.", Gauge, *files);
  }
  return families;
}

}  // namespace ingress::observability
