#include "media/tone_map.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ingress::media {
namespace {

constexpr double kPeak = 1000;           // cd/m², what most HDR material is graded for
constexpr double kReferenceWhite = 203;  // cd/m², BT.2408 §2.2
constexpr double kKnee = 0.7;            // of the reference white
constexpr double kDisplayGamma = 2.4;    // BT.1886

// The table: steps of 16 of 10 bit in all three directions.
constexpr int kLumaShift = 4;
constexpr int kChromaShift = 4;
constexpr int kLumaPoints = (1024 >> kLumaShift) + 1;
constexpr int kChromaPoints = (1024 >> kChromaShift) + 1;
constexpr int kUnit = 64;  // of an entry, an 8 bit step

/// SMPTE ST 2084, signal to cd/m².
double PqToLight(double signal) {
  constexpr double kM1 = 2610.0 / 16384;
  constexpr double kM2 = 2523.0 / 4096 * 128;
  constexpr double kC1 = 3424.0 / 4096;
  constexpr double kC2 = 2413.0 / 4096 * 32;
  constexpr double kC3 = 2392.0 / 4096 * 32;
  const double power = std::pow(signal, 1 / kM2);
  return 10'000 * std::pow(std::max(power - kC1, 0.0) / (kC2 - kC3 * power), 1 / kM1);
}

/// BT.2100 table 5, inverse OETF: signal to scene light, 0 to 1.
double HlgToScene(double signal) {
  constexpr double kA = 0.17883277;
  constexpr double kB = 1 - 4 * kA;
  const double c = 0.5 - kA * std::log(4 * kA);
  return signal <= 0.5 ? signal * signal / 3 : (std::exp((signal - c) / kA) + kB) / 12;
}

struct Light {
  double r, g, b;
};

/// Light of a BT.2020 picture in units of the reference white.
Light ToLight(const DisplayRgb& source, WideTransfer transfer) {
  switch (transfer) {
    case WideTransfer::kPq:
      return {PqToLight(source.r) / kReferenceWhite, PqToLight(source.g) / kReferenceWhite,
              PqToLight(source.b) / kReferenceWhite};
    case WideTransfer::kHlg: {
      const Light scene{HlgToScene(source.r), HlgToScene(source.g), HlgToScene(source.b)};
      const double luminance = 0.2627 * scene.r + 0.678 * scene.g + 0.0593 * scene.b;
      // The OOTF of a display of kPeak has a system gamma of 1.2.
      const double gain = std::pow(luminance, 0.2) * kPeak / kReferenceWhite;
      return {scene.r * gain, scene.g * gain, scene.b * gain};
    }
    case WideTransfer::kSdr:
      return {std::pow(source.r, kDisplayGamma), std::pow(source.g, kDisplayGamma),
              std::pow(source.b, kDisplayGamma)};
  }
  return {};
}

/// BT.2087, BT.2020 primaries to BT.709's; what BT.709 cannot show is cut off.
Light ToBt709Primaries(const Light& wide) {
  return {std::max(1.6605 * wide.r - 0.5876 * wide.g - 0.0728 * wide.b, 0.0),
          std::max(-0.1246 * wide.r + 1.1329 * wide.g - 0.0083 * wide.b, 0.0),
          std::max(-0.0182 * wide.r - 0.1006 * wide.g + 1.1187 * wide.b, 0.0)};
}

/// Reinhard's curve from the knee on, such that the peak becomes 1.
double Compressed(double light) {
  if (light <= kKnee) return light;
  constexpr double kTop = (kPeak / kReferenceWhite - kKnee) / (1 - kKnee);
  const double over = std::min((light - kKnee) / (1 - kKnee), kTop);
  return kKnee + (1 - kKnee) * over * (1 + over / (kTop * kTop)) / (1 + over);
}

double Clamped(double value) { return std::clamp(value, 0.0, 1.0); }

/// Y', Cb and Cr of a limited-range signal, 0 to 1 and -0.5 to 0.5, by the weights of a matrix.
struct Weights {
  double r, b;
};
constexpr Weights kBt2020{0.2627, 0.0593};
constexpr Weights kBt709{0.2126, 0.0722};

DisplayRgb ToRgb(double y, double cb, double cr) {
  const double r = y + 2 * (1 - kBt2020.r) * cr;
  const double b = y + 2 * (1 - kBt2020.b) * cb;
  const double g = (y - kBt2020.r * r - kBt2020.b * b) / (1 - kBt2020.r - kBt2020.b);
  return {r, g, b};
}

/// Whether a picture may hold such a colour, or one so near that the table is read there. Most of
/// the cube is nothing that red, green and blue can make.
bool IsReachable(const DisplayRgb& colour) {
  constexpr double kMargin = 0.15;
  const auto [low, high] = std::minmax({colour.r, colour.g, colour.b});
  return low > -kMargin && high < 1 + kMargin;
}

std::int16_t ToEntry(double value) { return static_cast<std::int16_t>(std::lround(value * kUnit)); }

std::uint8_t ToSample(int value) {
  return static_cast<std::uint8_t>(std::clamp((value + kUnit / 2) / kUnit, 0, 255));
}

/// Where a chroma sample lies between the table's points.
struct Position {
  int point;
  int weight;  // of the next point, in 16ths
};

Position Locate(int sample) {
  const int value = std::min(sample, 1023);
  return {value >> kChromaShift, value & ((1 << kChromaShift) - 1)};
}

}  // namespace

DisplayRgb ToneMapped(DisplayRgb source, WideTransfer transfer) {
  const Light light = ToBt709Primaries(ToLight(source, transfer));
  const double peak = std::max({light.r, light.g, light.b});
  if (peak <= 0) return {};
  const double shown = transfer == WideTransfer::kSdr ? std::min(peak, 1.0) : Compressed(peak);
  const double gain = shown / peak;
  const auto encoded = [&](double value) { return std::pow(value * gain, 1 / kDisplayGamma); };
  return {encoded(light.r), encoded(light.g), encoded(light.b)};
}

ToneMapper::ToneMapper(WideTransfer transfer) {
  table_.reserve(std::size_t{kLumaPoints} * kChromaPoints * kChromaPoints);
  for (int cb = 0; cb < kChromaPoints; ++cb) {
    for (int cr = 0; cr < kChromaPoints; ++cr) {
      for (int y = 0; y < kLumaPoints; ++y) {
        const DisplayRgb wide =
            ToRgb(((y << kLumaShift) - 64) / 876.0, ((cb << kChromaShift) - 512) / 896.0,
                  ((cr << kChromaShift) - 512) / 896.0);
        if (!IsReachable(wide)) {
          table_.push_back({ToEntry((y << kLumaShift) / 4.0), ToEntry(128), ToEntry(128)});
          continue;
        }
        const DisplayRgb rgb =
            ToneMapped({Clamped(wide.r), Clamped(wide.g), Clamped(wide.b)}, transfer);
        const double luma = kBt709.r * rgb.r + (1 - kBt709.r - kBt709.b) * rgb.g + kBt709.b * rgb.b;
        table_.push_back({ToEntry(16 + 219 * luma),
                          ToEntry(128 + 224 * (rgb.b - luma) / (2 * (1 - kBt709.b))),
                          ToEntry(128 + 224 * (rgb.r - luma) / (2 * (1 - kBt709.r)))});
      }
    }
  }
}

void ToneMapper::Map(const Source& source, const Target& target) const {
  for (int row = 0; row < source.cb.height; ++row) MapRows(source, target, row);
}

void ToneMapper::MapRows(const Source& source, const Target& target, int chroma_row) const {
  const std::uint16_t* cb_row = source.cb.row(chroma_row);
  const std::uint16_t* cr_row = source.cr.row(chroma_row);
  for (int x = 0; x < source.cb.width; ++x) {
    const Position cb = Locate(cb_row[x]);
    const Position cr = Locate(cr_row[x]);
    // The four lines of the table around this chroma, and their weights in 256ths.
    const auto line = [&](int next_cb, int next_cr) {
      const int index = (cb.point + next_cb) * kChromaPoints + cr.point + next_cr;
      return table_.data() + std::ptrdiff_t{index} * kLumaPoints;
    };
    const std::array<const Entry*, 4> lines = {line(0, 0), line(0, 1), line(1, 0), line(1, 1)};
    const std::array<int, 4> weights = {(16 - cb.weight) * (16 - cr.weight),
                                        (16 - cb.weight) * cr.weight, cb.weight * (16 - cr.weight),
                                        cb.weight * cr.weight};

    int luma_sum = 0;
    for (int dy = 0; dy < 2; ++dy) {
      const std::uint16_t* from = source.y.row(2 * chroma_row + dy) + std::ptrdiff_t{2} * x;
      std::uint8_t* to = target.y.row(2 * chroma_row + dy) + std::ptrdiff_t{2} * x;
      for (int dx = 0; dx < 2; ++dx) {
        const int luma = std::min<int>(from[dx], 1023);
        luma_sum += luma;
        const int point = luma >> kLumaShift;
        const int weight = luma & ((1 << kLumaShift) - 1);
        int value = 0;
        for (std::size_t i = 0; i < 4; ++i) {
          value +=
              weights[i] * (lines[i][point].y * (16 - weight) + lines[i][point + 1].y * weight);
        }
        to[dx] = ToSample(value >> 12);
      }
    }
    const int point = luma_sum / 4 >> kLumaShift;
    int cb_value = 0;
    int cr_value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      cb_value += weights[i] * lines[i][point].cb;
      cr_value += weights[i] * lines[i][point].cr;
    }
    target.cb.row(chroma_row)[x] = ToSample(cb_value >> 8);
    target.cr.row(chroma_row)[x] = ToSample(cr_value >> 8);
  }
}

}  // namespace ingress::media
