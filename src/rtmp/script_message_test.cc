#include "rtmp/script_message.h"

#include <gtest/gtest.h>

#include "amf/amf0.h"
#include "base/testing/hex.h"

namespace ingress::rtmp {
namespace {

using amf::EcmaArray;
using amf::EncodeAmf0;

const EcmaArray kData{{{"width", 640}}};

TEST(ReadScriptMessageTest, TakesSetDataFrameOff) {
  const auto script = ReadScriptMessage(EncodeAmf0({"@setDataFrame", "onMetaData", kData}));
  ASSERT_TRUE(script && *script);
  EXPECT_EQ((*script)->name, "onMetaData");
  EXPECT_EQ((*script)->payload, EncodeAmf0({"onMetaData", kData}));
}

TEST(ReadScriptMessageTest, AcceptsMetadataWithoutSetDataFrame) {
  const auto script = ReadScriptMessage(EncodeAmf0({"onMetaData", kData}));
  ASSERT_TRUE(script && *script);
  EXPECT_EQ((*script)->payload, EncodeAmf0({"onMetaData", kData}));
}

TEST(ReadScriptMessageTest, PassesOverTheNumbersOfUniviewCameras) {
  const auto script = ReadScriptMessage(EncodeAmf0({0, 0, "@setDataFrame", "onMetaData", kData}));
  ASSERT_TRUE(script && *script);
  EXPECT_EQ((*script)->payload, EncodeAmf0({"onMetaData", kData}));
}

TEST(ReadScriptMessageTest, KeepsAnObjectWithoutItsEnd) {
  const auto script = ReadScriptMessage(FromHex("02 000A 6F6E4D65746144617461 03 0001 61 05"));
  ASSERT_TRUE(script && *script);
}

TEST(ReadScriptMessageTest, DropsWhatConcernsNobodyDownstream) {
  for (const char* name : {"|RtmpSampleAccess", "onFI", "onStatus", "@clearDataFrame", "other"}) {
    const auto script = ReadScriptMessage(EncodeAmf0({name, "onMetaData"}));
    ASSERT_TRUE(script) << name;
    EXPECT_FALSE(*script) << name;
  }
  EXPECT_FALSE(ReadScriptMessage({}).value());
}

TEST(ReadScriptMessageTest, ReportsDamage) {
  EXPECT_FALSE(ReadScriptMessage(FromHex("02 00FF 61")));
  EXPECT_FALSE(ReadScriptMessage(FromHex("02 000A 6F6E4D65746144617461 02 00FF 61")));
}

}  // namespace
}  // namespace ingress::rtmp
