#include "whip_job/input_message.h"

#include <gtest/gtest.h>

namespace ingress::whip_job {
namespace {

TEST(InputMessageTest, AnOrderComesWithTheNumberOfItsEncoder) {
  ipc::WhipOrder sent;
  sent.mutable_peer()->set_tcp(true);
  ipc::InputOrder message;
  message.set_encoder(3);
  message.set_body(OrderBody(sent));
  const auto order = OrderOf(message);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->generation(), 3U);
  EXPECT_TRUE(order->peer().tcp());
}

TEST(InputMessageTest, AnEventSaysWhetherMediaArrives) {
  ipc::WhipEvent event;
  event.set_generation(2);
  event.mutable_connected();
  EXPECT_EQ(ToMessage(event).encoder(), 2U);
  EXPECT_TRUE(ToMessage(event).receiving());
  event.mutable_silence()->set_silent(true);
  EXPECT_TRUE(ToMessage(event).has_receiving());
  EXPECT_FALSE(ToMessage(event).receiving());
  event.mutable_silence()->set_silent(false);
  EXPECT_TRUE(ToMessage(event).receiving());
  event.mutable_ended()->set_detail("over");
  EXPECT_FALSE(ToMessage(event).has_receiving());
  const auto received = EventOf(ToMessage(event));
  ASSERT_TRUE(received);
  EXPECT_EQ(received->ended().detail(), "over");
  EXPECT_EQ(received->generation(), 2U);
}

TEST(InputMessageTest, OtherBytesAreMalformed) {
  ipc::InputOrder order;
  order.set_body("\xff\xff");
  EXPECT_EQ(OrderOf(order).error().code, ErrorCode::kMalformed);
  ipc::InputEvent event;
  event.set_body("\xff\xff");
  EXPECT_EQ(EventOf(event).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace ingress::whip_job
