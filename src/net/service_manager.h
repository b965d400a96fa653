#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ingress::net {

/// The one who started us and wants to hear how we are: systemd, by sd_notify(3).
class ServiceManager {
 public:
  /// As NOTIFY_SOCKET and WATCHDOG_USEC say. Reads the environment: before there are threads.
  static ServiceManager FromEnvironment();

  ServiceManager(std::string socket, std::optional<std::chrono::microseconds> watchdog)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  /// "READY=1", "WATCHDOG=1", "STOPPING=1". Any thread; never waits. Nothing happens when nobody
  /// wants to know or the manager takes nothing.
  void Tell(std::string_view state) const;

  /// Within which time it wants WATCHDOG=1; empty: it does not watch us.
  std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

 private:
  std::string socket_;  // a path, or '@' and a name of the abstract space; empty: nobody
  std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace ingress::net
