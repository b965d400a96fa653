#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

namespace ingress::input {

/// How a process' file descriptors are shared out. A session takes some seven of them (its encoder,
/// its reader of the relay, its handler's socket, log pipe and pidfd; two more while it starts),
/// each probe one, Redis and livekit-server some. So encoders' connections leave a reserve.
class DescriptorBudget {
 public:
  static constexpr std::size_t kFew = 4096;  // a limit below this is told at start

  /// `limit`: RLIMIT_NOFILE.
  explicit DescriptorBudget(std::size_t limit)
      : limit_(limit), reserve_(std::clamp(limit / 4, kMinReserve, kMaxReserve)) {}

  std::size_t limit() const { return limit_; }

  /// How many descriptors are open too many, when `fd` was given to an encoder's connection just
  /// now: the kernel gives the lowest free number.
  std::size_t Excess(int fd) const {
    const std::size_t open = static_cast<std::size_t>(std::max(fd, 0)) + 1;
    const std::size_t allowed = limit_ > reserve_ ? limit_ - reserve_ : 0;
    return open > allowed ? open - allowed : 0;
  }

  /// A sentence for the log at start when there are few; else empty.
  std::optional<std::string> Warning() const {
    if (limit_ >= kFew) return std::nullopt;
    return "this process may open only " + std::to_string(limit_) +
           " files: RTMP connections end at " +
           std::to_string(limit_ - std::min(limit_, reserve_)) +
           ". Raise the hard limit (systemd: LimitNOFILE=65536, Docker: --ulimit nofile=65536).";
  }

 private:
  static constexpr std::size_t kMinReserve = 48;
  static constexpr std::size_t kMaxReserve = 512;

  std::size_t limit_;
  std::size_t reserve_;
};

}  // namespace ingress::input
