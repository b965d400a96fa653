#include "rtmp/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "amf/amf0.h"
#include "base/testing/hex.h"

namespace ingress::rtmp {
namespace {

using ::testing::SizeIs;

TEST(ParseCommandTest, ReadsNameTransactionAndArguments) {
  const auto command =
      ParseCommand(FromHex("02 0007 7075626C697368"  // "publish"
                           "00 4014000000000000"     // 5
                           "05 02 0003 6B6579"));    // null, "key"
  ASSERT_TRUE(command);
  EXPECT_EQ(command->name, "publish");
  EXPECT_EQ(command->transaction_id, 5);
  EXPECT_EQ(command->Argument(0), amf::Value(amf::Null{}));
  EXPECT_EQ(command->Argument(1), amf::Value("key"));
  EXPECT_EQ(command->Argument(2), amf::Value());
}

TEST(ParseCommandTest, TakesMissingAndOddTransactionsAsNone) {
  EXPECT_FALSE(ParseCommand(FromHex("02 0001 61"))->expects_result());
  EXPECT_FALSE(ParseCommand(FromHex("02 0001 61 02 0001 62"))->expects_result());
  EXPECT_FALSE(ParseCommand(FromHex("02 0001 61 00 7FF8000000000000"))->expects_result());
}

TEST(ParseCommandTest, StopsAtTheFirstAmf3Value) {
  const auto command =
      ParseCommand(FromHex("02 0001 61 00 3FF0000000000000 05 02 0001 62 11 0A0B01"));
  ASSERT_TRUE(command);
  EXPECT_THAT(command->arguments, SizeIs(2));
}

TEST(ParseCommandTest, RejectsDamage) {
  EXPECT_FALSE(ParseCommand({}));
  EXPECT_FALSE(ParseCommand(FromHex("05")));
  EXPECT_FALSE(ParseCommand(FromHex("02 00FF 61")));
  EXPECT_FALSE(ParseCommand(FromHex("02 0001 61 00 0000000000000000 03 0001 61 05")));  // no end
}

TEST(MakeResultTest, HasTheFourValuesThatFfmpegCounts) {
  EXPECT_EQ(MakeResult(4, 1), FromHex("02 0007 5F726573756C74 00 4010000000000000 05"
                                      "00 3FF0000000000000"));
}

TEST(MakeConnectResultTest, HasTheSuccessCodeInTheSecondObject) {
  const auto values = amf::DecodeAmf0(MakeConnectResult(1)).value();
  ASSERT_THAT(values, SizeIs(4));
  EXPECT_EQ(values[1], amf::Value(1));
  const auto& information = *values[3].AsProperties();
  EXPECT_EQ(information[0].name, "level");  // Wirecast wants it first
  EXPECT_EQ(information[1].value, amf::Value("NetConnection.Connect.Success"));
  EXPECT_EQ(*values[3].Find("objectEncoding"), amf::Value(0));
}

TEST(MakeConnectResultTest, OffersEnhancedRtmp) {
  const auto values = amf::DecodeAmf0(MakeConnectResult(1)).value();
  EXPECT_EQ(*values[2].Find("capsEx"), amf::Value(6));
  EXPECT_EQ(*values[2].Find("videoFourCcInfoMap")->Find("hvc1"), amf::Value(1));
  EXPECT_EQ(*values[2].Find("audioFourCcInfoMap")->Find("Opus"), amf::Value(1));
  const auto& list = std::get<amf::StrictArray>(values[2].Find("fourCcList")->data());
  EXPECT_THAT(list.values, ::testing::Contains(amf::Value("av01")));
}

TEST(MakeOnStatusTest, PutsLevelBeforeCode) {
  const auto values =
      amf::DecodeAmf0(MakeOnStatus(StatusLevel::kError, "NetStream.Publish.BadName", "no")).value();
  ASSERT_THAT(values, SizeIs(4));
  EXPECT_EQ(values[0], amf::Value("onStatus"));
  EXPECT_EQ(values[1], amf::Value(0));
  const auto& information = *values[3].AsProperties();
  ASSERT_THAT(information, SizeIs(3));
  EXPECT_EQ(information[0].value, amf::Value("error"));
  EXPECT_EQ(information[1].value, amf::Value("NetStream.Publish.BadName"));
  EXPECT_EQ(information[2].value, amf::Value("no"));
}

}  // namespace
}  // namespace ingress::rtmp
