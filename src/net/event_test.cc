#include "net/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>

#include "net/deadline.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kNever = 24h;  // tests never wait for it

class EventTest : public testing::Test {
 protected:
  asio::awaitable<void> Wait(Event event, std::string name, Clock::duration limit) {
    const bool notified = co_await event.WaitFor(limit);
    returned_.push_back(name + (notified ? " notified" : " in time"));
  }
  asio::awaitable<void> WaitForValue(int wanted) {
    co_await event_.WaitUntilTrue([this, wanted] { return value_ == wanted; });
    returned_.emplace_back("true");
  }
  asio::awaitable<void> WaitAfterTheEvent() {
    std::optional<Event> event(std::in_place);
    auto waiting = event->WaitFor(1ms);
    event.reset();
    if (!co_await std::move(waiting)) returned_.emplace_back("in time");
  }
  asio::awaitable<void> GiveUpSoon() {
    if (!co_await TryFor(1ms, event_.WaitFor(kNever))) returned_.emplace_back("given up");
  }

  void Spawn(asio::awaitable<void> task) {
    asio::co_spawn(context_, std::move(task), asio::detached);
    RunReady();
  }
  void RunReady() {
    context_.restart();
    context_.poll();
  }

  asio::io_context context_;
  Event event_;
  int value_ = 0;
  std::vector<std::string> returned_;
};

TEST_F(EventTest, WakesAllThatWaitInTheirOrder) {
  Spawn(Wait(event_, "a", kNever));
  Spawn(Wait(event_, "b", kNever));
  event_.Notify();
  EXPECT_THAT(returned_, IsEmpty());  // they run by the executor, not within Notify()
  RunReady();
  EXPECT_THAT(returned_, ElementsAre("a notified", "b notified"));
}

TEST_F(EventTest, OneThatComesAfterANotifyWaitsForTheNext) {
  event_.Notify();
  Spawn(Wait(event_, "late", kNever));
  EXPECT_THAT(returned_, IsEmpty());
  event_.Notify();
  RunReady();
  EXPECT_THAT(returned_, ElementsAre("late notified"));
}

TEST_F(EventTest, ReturnsAtItsDeadline) {
  Spawn(Wait(event_, "past", -1ms));
  Spawn(Wait(event_, "later", kNever));
  EXPECT_THAT(returned_, ElementsAre("past in time"));
  event_.Notify();
  RunReady();
  EXPECT_THAT(returned_, ElementsAre("past in time", "later notified"));
}

TEST_F(EventTest, LooksAtAConditionAgainAfterEachNotify) {
  Spawn(WaitForValue(2));
  for (value_ = 0; value_ < 2; ++value_) {
    event_.Notify();
    RunReady();
    EXPECT_THAT(returned_, IsEmpty()) << value_;
  }
  event_.Notify();
  RunReady();
  EXPECT_THAT(returned_, ElementsAre("true"));
}

TEST_F(EventTest, DoesNotWaitForAConditionThatIsTrue) {
  Spawn(WaitForValue(0));
  EXPECT_THAT(returned_, ElementsAre("true"));
}

TEST_F(EventTest, ACopyOutlivesTheOwnersEvent) {
  std::optional<Event> owned(std::in_place);
  Spawn(Wait(*owned, "a", kNever));
  Event copy = *owned;
  owned.reset();
  copy.Notify();
  RunReady();
  EXPECT_THAT(returned_, ElementsAre("a notified"));
}

TEST_F(EventTest, TheEventMayGoWhileSomebodyWaits) {
  Spawn(WaitAfterTheEvent());
  context_.run();
  EXPECT_THAT(returned_, ElementsAre("in time"));
}

TEST_F(EventTest, AWaiterThatWasCancelledIsForgotten) {
  Spawn(GiveUpSoon());
  context_.run();
  EXPECT_THAT(returned_, ElementsAre("given up"));
  event_.Notify();  // touches nothing that is gone, or the sanitizers tell
  RunReady();
  EXPECT_THAT(returned_, ElementsAre("given up"));
}

TEST_F(EventTest, AWaiterThatIsDestroyedIsForgotten) {
  {
    asio::io_context other;
    asio::co_spawn(other, Wait(event_, "a", kNever), asio::detached);
    other.poll();
  }
  event_.Notify();
  EXPECT_THAT(returned_, IsEmpty());
}

}  // namespace
}  // namespace ingress::net
