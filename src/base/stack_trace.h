#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>

namespace ingress {

/// A thread that gets this signal writes its stack to standard error and goes on.
inline constexpr int kStackSignal = SIGUSR2;

/// Makes kStackSignal do so. Once, before it may come; any thread.
void PrepareStackTraces();

/// Makes another thread of this process write its stack. False: it did not within `limit`, as when
/// it waits for a disk. After PrepareStackTraces().
bool WriteStackOf(pid_t thread, std::chrono::milliseconds limit);

}  // namespace ingress
