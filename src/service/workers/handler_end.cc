#include "service/workers/handler_end.h"

#include <csignal>

namespace ingress::service {

HandlerEnding JudgeHandlerEnd(const HandlerEvidence& evidence, const ipc::ExitStatus& exit) {
  using Kind = HandlerEnding::Kind;
  if (const auto& word = evidence.last_word) {
    if (word->ok()) return {.kind = Kind::kInOrder, .failure = {}};
    const FailureCode code = FailureCodeOf(word->code()).value_or(FailureCode::kInternal);
    return {.kind = Kind::kFailed, .failure = Failure(code, word->cause(), word->remedy())};
  }
  if (!evidence.violation.empty()) {
    return {.kind = Kind::kDied,
            .failure = Failure(FailureCode::kHandlerCrashed,
                               "it said what no handler says: " + evidence.violation)};
  }
  if (evidence.hung) return {.kind = Kind::kDied, .failure = Failure(FailureCode::kHandlerHung)};
  const bool killed = exit.kind == ipc::ExitStatus::Kind::kSignalled && exit.value == SIGKILL;
  if (killed && !evidence.killed_by_us && evidence.kernel_ran_out_of_memory) {
    return {.kind = Kind::kDied, .failure = Failure(FailureCode::kHandlerOutOfMemory)};
  }
  return {.kind = Kind::kDied, .failure = Failure(FailureCode::kHandlerCrashed, exit.Describe())};
}

}  // namespace ingress::service
