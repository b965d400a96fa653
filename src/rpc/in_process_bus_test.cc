#include "rpc/in_process_bus.h"

#include <gtest/gtest.h>

#include <memory>

#include "rpc/testing/await.h"

namespace ingress::rpc {
namespace {

TEST(InProcessBusTest, DeliversAfterPublishReturned) {
  boost::asio::io_context io;
  InProcessBus bus(io.get_executor());
  const Recorder recorder(io, bus, "x");
  ASSERT_TRUE(Await(io, bus.Publish("x", {1, 2})));
  Settle(io);
  ASSERT_EQ(recorder.payloads().size(), 1U);
  EXPECT_EQ(recorder.payloads()[0], (Bytes{1, 2}));
}

TEST(InProcessBusTest, ForgetsASubscriberThatLeft) {
  boost::asio::io_context io;
  InProcessBus bus(io.get_executor());
  {
    auto recorder = std::make_unique<Recorder>(io, bus, "x");
    ASSERT_TRUE(Await(io, bus.Publish("x", {1})));
    recorder.reset();
  }
  Settle(io);
}

TEST(InProcessBusTest, GivesALockToOneTakerUntilItEnds) {
  boost::asio::io_context io;
  InProcessBus bus(io.get_executor());
  EXPECT_TRUE(Await(io, bus.TryLock("a", std::chrono::seconds(5))));
  EXPECT_FALSE(Await(io, bus.TryLock("a", std::chrono::seconds(5))));
  EXPECT_TRUE(Await(io, bus.TryLock("b", std::chrono::seconds(0))));
  EXPECT_TRUE(Await(io, bus.TryLock("b", std::chrono::seconds(5))));
}

}  // namespace
}  // namespace ingress::rpc
