#pragma once

#include <optional>
#include <string>

#include "ingress_ipc.pb.h"
#include "ipc/child_process.h"
#include "service/workers/handler_ending.h"

namespace ingress::service {

/// What is known about the end of a handler's process beside its exit status.
struct HandlerEvidence {
  std::optional<ipc::Finished> last_word;
  std::string violation = {};             // of HandlerLimits, for which we ended it; empty for none
  bool hung = false;                      // we gave it up
  bool killed_by_us = false;              // for that or another reason
  bool kernel_ran_out_of_memory = false;  // and ended some process of this host meanwhile
};

HandlerEnding JudgeHandlerEnd(const HandlerEvidence& evidence, const ipc::ExitStatus& exit);

}  // namespace ingress::service
