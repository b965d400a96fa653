#include "net/acceptor.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <vector>

#include "net/listen.h"
#include "support/descriptors_spent.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class AcceptorTest : public testing::Test {
 protected:
  AcceptorTest() {
    asio::co_spawn(
        context_,
        acceptor_.Run(
            {.on_connection = [this](tcp::socket socket) { taken_.push_back(std::move(socket)); },
             .on_error =
                 [this](boost::system::error_code error) {
                   error_ = error;
                   if (on_error_) on_error_();
                 }}),
        [this](const std::exception_ptr& error) {
          if (error) std::rethrow_exception(error);
          over_ = true;
        });
  }
  ~AcceptorTest() override {
    acceptor_.Close();
    RunUntil([this] { return over_; });
  }

  tcp::socket Connect() {
    tcp::socket client(context_);
    client.connect({asio::ip::address_v4::loopback(), acceptor_.port()});
    return client;
  }
  void RunUntil(const std::function<bool()>& condition) {
    context_.restart();
    while (!condition() && context_.run_one() > 0) {
    }
    EXPECT_TRUE(condition());
  }

  asio::io_context context_;
  StepThrottle throttle_{context_.get_executor()};
  Acceptor acceptor_{*ListenOn(context_.get_executor(), "127.0.0.1", 0), &throttle_};
  std::vector<tcp::socket> taken_;
  boost::system::error_code error_;
  std::function<void()> on_error_;
  bool over_ = false;
};

TEST_F(AcceptorTest, TakesEveryConnection) {
  const tcp::socket first = Connect();
  const tcp::socket second = Connect();
  RunUntil([this] { return taken_.size() == 2; });
  EXPECT_EQ(taken_[0].remote_endpoint(), first.local_endpoint());
  EXPECT_EQ(taken_[1].remote_endpoint(), second.local_endpoint());
}

TEST_F(AcceptorTest, TakesNoConnectionWhileStrangersRest) {
  const TimePoint began = Clock::now();
  throttle_.Charge(StepSchedule::kMaxRest);
  const tcp::socket client = Connect();
  RunUntil([this] { return taken_.size() == 1; });
  EXPECT_GE(Clock::now() - began, StepSchedule::kMaxRest);
}

TEST_F(AcceptorTest, EndsAndGivesThePortBackWhenItIsClosed) {
  context_.poll();
  acceptor_.Close();
  acceptor_.Close();
  RunUntil([this] { return over_; });
  EXPECT_TRUE(ListenOn(context_.get_executor(), "127.0.0.1", acceptor_.port()).has_value());
}

TEST_F(AcceptorTest, TakesConnectionsAgainOnceThereAreDescriptors) {
  if (!test::DescriptorsSpent::kWorks) GTEST_SKIP() << "UBSan needs descriptors";
  const tcp::socket client = Connect();
  {
    const test::DescriptorsSpent spent;
    RunUntil([this] { return error_.failed(); });
  }
  EXPECT_EQ(error_, asio::error::no_descriptors);
  EXPECT_TRUE(taken_.empty());
  RunUntil([this] { return taken_.size() == 1; });
}

TEST_F(AcceptorTest, CanBeClosedByItsCallbacks) {
  if (!test::DescriptorsSpent::kWorks) GTEST_SKIP() << "UBSan needs descriptors";
  on_error_ = [this] { acceptor_.Close(); };
  const tcp::socket client = Connect();
  const test::DescriptorsSpent spent;
  RunUntil([this] { return over_; });
  EXPECT_TRUE(error_.failed());
}

}  // namespace
}  // namespace ingress::net
