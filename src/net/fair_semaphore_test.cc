#include "net/fair_semaphore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <list>
#include <map>
#include <string>
#include <vector>

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class FairSemaphoreTest : public ::testing::Test {
 protected:
  asio::awaitable<void> Acquire(std::string source, std::string name) {
    FairSemaphore::Waiter& waiter = waiters_.try_emplace(name, semaphore_).first->second;
    auto permit = co_await semaphore_.Acquire(waiter, source);
    order_.push_back(permit ? name : name + " gone");
    if (permit) permits_.push_back(std::move(*permit));
  }

  void Arrive(std::string source, std::string name) {
    asio::co_spawn(context_, Acquire(std::move(source), std::move(name)),
                   [](const std::exception_ptr& error) {
                     if (error) std::rethrow_exception(error);
                   });
    Run();
  }

  void Release() {
    {
      const FairSemaphore::Permit permit = std::move(permits_.front());
    }
    permits_.pop_front();
    Run();
  }

  void Run() {
    context_.restart();
    context_.poll();
  }

  asio::io_context context_;
  FairSemaphore semaphore_{2};
  std::map<std::string, FairSemaphore::Waiter> waiters_;
  std::list<FairSemaphore::Permit> permits_;
  std::vector<std::string> order_;
};

TEST_F(FairSemaphoreTest, LetsABoundedNumberRunAndTheOthersInFairOrder) {
  Arrive("flood", "1");
  EXPECT_FALSE(semaphore_.busy());
  Arrive("flood", "2");
  EXPECT_TRUE(semaphore_.busy());
  Arrive("flood", "3");
  Arrive("flood", "4");
  Arrive("encoder", "5");
  EXPECT_EQ(semaphore_.waiting(), 3U);
  EXPECT_THAT(order_, ElementsAre("1", "2"));
  Release();
  EXPECT_THAT(order_, ElementsAre("1", "2", "5"));
  Release();
  Release();
  EXPECT_THAT(order_, ElementsAre("1", "2", "5", "4", "3"));
  EXPECT_TRUE(semaphore_.busy());
  Release();
  EXPECT_FALSE(semaphore_.busy());
  EXPECT_THAT(permits_, SizeIs(1));
}

TEST_F(FairSemaphoreTest, ACancelledWaiterGoesWithoutAPermit) {
  Arrive("a", "1");
  Arrive("a", "2");
  Arrive("a", "3");
  waiters_.at("3").Cancel();
  Run();
  EXPECT_THAT(order_, ElementsAre("1", "2", "3 gone"));
  EXPECT_EQ(semaphore_.waiting(), 0U);
  Release();
  EXPECT_FALSE(semaphore_.busy());
}

TEST_F(FairSemaphoreTest, AGrantedPermitCannotBeCancelled) {
  Arrive("a", "1");
  Arrive("a", "2");
  Arrive("a", "3");
  {
    const FairSemaphore::Permit permit = std::move(permits_.front());
  }
  permits_.pop_front();
  waiters_.at("3").Cancel();
  Run();
  EXPECT_THAT(order_, ElementsAre("1", "2", "3"));
}

}  // namespace
}  // namespace ingress::net
