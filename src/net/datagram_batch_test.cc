#include "net/datagram_batch.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <memory>
#include <vector>

namespace ingress::net {
namespace {

using boost::asio::ip::udp;

const boost::asio::ip::address kLoopback = boost::asio::ip::address_v4::loopback();

class DatagramBatchTest : public testing::Test {
 protected:
  void Send(std::vector<std::uint8_t> bytes) {
    sender_.send_to(boost::asio::buffer(bytes), receiver_.local_endpoint());
  }

  std::vector<std::uint8_t> At(std::size_t index) {
    const auto bytes = batch_->at(index).bytes;
    return {bytes.begin(), bytes.end()};
  }

  boost::asio::io_context io_;
  udp::socket receiver_{io_, {kLoopback, 0}};
  udp::socket sender_{io_, {kLoopback, 0}};
  std::unique_ptr<DatagramBatch> batch_ = std::make_unique<DatagramBatch>();
};

TEST_F(DatagramBatchTest, ReadsAllThatHasArrivedAndWhereFrom) {
  Send({1, 2, 3});
  Send({});
  Send({4});
  ASSERT_EQ(batch_->Receive(receiver_.native_handle()), 3U);
  EXPECT_EQ(At(0), (std::vector<std::uint8_t>{1, 2, 3}));
  EXPECT_TRUE(At(1).empty());
  EXPECT_EQ(At(2), (std::vector<std::uint8_t>{4}));
  EXPECT_EQ(batch_->remote(2), sender_.local_endpoint());
  EXPECT_FALSE(batch_->at(0).stamp.has_value());
  EXPECT_EQ(batch_->Receive(receiver_.native_handle()), 0U);
  EXPECT_EQ(errno, EAGAIN);
}

TEST_F(DatagramBatchTest, SaysWhenTheKernelTookThem) {
  const int on = 1;
  ASSERT_EQ(setsockopt(receiver_.native_handle(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on), 0);
  timespec before{};
  clock_gettime(CLOCK_REALTIME, &before);
  Send({1});
  ASSERT_EQ(batch_->Receive(receiver_.native_handle()), 1U);
  const auto stamp = batch_->at(0).stamp;
  ASSERT_TRUE(stamp.has_value());
  EXPECT_LE(std::abs(stamp->tv_sec - before.tv_sec), 20);
}

TEST_F(DatagramBatchTest, LeavesWhatIsMoreThanABatchAndCutsWhatIsTooLarge) {
  Send(std::vector<std::uint8_t>(3000, 7));
  for (std::size_t i = 0; i < DatagramBatch::kMaxDatagrams; ++i) Send({1});
  ASSERT_EQ(batch_->Receive(receiver_.native_handle()), DatagramBatch::kMaxDatagrams);
  EXPECT_EQ(At(0).size(), DatagramBatch::kMaxDatagramSize);
  EXPECT_EQ(batch_->Receive(receiver_.native_handle()), 1U);
}

}  // namespace
}  // namespace ingress::net
