#include "service/workers/handler_end.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace ingress::service {
namespace {

using ::testing::HasSubstr;
using Kind = HandlerEnding::Kind;

ipc::ExitStatus KilledBy(int signal) {
  return {.kind = ipc::ExitStatus::Kind::kSignalled, .value = signal};
}

ipc::Finished LastWord(bool ok, std::uint32_t code = 0) {
  ipc::Finished finished;
  finished.set_ok(ok);
  finished.set_code(code);
  finished.set_cause("cause");
  finished.set_remedy("remedy");
  return finished;
}

TEST(HandlerEndTest, BelievesTheLastWordWhateverTheExit) {
  const auto in_order = JudgeHandlerEnd({.last_word = LastWord(true)}, KilledBy(SIGKILL));
  EXPECT_EQ(in_order.kind, Kind::kInOrder);
  EXPECT_FALSE(in_order.failure);
  const auto failed = JudgeHandlerEnd(
      {.last_word = LastWord(false, static_cast<std::uint32_t>(FailureCode::kRoomClosed))}, {});
  EXPECT_EQ(failed.kind, Kind::kFailed);
  EXPECT_EQ(failed.failure->code(), FailureCode::kRoomClosed);
  EXPECT_EQ(failed.failure->Message(), "cause. remedy");
  const auto odd = JudgeHandlerEnd({.last_word = LastWord(false, 999)}, {});
  EXPECT_EQ(odd.failure->code(), FailureCode::kInternal);
}

TEST(HandlerEndTest, NamesTheSignalOfACrash) {
  const auto end = JudgeHandlerEnd({.last_word = {}}, KilledBy(SIGSEGV));
  EXPECT_EQ(end.kind, Kind::kDied);
  EXPECT_EQ(end.failure->code(), FailureCode::kHandlerCrashed);
  EXPECT_THAT(end.failure->cause(), HasSubstr("SIGSEGV"));
}

TEST(HandlerEndTest, SaysForWhatAHandlerWasEnded) {
  const auto end = JudgeHandlerEnd(
      {.last_word = {}, .violation = "9 senders, limit 8", .kernel_ran_out_of_memory = true},
      KilledBy(SIGKILL));
  EXPECT_EQ(end.kind, Kind::kDied);
  EXPECT_EQ(end.failure->code(), FailureCode::kHandlerCrashed);
  EXPECT_THAT(end.failure->cause(), HasSubstr("9 senders, limit 8"));
}

TEST(HandlerEndTest, TellsAHangFromACrash) {
  const auto end =
      JudgeHandlerEnd({.last_word = {}, .hung = true, .killed_by_us = true}, KilledBy(SIGKILL));
  EXPECT_EQ(end.failure->code(), FailureCode::kHandlerHung);
}

TEST(HandlerEndTest, BlamesMemoryOnlyWhenTheKernelDid) {
  const auto kernel =
      JudgeHandlerEnd({.last_word = {}, .kernel_ran_out_of_memory = true}, KilledBy(SIGKILL));
  EXPECT_EQ(kernel.failure->code(), FailureCode::kHandlerOutOfMemory);
  const auto someone = JudgeHandlerEnd({.last_word = {}}, KilledBy(SIGKILL));
  EXPECT_EQ(someone.failure->code(), FailureCode::kHandlerCrashed);
  const auto us = JudgeHandlerEnd(
      {.last_word = {}, .killed_by_us = true, .kernel_ran_out_of_memory = true}, KilledBy(SIGKILL));
  EXPECT_EQ(us.failure->code(), FailureCode::kHandlerCrashed);
  const auto crash =
      JudgeHandlerEnd({.last_word = {}, .kernel_ran_out_of_memory = true}, KilledBy(SIGABRT));
  EXPECT_EQ(crash.failure->code(), FailureCode::kHandlerCrashed);
}

}  // namespace
}  // namespace ingress::service
