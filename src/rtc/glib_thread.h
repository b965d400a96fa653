#pragma once

#include <glib.h>

#include <functional>
#include <thread>

namespace ingress::rtc {

/// The one thread on which GLib's main loop runs, for libnice's sockets and timers. It starts at
/// first use and lives as long as the process.
class GlibThread {
 public:
  static GlibThread& Instance();

  GMainContext* context() const { return context_; }

  /// Runs `task` on the thread. From any thread; never blocks.
  void Post(std::function<void()> task);

 private:
  GlibThread();

  GMainContext* context_;  // never freed: the thread uses it to the end
  std::thread thread_;
};

}  // namespace ingress::rtc
