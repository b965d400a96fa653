#include "ice_lite/registry.h"

#include <gtest/gtest.h>

#include <set>

#include "base/testing/hex.h"
#include "support/binding_request.h"

namespace ingress::ice_lite {
namespace {

using test::BindingRequest;
using Refusal = Registry::Refusal;

const sdp::IceCredentials kOne{.ufrag = "abcd", .password = "0123456789012345678901"};
const sdp::IceCredentials kTwo{.ufrag = "efgh", .password = "1123456789012345678901"};

Bytes RequestFor(const sdp::IceCredentials& ours, std::string theirs = "peer") {
  return Serialize(
      BindingRequest{.username = ours.ufrag + ":" + std::move(theirs), .password = ours.password});
}

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() {
    EXPECT_TRUE(registry_.Add(1, kOne, "peer").has_value());
    EXPECT_TRUE(registry_.Add(2, kTwo, "").has_value());
  }

  Refusal WhyNot(const Bytes& datagram) {
    const auto found = registry_.Identify(datagram);
    EXPECT_FALSE(found.has_value());
    return found ? Refusal::kNoStun : found.error();
  }

  Registry registry_;
};

TEST_F(RegistryTest, FindsTheSessionThatARequestIsAddressedTo) {
  EXPECT_EQ(registry_.Identify(RequestFor(kOne)), 1U);
  EXPECT_EQ(registry_.Identify(RequestFor(kTwo)), 2U);
  EXPECT_EQ(registry_.Identify(RequestFor(kTwo, "anybody")), 2U);
}

TEST_F(RegistryTest, SaysWhyARequestIsNobodys) {
  EXPECT_EQ(WhyNot(RequestFor({.ufrag = "none", .password = kOne.password})),
            Refusal::kUnknownUfrag);
  EXPECT_EQ(WhyNot(RequestFor({.ufrag = kOne.ufrag, .password = kTwo.password})),
            Refusal::kWrongPassword);
  EXPECT_EQ(WhyNot(RequestFor(kOne, "stranger")), Refusal::kWrongPassword);
  EXPECT_EQ(WhyNot(Serialize(BindingRequest{.username = "abcd", .password = kOne.password})),
            Refusal::kUnknownUfrag);
  EXPECT_EQ(WhyNot(FromHex("0001 0000 2112a442 000000000000000000000000")), Refusal::kUnknownUfrag);
  EXPECT_EQ(WhyNot(FromHex("0011 0000 2112a442 000000000000000000000000")), Refusal::kNoRequest);
  EXPECT_EQ(WhyNot(FromHex("0003 0000 2112a442 000000000000000000000000")), Refusal::kNoRequest);
  EXPECT_EQ(WhyNot(FromHex("0001 0000")), Refusal::kMalformed);
  EXPECT_EQ(WhyNot(FromHex("16fefd")), Refusal::kNoStun);
  EXPECT_EQ(registry_.refused(Refusal::kWrongPassword), 2U);
  EXPECT_EQ(registry_.refused(Refusal::kNoRequest), 2U);
}

TEST_F(RegistryTest, KnowsSeveralCredentialsOfOneSession) {
  const sdp::IceCredentials restarted{.ufrag = "ijkl", .password = "2123456789012345678901"};
  ASSERT_TRUE(registry_.Add(1, restarted, "again").has_value());
  EXPECT_EQ(registry_.Identify(RequestFor(kOne)), 1U);
  EXPECT_EQ(registry_.Identify(RequestFor(restarted, "again")), 1U);
  registry_.Remove(kOne.ufrag);
  EXPECT_EQ(WhyNot(RequestFor(kOne)), Refusal::kUnknownUfrag);
  EXPECT_EQ(registry_.Identify(RequestFor(restarted, "again")), 1U);
  registry_.Remove("nobody");
  EXPECT_EQ(registry_.size(), 2U);
}

TEST_F(RegistryTest, TakesAUfragOnce) {
  const auto again = registry_.Add(3, kOne, "");
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
  EXPECT_EQ(registry_.Identify(RequestFor(kOne)), 1U);
}

TEST_F(RegistryTest, RefusesCredentialsThatAreNone) {
  const sdp::IceCredentials bad[] = {
      {.ufrag = "abc", .password = kOne.password},
      {.ufrag = std::string(257, 'a'), .password = kOne.password},
      {.ufrag = "mnop", .password = "012345678901234567890"},
      {.ufrag = "mnop", .password = std::string(65, 'a')},
  };
  for (const sdp::IceCredentials& credentials : bad) {
    const auto added = registry_.Add(3, credentials, "");
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().code, ErrorCode::kMalformed);
  }
}

TEST(NewCredentialsTest, AreLongAndNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const sdp::IceCredentials fresh = NewCredentials();
    EXPECT_EQ(fresh.ufrag.size(), 8U);
    EXPECT_EQ(fresh.password.size(), 24U);
    EXPECT_TRUE(seen.insert(fresh.ufrag).second);
    EXPECT_TRUE(seen.insert(fresh.password).second);
  }
}

}  // namespace
}  // namespace ingress::ice_lite
