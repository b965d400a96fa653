#include "ipc/wire.h"

#include <gtest/gtest.h>

namespace ingress::ipc {
namespace {

TEST(WireTest, BringsEveryValueAcross) {
  for (const auto level : {ingress::LogLevel::kDebug, ingress::LogLevel::kInfo,
                           ingress::LogLevel::kWarn, ingress::LogLevel::kError}) {
    EXPECT_EQ(FromWire(ToWire(level)), level);
  }
  for (int i = 0; i <= static_cast<int>(ingress::Route::kLadder); ++i) {
    const auto route = static_cast<ingress::Route>(i);
    EXPECT_EQ(FromWire(ToWire(route)), route);
  }
  for (int i = 0; i <= static_cast<int>(ingress::LayerRoute::kEncode); ++i) {
    const auto route = static_cast<ingress::LayerRoute>(i);
    EXPECT_EQ(FromWire(ToWire(route)), route);
  }
}

TEST(WireTest, BringsMediaOptionsAcross) {
  EXPECT_EQ(FromWire(ToWire(ingress::MediaOptions{})), ingress::MediaOptions{});
  for (const auto transcoding : {Transcoding::kAlways, Transcoding::kNever}) {
    for (const auto profile : {codec::H264Profile::kBaseline, codec::H264Profile::kMain}) {
      const ingress::MediaOptions options{.transcoding = transcoding,
                                          .h264_profile = profile,
                                          .max_bitrate_ratio = 3.5,
                                          .max_input_pixels = 1'000'000};
      EXPECT_EQ(FromWire(ToWire(options)), options);
    }
  }
}

TEST(WireTest, NamesSendersAsMetricsDo) {
  EXPECT_EQ(NameOf(ToWire(LayerQuality::kLow)), "low");
  EXPECT_EQ(NameOf(ToWire(LayerQuality::kMedium)), "medium");
  EXPECT_EQ(NameOf(ToWire(LayerQuality::kHigh)), "high");
  EXPECT_EQ(NameOf(SENDER_AUDIO), "audio");
}

TEST(WireTest, TakesAnyNumber) {
  EXPECT_EQ(FromWire(static_cast<Route>(99)), std::nullopt);
  EXPECT_EQ(FromWire(ROUTE_UNKNOWN), std::nullopt);
  EXPECT_EQ(FromWire(static_cast<LayerRoute>(99)), ingress::LayerRoute::kOff);
  EXPECT_EQ(FromWire(static_cast<LogLevel>(99)), ingress::LogLevel::kInfo);
  EXPECT_EQ(NameOf(static_cast<Sender>(99)), "other");
}

}  // namespace
}  // namespace ingress::ipc
