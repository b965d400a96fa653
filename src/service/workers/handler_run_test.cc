#include "service/workers/handler_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "ipc/testing/test_loop.h"

namespace ingress::service {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

ipc::FromHandler Order(std::uint32_t milliseconds) {
  ipc::FromHandler message;
  message.mutable_set_batch_interval()->set_milliseconds(milliseconds);
  return message;
}

ipc::FromHandler Sent(int senders) {
  ipc::FromHandler message;
  for (int i = 0; i < senders; ++i) message.mutable_counters()->add_senders();
  return message;
}

ipc::FromHandler LastWord() {
  ipc::FromHandler message;
  message.mutable_finished()->set_ok(true);
  return message;
}

/// A process that says what a test has written for it.
class HandlerRunTest : public ::testing::Test {
 protected:
  ~HandlerRunTest() override { std::remove(words_.c_str()); }

  void Write(const ipc::FromHandler& message) {
    const Bytes frame = ipc::SerializeFrame(message).value();
    std::ofstream(words_, std::ios::binary | std::ios::app)
        .write(reinterpret_cast<const char*>(frame.data()),
               static_cast<std::streamsize>(frame.size()));
  }

  /// Runs it until it is gone. It stays after its words as `then`, a shell's command, says.
  HandlerEnding Run(const std::string& then) {
    ipc::ChildProcess::SpawnOptions options;
    options.path = "/bin/sh";
    options.args = {"-c", "cat '" + words_ + "' >&3; " + then};
    options.environment = {"PATH=/usr/bin:/bin"};
    auto child = ipc::ChildProcess::Spawn(loop_.executor(), std::move(options));
    if (!child) ADD_FAILURE() << child.error().context;
    auto run = std::make_shared<HandlerRun>(
        loop_.executor(),
        std::make_unique<HandlerProcess>(
            std::move(*child), loop_.executor(),
            std::make_shared<observability::Logger>(observability::Logger::Null())),
        observability::Logger::Null());
    return loop_.Await(run->Run(
        {.state = [](const ipc::State&) {},
         .counters = [this](const ipc::Counters& counters) { counters_.push_back(counters); },
         .set_batch_interval =
             [this](std::chrono::milliseconds interval) {
               orders_.push_back(static_cast<int>(interval.count()));
             },
         .input = [](const ipc::InputEvent&) {}}));
  }

  ipc::testing::TestLoop loop_;
  std::string words_ = ::testing::TempDir() + "handler_run_test." + std::to_string(getpid());
  std::vector<ipc::Counters> counters_;
  std::vector<int> orders_;
};

TEST_F(HandlerRunTest, PassesOnWhatAHandlerSays) {
  Write(Sent(3));
  Write(LastWord());
  const HandlerEnding end = Run("exit 0");
  EXPECT_EQ(end.kind, HandlerEnding::Kind::kInOrder);
  EXPECT_EQ(counters_.size(), 1U);
}

TEST_F(HandlerRunTest, EndsAHandlerThatCountsMoreThanThereIs) {
  Write(Sent(1000));
  Write(Sent(1));
  const HandlerEnding end = Run("exec sleep 1000");
  EXPECT_EQ(end.kind, HandlerEnding::Kind::kDied);
  ASSERT_TRUE(end.failure);
  EXPECT_EQ(end.failure->code(), FailureCode::kHandlerCrashed);
  EXPECT_THAT(end.failure->cause(), HasSubstr("1000 senders, limit 8"));
  EXPECT_TRUE(counters_.empty()) << "nothing that follows is believed";
}

TEST_F(HandlerRunTest, EndsAHandlerWhoseNumbersAreNone) {
  ipc::FromHandler message;
  message.mutable_counters()->set_delay_ms(std::numeric_limits<double>::quiet_NaN());
  Write(message);
  EXPECT_THAT(Run("exec sleep 1000").failure->cause(), HasSubstr("a delay of nan"));
  EXPECT_TRUE(counters_.empty());
}

TEST_F(HandlerRunTest, EndsAHandlerBeforeItReadsAHugeMessage) {
  Write(Sent(1'000'000));
  const HandlerEnding end = Run("exec sleep 1000");
  EXPECT_EQ(end.failure->code(), FailureCode::kHandlerCrashed);
  EXPECT_THAT(end.failure->cause(), HasSubstr("ipc frame of"));
}

TEST_F(HandlerRunTest, EndsAHandlerThatFloodsIt) {
  for (int i = 0; i < 3000; ++i) Write(Sent(1));
  EXPECT_THAT(Run("exec sleep 1000").failure->cause(), HasSubstr("more messages"));
  EXPECT_LT(counters_.size(), 1500U);
}

TEST_F(HandlerRunTest, PassesOnTheNewestOrderOfManyToLetMediaGather) {
  for (int i = 0; i < 250; ++i) {
    Write(Order(0));
    Write(Order(50));
  }
  Write(Order(20));
  Run("exec sleep 0.5");
  ASSERT_FALSE(orders_.empty());
  EXPECT_LE(orders_.size(), 6U);
  EXPECT_EQ(orders_.back(), 20);
}

}  // namespace
}  // namespace ingress::service
