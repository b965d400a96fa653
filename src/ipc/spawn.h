#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace ingress::ipc {

/// What a new process is made of. Descriptors stay the caller's.
struct SpawnRequest {
  std::string path;
  std::vector<std::string> arguments;    // argv[0] included
  std::vector<std::string> environment;  // "NAME=value"
  int socket = -1;                       // becomes kChildSocketFd
  int output = -1;                       // becomes 1 and 2; -1: they are inherited
  int oom_score_adj = 0;
};

struct SpawnedProcess {
  pid_t pid = 0;
  UniqueFd pidfd;                // readable once the process has ended (pidfd_open(2))
  std::optional<Error> failure;  // it could not exec, and is about to end: reap it
};

/// Starts a process that dies with the calling thread, has default signal handling, and of our
/// descriptors only those named. Safe with other threads about; the caller waits for the exec.
///
/// Errors: kInternal with the step that failed and errno's text; no process was made then. A
/// process that was made and could not exec is returned with its `failure`, which reads the same.
Result<SpawnedProcess> Spawn(const SpawnRequest& request);

}  // namespace ingress::ipc
