#pragma once

namespace ingress::handler {

/// The handler process: says hello on the inherited socket (ipc::kChildSocketFd), waits for one
/// job, runs it and reports. Returns the exit code: 0 when the service was told how it ended,
/// 1 when the socket broke before that.
int Main();

}  // namespace ingress::handler
