#include "stun/message.h"

#include <gtest/gtest.h>

#include "base/testing/hex.h"

namespace ingress::stun {
namespace {

// RFC 5769 §2.1 to §2.3; the password of all three.
constexpr std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";

const Bytes kRequest = FromHex(
    "0001 0058 2112a442 b7e7a701bc34d686fa87dfae"
    "8022 0010 5354554e207465737420636c69656e74"
    "0024 0004 6e0001ff"
    "8029 0008 932ff9b151263b36"
    "0006 0009 6576746a3a68367659 202020"
    "0008 0014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "8028 0004 e57a3bcf");

const Bytes kIpv4Answer = FromHex(
    "0101 003c 2112a442 b7e7a701bc34d686fa87dfae"
    "8022 000b 7465737420766563746f72 20"
    "0020 0008 0001 a147 e112a643"
    "0008 0014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "8028 0004 c07d4c96");

const Bytes kIpv6Answer = FromHex(
    "0101 0048 2112a442 b7e7a701bc34d686fa87dfae"
    "8022 000b 7465737420766563746f72 20"
    "0020 0014 0002 a147 0113a9faa5d3f179bc25f4b5bed2b9d9"
    "0008 0014 a382954e4be67bf11784c97c8292c275bfe3ed41"
    "8028 0004 c8fb0b4c");

crypto::HmacSha1 KeyOf(std::string_view password) {
  return crypto::HmacSha1::Make(AsBytes(password)).value();
}

/// A Binding request of these attributes.
Bytes RequestOf(std::string_view attributes) {
  const Bytes body = FromHex(attributes);
  Bytes message = FromHex("0001 0000 2112a442 000000000000000000000000");
  message[2] = static_cast<std::uint8_t>(body.size() >> 8);
  message[3] = static_cast<std::uint8_t>(body.size());
  message.insert(message.end(), body.begin(), body.end());
  return message;
}

ErrorCode Refusal(const Bytes& datagram) {
  const auto message = Parse(datagram);
  EXPECT_FALSE(message.has_value());
  return message ? ErrorCode::kInternal : message.error().code;
}

TEST(StunMessageTest, ReadsTheRequestOfRfc5769) {
  const auto message = Parse(kRequest);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->method, kBinding);
  EXPECT_EQ(message->message_class, Class::kRequest);
  EXPECT_EQ(message->username, "evtj:h6vY");
  EXPECT_EQ(message->priority, 0x6e0001ffU);
  EXPECT_TRUE(message->ice_controlled);
  EXPECT_FALSE(message->ice_controlling);
  EXPECT_FALSE(message->use_candidate);
  EXPECT_EQ(message->unknown.count, 0U);
  EXPECT_TRUE(HasIntegrity(kRequest, *message, KeyOf(kPassword)));
  EXPECT_FALSE(HasIntegrity(kRequest, *message, KeyOf("VOkJxbRl1RmTxUk/WvJxBu")));
}

TEST(StunMessageTest, ReadsTheAnswersOfRfc5769) {
  const auto ipv4 = Parse(kIpv4Answer);
  ASSERT_TRUE(ipv4.has_value());
  EXPECT_EQ(ipv4->message_class, Class::kSuccess);
  EXPECT_EQ(ipv4->mapped_address,
            (TransportAddress{.ip = ParseIpAddress("192.0.2.1").value(), .port = 32853}));
  EXPECT_TRUE(HasIntegrity(kIpv4Answer, *ipv4, KeyOf(kPassword)));
  const auto ipv6 = Parse(kIpv6Answer);
  ASSERT_TRUE(ipv6.has_value());
  EXPECT_EQ(ipv6->mapped_address,
            (TransportAddress{.ip = ParseIpAddress("2001:db8:1234:5678:11:2233:4455:6677").value(),
                              .port = 32853}));
  EXPECT_TRUE(HasIntegrity(kIpv6Answer, *ipv6, KeyOf(kPassword)));
}

TEST(StunMessageTest, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < kRequest.size(); ++size) {
    EXPECT_EQ(Refusal(Bytes(kRequest.begin(), kRequest.begin() + static_cast<long>(size))),
              ErrorCode::kMalformed);
  }
}

TEST(StunMessageTest, FindsEveryFlippedBit) {
  for (std::size_t bit = 0; bit < kRequest.size() * 8; ++bit) {
    Bytes flipped = kRequest;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    const auto message = Parse(flipped);  // FINGERPRINT tells, unless it is the one that was hit
    EXPECT_FALSE(message && HasIntegrity(flipped, *message, KeyOf(kPassword)) &&
                 message->username == "evtj:h6vY" && bit / 8 < kRequest.size() - 8)
        << bit;
  }
}

TEST(StunMessageTest, HasNoIntegrityWithoutTheAttribute) {
  const Bytes plain = RequestOf("0006 0004 613a6262");
  const auto message = Parse(plain);
  ASSERT_TRUE(message.has_value());
  EXPECT_FALSE(HasIntegrity(plain, *message, KeyOf(kPassword)));
}

TEST(StunMessageTest, PassesOverWhatStandsBehindTheIntegrity) {
  const Bytes message = RequestOf(
      "0006 0004 613a6262"
      "0008 0014 0000000000000000000000000000000000000000"
      "0025 0000"
      "7f00 0000");
  const auto parsed = Parse(message);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_FALSE(parsed->use_candidate);
  EXPECT_EQ(parsed->unknown.count, 0U);
}

TEST(StunMessageTest, TakesTheFirstOfTwo) {
  const Bytes message = RequestOf(
      "0006 0004 613a6262 0006 0004 633a6464"
      "0024 0004 00000001 0024 0004 00000002");
  const auto parsed = Parse(message);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->username, "a:bb");
  EXPECT_EQ(parsed->priority, 1U);
}

TEST(StunMessageTest, NamesWhatItHadToUnderstand) {
  const auto parsed = Parse(RequestOf("7f01 0001 00000000 8fff 0000 c001 0004 00000001"));
  ASSERT_TRUE(parsed.has_value());
  ASSERT_EQ(parsed->unknown.count, 1U);
  EXPECT_EQ(parsed->unknown.types[0], 0x7f01);
}

TEST(StunMessageTest, NamesAFewOfManyUnknownAttributes) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "7f01 0000";
  const auto parsed = Parse(RequestOf(many));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->unknown.count, UnknownAttributes::kMax);
}

TEST(StunMessageTest, RefusesWhatDoesNotFit) {
  struct Case {
    const char* name;
    Bytes bytes;
    ErrorCode code = ErrorCode::kMalformed;
  };
  Bytes long_name = RequestOf("");
  long_name[2] = 2;
  long_name[3] = 8;  // 520
  long_name.insert(long_name.end(), {0, 6, 2, 2});
  long_name.resize(long_name.size() + 516, 'a');
  const Case cases[] = {
      {"another cookie", FromHex("0001 0000 2112a443 000000000000000000000000")},
      {"first bits set", FromHex("4001 0000 2112a442 000000000000000000000000")},
      {"length is no multiple of four",
       FromHex("0001 0003 2112a442 000000000000000000000000 000000")},
      {"bytes behind the message", FromHex("0001 0000 2112a442 000000000000000000000000 00000000")},
      {"attribute runs past the end", RequestOf("0006 0008 61626364")},
      {"short priority", RequestOf("0024 0003 00000000")},
      {"short integrity", RequestOf("0008 0010 00000000000000000000000000000000")},
      {"wrong fingerprint", RequestOf("8028 0004 00000000")},
      {"short fingerprint", RequestOf("8028 0002 00000000")},
      {"fingerprint in the middle", RequestOf("8028 0004 00000000 0025 0000")},
      {"short address", RequestOf("0020 0004 00010000")},
      {"address of no family", RequestOf("0020 0008 0003000000000000")},
      {"short error code", RequestOf("0009 0003 00000000")},
      {"long user name", long_name, ErrorCode::kLimitExceeded},
  };
  for (const Case& c : cases) EXPECT_EQ(Refusal(c.bytes), c.code) << c.name;
}

TEST(StunMessageTest, KnowsItselfByTheFirstByte) {
  EXPECT_TRUE(LooksLikeStun(kRequest));
  EXPECT_TRUE(LooksLikeStun(Bytes{3}));
  EXPECT_FALSE(LooksLikeStun(Bytes{4}));
  EXPECT_FALSE(LooksLikeStun(Bytes{22}));
  EXPECT_FALSE(LooksLikeStun(Bytes{0x80}));
  EXPECT_FALSE(LooksLikeStun({}));
}

}  // namespace
}  // namespace ingress::stun
