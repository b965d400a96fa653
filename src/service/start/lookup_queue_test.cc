#include "service/start/lookup_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <list>
#include <vector>

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class LookupQueueTest : public ::testing::Test {
 protected:
  asio::awaitable<void> Come(int who) {
    turns_.push_back(co_await queue_.Enter());
    served_.push_back(who);
  }

  void Come(int first, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      asio::co_spawn(context_, Come(first + static_cast<int>(i)),
                     [](const std::exception_ptr& error) {
                       if (error) std::rethrow_exception(error);
                     });
    }
    Run();
  }

  void Leave() {
    const LookupQueue::Turn turn = std::move(turns_.front());
    turns_.pop_front();
  }

  void Run() {
    context_.restart();
    context_.poll();
  }

  asio::io_context context_;
  LookupQueue queue_{context_.get_executor()};
  std::list<LookupQueue::Turn> turns_;
  std::vector<int> served_;
};

TEST_F(LookupQueueTest, ServesSoManyAtATimeAndTheOthersInTheirOrder) {
  Come(0, LookupQueue::kAtATime);
  EXPECT_THAT(turns_, SizeIs(LookupQueue::kAtATime));
  EXPECT_TRUE(queue_.busy());
  served_.clear();
  Come(1000, 3);
  EXPECT_EQ(queue_.waiting(), 3u);
  EXPECT_THAT(served_, SizeIs(0));
  Leave();
  Run();
  EXPECT_THAT(served_, ElementsAre(1000));
  Leave();
  Leave();
  Run();
  EXPECT_THAT(served_, ElementsAre(1000, 1001, 1002));
  EXPECT_TRUE(queue_.busy());
  Leave();
  EXPECT_FALSE(queue_.busy());
}

}  // namespace
}  // namespace ingress::service
