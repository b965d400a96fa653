#include "stun/writer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "stun/testing/request_attributes.h"

namespace ingress::stun {
namespace {

constexpr TransactionId kId = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                               0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

crypto::HmacSha1 Key() { return crypto::HmacSha1::Make(AsBytes("VOkJxbRl1RmTxUk/WvJxBt")).value(); }

TransportAddress Address(std::string_view ip, std::uint16_t port) {
  return {.ip = ParseIpAddress(ip).value(), .port = port};
}

TEST(StunWriterTest, WritesRequestsThatCanBeRead) {
  Writer writer(Class::kRequest, kBinding, kId);
  testing::AddUsername(writer, "evtj:h6vY");
  testing::AddPriority(writer, 0x6e0001ff);
  testing::AddUseCandidate(writer);
  testing::AddIceControlling(writer, 7);
  const Bytes datagram = writer.Finish(Key()).value();
  const auto message = Parse(datagram);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->message_class, Class::kRequest);
  EXPECT_EQ(message->method, kBinding);
  EXPECT_EQ(message->id, kId);
  EXPECT_EQ(message->username, "evtj:h6vY");
  EXPECT_EQ(message->priority, 0x6e0001ffU);
  EXPECT_TRUE(message->use_candidate);
  EXPECT_TRUE(message->ice_controlling);
  EXPECT_TRUE(HasIntegrity(datagram, *message, Key()));
}

TEST(StunWriterTest, WritesAddressesOfBothFamilies) {
  for (const TransportAddress& address :
       {Address("192.0.2.1", 32853), Address("2001:db8:1234:5678:11:2233:4455:6677", 32853)}) {
    Writer writer(Class::kSuccess, kBinding, kId);
    writer.AddXorMappedAddress(address);
    const Bytes datagram = writer.Finish(Key()).value();
    const auto message = Parse(datagram);
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->message_class, Class::kSuccess);
    EXPECT_EQ(message->mapped_address, address);
    EXPECT_TRUE(HasIntegrity(datagram, *message, Key()));
  }
}

// An answer that is larger than its request would make an amplifier of us.
TEST(StunWriterTest, AnswersAreShort) {
  Writer ipv4(Class::kSuccess, kBinding, kId);
  ipv4.AddXorMappedAddress(Address("192.0.2.1", 1));
  EXPECT_EQ(ipv4.Finish(Key()).value().size(), 64U);
  Writer ipv6(Class::kSuccess, kBinding, kId);
  ipv6.AddXorMappedAddress(Address("2001:db8::1", 1));
  EXPECT_EQ(ipv6.Finish(Key()).value().size(), 76U);
}

TEST(StunWriterTest, WritesRefusals) {
  Writer writer(Class::kError, kBinding, kId);
  writer.AddErrorCode(420, "Unknown Attribute");
  writer.AddUnknownAttributes({.types = {0x7f01, 0x0022}, .count = 2});
  const Bytes datagram = writer.Finish(Key()).value();
  const auto message = Parse(datagram);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->message_class, Class::kError);
  EXPECT_EQ(message->error_code, 420);
  const Bytes expected = {0x00, 0x0a, 0x00, 0x04, 0x7f, 0x01, 0x00, 0x22};
  EXPECT_FALSE(std::ranges::search(datagram, expected).empty());
}

TEST(StunWriterTest, WritesEachClassAndMethod) {
  for (const Class message_class :
       {Class::kRequest, Class::kIndication, Class::kSuccess, Class::kError}) {
    for (const std::uint16_t method :
         std::initializer_list<std::uint16_t>{0x001, 0x00f, 0x010, 0x0f0, 0xf80, 0xfff}) {
      const Bytes datagram = Writer(message_class, method, kId).Finish(Key()).value();
      const auto message = Parse(datagram);
      ASSERT_TRUE(message.has_value());
      EXPECT_EQ(message->message_class, message_class);
      EXPECT_EQ(message->method, method);
    }
  }
}

}  // namespace
}  // namespace ingress::stun
