#include "media/tone_map.h"

#include <gtest/gtest.h>

#include <map>

namespace ingress::media {
namespace {

constexpr int kPqReferenceWhite = 573;   // 203 cd/m² in 10 bit, BT.2408 table 1
constexpr int kHlgReferenceWhite = 721;  // 75 %

struct Picture {
  std::uint8_t y, cb, cr;
};

/// A picture of 2 by 2 pixels of one colour.
Picture Map(WideTransfer transfer, std::uint16_t y, std::uint16_t cb, std::uint16_t cr) {
  static std::map<WideTransfer, ToneMapper> mappers;
  const ToneMapper& mapper = mappers.try_emplace(transfer, transfer).first->second;
  const std::vector<std::uint16_t> luma(4, y);
  std::vector<std::uint8_t> to(4);
  Picture out{};
  mapper.Map({.y = {luma.data(), 2, 2, 2}, .cb = {&cb, 1, 1, 1}, .cr = {&cr, 1, 1, 1}},
             {.y = {to.data(), 2, 2, 2}, .cb = {&out.cb, 1, 1, 1}, .cr = {&out.cr, 1, 1, 1}});
  out.y = to[3];
  return out;
}

TEST(ToneMapTest, PutsTheReferenceWhiteNearTheTop) {
  EXPECT_NEAR(Map(WideTransfer::kPq, kPqReferenceWhite, 512, 512).y, 16 + 0.93 * 219, 4);
  EXPECT_NEAR(Map(WideTransfer::kHlg, kHlgReferenceWhite, 512, 512).y, 16 + 0.93 * 219, 4);
  EXPECT_NEAR(Map(WideTransfer::kSdr, 940, 512, 512).y, 235, 1);
}

TEST(ToneMapTest, KeepsGreysGreyAndInOrder) {
  for (const WideTransfer transfer : {WideTransfer::kPq, WideTransfer::kHlg, WideTransfer::kSdr}) {
    int last = 0;
    for (std::uint16_t y = 64; y <= 940; y += 12) {
      const Picture grey = Map(transfer, y, 512, 512);
      EXPECT_NEAR(grey.cb, 128, 1);
      EXPECT_NEAR(grey.cr, 128, 1);
      EXPECT_GE(grey.y, last);
      last = grey.y;
    }
    EXPECT_NEAR(Map(transfer, 64, 512, 512).y, 16, 1);
    EXPECT_GE(last, 234);
  }
}

TEST(ToneMapTest, CompressesHighlightsInsteadOfCuttingThem) {
  const int white = Map(WideTransfer::kPq, kPqReferenceWhite, 512, 512).y;
  const int twice = Map(WideTransfer::kPq, 644, 512, 512).y;  // 400 cd/m²
  const int peak = Map(WideTransfer::kPq, 723, 512, 512).y;   // 1000 cd/m²
  EXPECT_GT(twice, white);
  EXPECT_GT(peak, twice);
  EXPECT_NEAR(peak, 235, 1);
}

TEST(ToneMapTest, KeepsHues) {
  // Red stays red, whatever its brightness.
  const DisplayRgb red = ToneMapped({0.6, 0.2, 0.2}, WideTransfer::kPq);
  EXPECT_GT(red.r, 3 * red.g);
  EXPECT_NEAR(red.r, 1, 0.1);
}

TEST(ToneMapTest, InterpolatesCloseToTheFormula) {
  const Picture sky = Map(WideTransfer::kPq, 500, 536, 498);
  const double y = (500 - 64) / 876.0;
  const double cb = (536 - 512) / 896.0;
  const double cr = (498 - 512) / 896.0;
  const double r = y + 1.4746 * cr;
  const double b = y + 1.8814 * cb;
  const double g = (y - 0.2627 * r - 0.0593 * b) / 0.678;
  const DisplayRgb rgb = ToneMapped({r, g, b}, WideTransfer::kPq);
  EXPECT_NEAR(sky.y, 16 + 219 * (0.2126 * rgb.r + 0.7152 * rgb.g + 0.0722 * rgb.b), 3);
}

}  // namespace
}  // namespace ingress::media
