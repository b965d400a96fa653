#include "amf/amf0.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/testing/hex.h"

namespace ingress::amf {
namespace {

using ::testing::HasSubstr;

Result<Value> DecodeOne(std::string_view hex, ObjectEnd object_end = ObjectEnd::kMarkerRequired) {
  const Bytes bytes = FromHex(hex);
  return Amf0Decoder(bytes, object_end).Read();
}

ErrorCode CodeOf(const Result<Value>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? ErrorCode::kInternal : result.error().code;
}

TEST(Amf0DecoderTest, ReadsScalars) {
  EXPECT_EQ(DecodeOne("00 3FF0000000000000").value(), Value(1.0));
  EXPECT_EQ(DecodeOne("00 C059000000000000").value(), Value(-100));
  EXPECT_EQ(DecodeOne("01 01").value(), Value(true));
  EXPECT_EQ(DecodeOne("01 00").value(), Value(false));
  EXPECT_EQ(DecodeOne("02 0004 6C697665").value(), Value("live"));
  EXPECT_EQ(DecodeOne("05").value(), Value(Null{}));
  EXPECT_EQ(DecodeOne("06").value(), Value());
  EXPECT_EQ(DecodeOne("0D").value(), Value(Unsupported{}));
  EXPECT_EQ(DecodeOne("0B 4059000000000000 0000").value(), Value(Date{100, 0}));
}

TEST(Amf0DecoderTest, ReadsLongStringsAndXmlAsText) {
  EXPECT_EQ(DecodeOne("0C 00000002 6869").value(), Value("hi"));
  EXPECT_EQ(DecodeOne("0F 00000002 6869").value(), Value("hi"));
}

TEST(Amf0DecoderTest, ReadsReferencesAsUnsupportedValues) {
  EXPECT_EQ(DecodeOne("07 0000").value(), Value(Unsupported{}));
}

TEST(Amf0DecoderTest, KeepsNanAndInvalidUtf8) {
  EXPECT_TRUE(std::isnan(DecodeOne("00 7FF8000000000000")->AsNumber().value()));
  EXPECT_EQ(*DecodeOne("02 0002 FF00")->AsString(), std::string("\xff\0", 2));
}

TEST(Amf0DecoderTest, ReadsObjectsInOrder) {
  const auto value = DecodeOne(
      "03"
      "0003 617070 02 0004 6C697665"   // app: "live"
      "0002 6964 00 4010000000000000"  // id: 4
      "0000 09");
  ASSERT_TRUE(value);
  ASSERT_EQ(value->AsProperties()->size(), 2u);
  EXPECT_EQ(value->AsProperties()->at(0).name, "app");
  EXPECT_EQ(*value->Find("id"), Value(4));
  EXPECT_EQ(value->Find("none"), nullptr);
}

TEST(Amf0DecoderTest, ReadsTypedObjectsWithTheirClass) {
  const auto value = DecodeOne("10 0001 43 0001 61 05 0000 09");
  ASSERT_TRUE(value);
  const auto& object = std::get<Object>(value->data());
  EXPECT_EQ(object.class_name, "C");
  EXPECT_EQ(object.properties.size(), 1u);
}

TEST(Amf0DecoderTest, IgnoresTheCountOfAnEcmaArray) {
  for (const std::string_view count : {"00000000", "00000014", "FFFFFFFF"}) {
    const auto value = DecodeOne(std::string("08") + std::string(count) + "0001 61 01 01 0000 09");
    ASSERT_TRUE(value) << count;
    EXPECT_EQ(*value->Find("a"), Value(true));
  }
}

TEST(Amf0DecoderTest, ReadsStrictArrays) {
  const auto value = DecodeOne("0A 00000002 05 01 01");
  EXPECT_EQ(value.value(), Value(StrictArray{{Null{}, true}}));
}

TEST(Amf0DecoderTest, AcceptsAPropertyWithoutAName) {
  const auto value = DecodeOne("03 0000 05 0000 09");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->AsProperties()->size(), 1u);
}

TEST(Amf0DecoderTest, TakesTheEndOfDataAsTheEndOfAnObjectInDataMessages) {
  for (const std::string_view hex : {"03 0001 61 05", "08 00000001 0001 61 05"}) {
    EXPECT_EQ(CodeOf(DecodeOne(hex)), ErrorCode::kMalformed);
    const auto value = DecodeOne(hex, ObjectEnd::kEndOfDataAllowed);
    ASSERT_TRUE(value);
    EXPECT_EQ(*value->Find("a"), Value(Null{}));
  }
}

TEST(Amf0DecoderTest, RejectsEveryTruncationOfAMessage) {
  const Bytes whole = FromHex(
      "02 0003 616263 0C 00000001 61 0B 0000000000000000 0000 0A 00000001 05"
      "03 0001 61 08 00000000 0001 62 01 01 0000 09 0000 09");
  ASSERT_TRUE(DecodeAmf0(whole));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const auto values = DecodeAmf0(ByteView(whole).first(size));
    if (!values) EXPECT_EQ(values.error().code, ErrorCode::kMalformed);
  }
  EXPECT_FALSE(DecodeAmf0(ByteView(whole).first(whole.size() - 1)));
}

TEST(Amf0DecoderTest, RejectsLyingLengths) {
  EXPECT_EQ(CodeOf(DecodeOne("02 FFFF 61")), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(DecodeOne("0C FFFFFFFF 61")), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(DecodeOne("0A FFFFFFFF 05")), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(DecodeOne("03 FFFF 61")), ErrorCode::kMalformed);
  EXPECT_THAT(DecodeOne("02 FFFF 61").error().context, HasSubstr("65535 bytes at offset 3"));
}

TEST(Amf0DecoderTest, RejectsReservedMarkersAndAmf3) {
  EXPECT_EQ(CodeOf(DecodeOne("04")), ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf(DecodeOne("09")), ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf(DecodeOne("0E")), ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf(DecodeOne("11 0A 0B 01")), ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf(DecodeOne("42")), ErrorCode::kUnsupported);
}

TEST(Amf0DecoderTest, LimitsTheDepth) {
  std::string nested;
  for (int i = 0; i < kMaxDepth; ++i) nested += "0A 00000001";
  EXPECT_TRUE(DecodeOne(nested + "05"));
  EXPECT_EQ(CodeOf(DecodeOne("0A 00000001" + nested + "05")), ErrorCode::kLimitExceeded);
}

TEST(Amf0DecoderTest, LimitsTheValuesOfAMessage) {
  Bytes nulls(kMaxValues, 0x05);
  EXPECT_TRUE(DecodeAmf0(nulls));
  nulls.push_back(0x05);
  const auto values = DecodeAmf0(nulls);
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().code, ErrorCode::kLimitExceeded);
}

TEST(Amf0EncoderTest, WritesTheBytesOfTheSpecification) {
  EXPECT_EQ(EncodeAmf0(std::vector<Value>{"_result", 1, Null{}, true, Value()}),
            FromHex("02 0007 5F726573756C74 00 3FF0000000000000 05 01 01 06"));
  EXPECT_EQ(EncodeAmf0(std::vector<Value>{Object{{{"code", "ok"}}, ""}}),
            FromHex("03 0004 636F6465 02 0002 6F6B 0000 09"));
  EXPECT_EQ(EncodeAmf0(std::vector<Value>{EcmaArray{{{"a", 0}}}}),
            FromHex("08 00000001 0001 61 00 0000000000000000 0000 09"));
  EXPECT_EQ(EncodeAmf0(std::vector<Value>{StrictArray{{"hvc1"}}}),
            FromHex("0A 00000001 02 0004 68766331"));
}

TEST(Amf0EncoderTest, SwitchesToLongStringsAbove65535Bytes) {
  const Bytes bytes = EncodeAmf0(std::vector<Value>{std::string(65536, 'a')});
  EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 5), FromHex("0C 00010000"));
}

TEST(Amf0RoundTripTest, ReturnsTheSameTree) {
  const std::vector<Value> values = {
      "name",
      Object{{{"n", Null{}}, {"nested", EcmaArray{{{"list", StrictArray{{1, "two", false}}}}}}},
             "Class"},
      Date{1.5, -60},
      std::string(70000, 'x'),
      Unsupported{},
  };
  EXPECT_EQ(DecodeAmf0(EncodeAmf0(values)).value(), values);
}

}  // namespace
}  // namespace ingress::amf
