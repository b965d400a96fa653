#include "media/decoder_input.h"

#include <gtest/gtest.h>

#include "codec/avc_config.h"
#include "codec/h264.h"
#include "codec/h264_sps.h"
#include "codec/testing/nal_units.h"

namespace ingress::media {
namespace {

// Baseline 320x240, POC type 2, no VUI; its decoder would have to guess that nothing is reordered.
const Bytes kQuietSps = {0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0xf9};
const Bytes kPps = {0x68, 0xcb, 0x83, 0xcb, 0x20};

Bytes Config() {
  codec::AvcConfig config;
  config.profile_idc = 66;
  config.constraint_flags = 0xc0;
  config.level_idc = 13;
  config.sps = {kQuietSps};
  config.pps = {kPps};
  return codec::SerializeAvcConfig(config);
}

std::vector<Bytes> Units(const Bytes& annex_b) {
  std::vector<Bytes> units;
  codec::AnnexBReader reader(annex_b);
  while (const auto nal = reader.Next()) units.emplace_back(nal->begin(), nal->end());
  return units;
}

TEST(DecoderInputTest, PutsParameterSetsBeforeTheFirstPictureOnly) {
  auto input = DecoderInput::Make(VideoCodec::kH264, Config());
  ASSERT_TRUE(input);
  const Bytes picture = {0, 0, 0, 2, 0x65, 0x88};
  const auto first = Units(input->Convert(picture).value());
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(codec::TypeOf(first[0]), codec::NalType::kSps);
  EXPECT_EQ(first[1], kPps);
  EXPECT_EQ(Units(input->Convert(picture).value()).size(), 1U);
}

TEST(DecoderInputTest, SaysInTheSpsWhatItOnlyImplied) {
  auto input = DecoderInput::Make(VideoCodec::kH264, Config());
  const auto units = Units(input->Convert({0, 0, 0, 2, 0x65, 0x88}).value());
  EXPECT_EQ(codec::ParseSps(units[0]).value().max_num_reorder_frames, 0);
}

TEST(DecoderInputTest, LeavesItToTheDecoderHowFarPicturesAreReordered) {
  // x264 with two B-frames: high profile, 1920x1080, max_num_reorder_frames 2.
  const Bytes sps = {0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02,
                     0x27, 0xe5, 0xc0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04,
                     0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc6, 0x58};
  ASSERT_EQ(codec::ParseSps(sps).value().max_num_reorder_frames, 2);
  auto input = DecoderInput::Make(VideoCodec::kH264, {});
  Bytes picture = {0, 0, 0, static_cast<std::uint8_t>(sps.size())};
  picture.insert(picture.end(), sps.begin(), sps.end());
  picture.insert(picture.end(), {0, 0, 0, 2, 0x65, 0x88});
  const auto units = Units(input->Convert(picture).value());
  EXPECT_FALSE(codec::ParseSps(units[0]).value().max_num_reorder_frames);
}

TEST(DecoderInputTest, RewritesAnInBandSpsToo) {
  auto input = DecoderInput::Make(VideoCodec::kH264, {});
  Bytes picture = {0, 0, 0, static_cast<std::uint8_t>(kQuietSps.size())};
  picture.insert(picture.end(), kQuietSps.begin(), kQuietSps.end());
  picture.insert(picture.end(), {0, 0, 0, 2, 0x65, 0x88});
  const auto units = Units(input->Convert(picture).value());
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(codec::ParseSps(units[0]).value().max_num_reorder_frames, 0);
}

TEST(DecoderInputTest, RefusesADamagedPictureAndGoesOn) {
  auto input = DecoderInput::Make(VideoCodec::kH264, Config());
  EXPECT_FALSE(input->Convert({0, 0, 9, 0, 0x65}));
  EXPECT_EQ(Units(input->Convert({0, 0, 0, 2, 0x65, 0x88}).value()).size(), 3U);
}

TEST(DecoderInputTest, RefusesABadRecord) {
  EXPECT_FALSE(DecoderInput::Make(VideoCodec::kH264, Bytes{1, 2, 3}));
  EXPECT_FALSE(DecoderInput::Make(VideoCodec::kHevc, Bytes{1, 2, 3}));
}

TEST(DecoderInputTest, LeavesOtherCodecsAlone) {
  auto input = DecoderInput::Make(VideoCodec::kVp8, {});
  const Bytes frame = {0, 0, 0, 1, 2};
  EXPECT_EQ(input->Convert(frame).value(), frame);
}

TEST(DecoderInputTest, KeepsAnSpsFromTheDecoderThatAsksForTooMuchMemory) {
  auto input = DecoderInput::Make(VideoCodec::kH264, {});
  const Bytes large = codec::MakeSps(0, 8192, 4320);
  const Bytes usual = codec::MakeSps(0, 1280, 720);
  const Bytes slice = codec::MakeSlice(true, 0);
  const auto units = Units(input->Convert(codec::Prefixed({usual, large, slice})).value());
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(codec::ParseSps(units[0]).value().width, 1280);
  EXPECT_EQ(units[1], slice);

  auto all = DecoderInput::Make(VideoCodec::kH264, {}, std::int64_t{8192} * 4352);
  EXPECT_EQ(Units(all->Convert(codec::Prefixed({large, slice})).value()).size(), 2U);
}

}  // namespace
}  // namespace ingress::media
