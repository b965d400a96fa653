#include "pipeline/route/pass_through.h"

#include <gtest/gtest.h>

#include "base/testing/hex.h"
#include "codec/h264.h"
#include "codec/h264_sps.h"

namespace ingress::pipeline {
namespace {

using codec::NalType;
using namespace std::chrono_literals;

// 1280x720 High from x264, without B-frames.
constexpr const char* kSps = "6764001facd9405005bb016a02020280000003008000001e078c18cb";
constexpr const char* kPps = "68ebe3cb22c0";

Bytes Unit(const char* hex) {
  const Bytes nal = FromHex(hex);
  Bytes out = {0, 0, 0, static_cast<std::uint8_t>(nal.size())};
  out.insert(out.end(), nal.begin(), nal.end());
  return out;
}

std::shared_ptr<const SourcePicture> Picture(std::initializer_list<const char*> units, bool idr) {
  SourcePicture picture{.data = stream::Payload({0x17, 1, 0, 0, 0}, 5, 0)};
  for (const char* hex : units) picture.data.Insert(picture.data.size(), Unit(hex));
  picture.idr = idr;
  return std::make_shared<const SourcePicture>(std::move(picture));
}

std::vector<NalType> Types(const EncodedFrame& frame) {
  std::vector<NalType> types;
  codec::AnnexBReader reader(frame.payload);
  while (const auto nal = reader.Next()) types.push_back(codec::TypeOf(*nal));
  for (const ByteView nal : frame.units) types.push_back(codec::TypeOf(nal));
  return types;
}

class PassThroughTest : public testing::Test {
 protected:
  PassThroughTest() {
    codec::AvcConfig config;
    config.sps = {FromHex(kSps)};
    config.pps = {FromHex(kPps)};
    EXPECT_TRUE(pass_through_.SetConfig(config).has_value());
  }

  PassThrough pass_through_;
};

TEST_F(PassThroughTest, PutsParameterSetsInFrontOfAnIdrAndLeavesTheContainersUnitsOut) {
  // Delimiter, its own sets, an encoder's greeting (SEI 5), the slice, filler.
  const auto picture = Picture({"0910", kSps, kPps, "0605021122", "658884000a", "0cff80"}, true);
  const EncodedFrame frame = pass_through_.Frame(picture, 40ms);
  EXPECT_EQ(Types(frame), (std::vector{NalType::kSps, NalType::kPps, NalType::kIdr}));
  EXPECT_TRUE(frame.key_frame);
  EXPECT_EQ(frame.pts, 40ms);
}

TEST_F(PassThroughTest, SaysThatNothingIsReordered) {
  const EncodedFrame frame = pass_through_.Frame(Picture({"658884000a"}, true), 0ms);
  codec::AnnexBReader reader(frame.payload);
  const auto sps = codec::ParseSps(*reader.Next());
  ASSERT_TRUE(sps.has_value());
  EXPECT_EQ(sps->max_num_reorder_frames, 0);
  EXPECT_EQ(sps->width, 1280);
}

TEST_F(PassThroughTest, DoesNotCopyThePicture) {
  const auto picture = Picture({"658884000a"}, true);
  const EncodedFrame frame = pass_through_.Frame(picture, 0ms);
  ASSERT_EQ(frame.units.size(), 1U);
  EXPECT_EQ(frame.units[0].data(), picture->payload().data() + 4);
  EXPECT_EQ(picture.use_count(), 2);
}

TEST_F(PassThroughTest, KeepsCaptions) {
  const EncodedFrame frame = pass_through_.Frame(Picture({"0604021122", "419a0200"}, false), 0ms);
  EXPECT_EQ(Types(frame), (std::vector{NalType::kSei, NalType::kSlice}));
  EXPECT_FALSE(frame.key_frame);
}

TEST_F(PassThroughTest, RefusesASpsThatDoesNotParse) {
  codec::AvcConfig config;
  config.sps = {FromHex("6764")};
  EXPECT_FALSE(pass_through_.SetConfig(config).has_value());
}

}  // namespace
}  // namespace ingress::pipeline
