#include "base/process_usage.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/unique_fd.h"

namespace ingress {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Stays open from the first look on, for processes that may open no file any more.
int OwnMemory() {
  static const UniqueFd file(open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  return file.get();
}

/// proc(5): statm holds total and resident size in pages.
std::uint64_t ResidentPages() {
  std::array<char, 128> text{};
  if (pread(OwnMemory(), text.data(), text.size() - 1, 0) <= 0) return 0;
  char* after_total = nullptr;
  std::strtoull(text.data(), &after_total, 10);
  return std::strtoull(after_total, nullptr, 10);
}

}  // namespace

ProcessUsage ReadProcessUsage() {
  ProcessUsage usage;
  rusage self{};
  if (getrusage(RUSAGE_SELF, &self) == 0) {
    usage.cpu_seconds = Seconds(self.ru_utime) + Seconds(self.ru_stime);
  }
  usage.resident_bytes = ResidentPages() * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return usage;
}

}  // namespace ingress
