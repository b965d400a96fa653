#include "pipeline/route/pass_through_eligibility.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr int kBaseline = 66;
constexpr auto kRounding = 2ms;  // FLV rounds times to milliseconds
constexpr double kRateTolerance = 1.02;
constexpr auto kLongestStep = 500ms;

std::string Size(std::uint32_t width, std::uint32_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

std::string Kilobits(double bits_per_second) {
  return std::to_string(static_cast<int>(bits_per_second / 1000)) + " kb/s";
}

/// Above `limit` plus the margin becomes true, at or below `limit` false, between them stays.
bool Exceeds(double value, double limit, bool before) {
  return value > limit * (before ? 1 : 1 + PassThroughEligibility::kLeaveMargin);
}

}  // namespace

void PassThroughEligibility::OnParameterSets(const codec::SpsInfo& sps, int slice_groups) {
  *this = PassThroughEligibility();
  sps_ = sps;
  slice_groups_ = slice_groups;
  frame_rate_ = sps.frame_rate.value_or(0);
}

void PassThroughEligibility::OnForeignCodec(std::string name) {
  *this = PassThroughEligibility();
  foreign_codec_ = std::move(name);
}

void PassThroughEligibility::OnPicture(const Picture& picture) {
  ++pictures_;
  const SessionTime composition = picture.pts - picture.dts;
  // A constant offset is the encoder's habit; one that changes is another order.
  if (!composition_) composition_ = composition;
  if (picture.b_slices || std::chrono::abs(composition - *composition_) > kRounding) {
    reordered_ = true;
  }
  if (picture.claims_key && !picture.idr) key_without_idr_ = true;
  if (picture.idr) key_without_idr_ = false;
  rotated_ = picture.rotated;
  Measure(picture);
}

void PassThroughEligibility::Measure(const Picture& picture) {
  const auto step = picture.timestamp - newest_;
  newest_ = picture.timestamp;
  if (window_pictures_ == 0 || step <= 0ms || step > kLongestStep) {  // a jump is no distance
    if (window_pictures_ > 0) window_rate_ = frame_rate_;
    window_start_ = picture.timestamp;
    window_bytes_ = 0;
    window_pictures_ = 0;
  }
  const auto passed = picture.timestamp - window_start_;
  if (passed >= kRateWindow) {
    const double seconds = std::chrono::duration<double>(passed).count();
    bitrate_ = static_cast<std::uint32_t>(static_cast<double>(window_bytes_) * 8 / seconds);
    // Pictures that a stall of the line held back are in the next window, where arrivals tell time.
    const double rate = window_pictures_ / seconds;
    frame_rate_ = std::min(rate, std::exchange(window_rate_, rate).value_or(rate));
    window_start_ = picture.timestamp;
    window_bytes_ = 0;
    window_pictures_ = 0;
  }
  window_bytes_ += picture.size;
  ++window_pictures_;
}

std::optional<PassThroughEligibility::Ineligible> PassThroughEligibility::Check(
    const Limits& limits) {
  const auto incompatible = [](std::string reason) {
    return Ineligible{.reason = std::move(reason), .incompatible = true};
  };
  if (!foreign_codec_.empty()) {
    return incompatible("the source is " + foreign_codec_ + "; send H.264 to save the transcoding");
  }
  if (!sps_) return incompatible("the format is not known yet");
  if (auto form = CheckForm(limits)) return incompatible(std::move(*form));
  if (auto order = CheckOrder()) return incompatible(std::move(*order));
  if (auto load = CheckLoad(limits)) return Ineligible{.reason = std::move(*load)};
  return std::nullopt;
}

std::optional<std::string> PassThroughEligibility::CheckForm(const Limits& limits) const {
  const codec::SpsInfo& sps = *sps_;
  if (sps.chroma_format_idc != 1 || sps.bit_depth != 8) {
    return "the source is not 8-bit 4:2:0; set the encoder's colour format to NV12 or I420";
  }
  if (!sps.frame_mbs_only) return "the source may be interlaced; send progressive pictures";
  if (slice_groups_ > 1)
    return "the source uses flexible macroblock ordering; turn that off in the encoder";
  if (!sps.sar.square()) return "the source's pixels are not square; send square pixels";
  // Its encoded layers are BT.709, and all layers of a track show the same colours.
  if (WideColours()) {
    return "the source's colours are neither BT.709 nor BT.601; set the encoder to BT.709 (SDR)";
  }
  if (rotated_) return "the source asks for its pictures to be rotated; send them upright";
  if (limits.baseline_only && sps.profile_idc != kBaseline) {
    return "H.264 baseline was asked for and the source has another profile";
  }
  const auto width = static_cast<std::uint32_t>(sps.display_size().width);
  const auto height = static_cast<std::uint32_t>(sps.display_size().height);
  // Layers have even sides; the one pixel more of an odd source is no reason.
  if (width > limits.top.width + 1 || height > limits.top.height + 1) {
    return "the source is " + Size(width, height) + ", more than the " +
           Size(limits.top.width, limits.top.height) +
           " of the highest layer; lower the encoder's output resolution, or ask for a larger "
           "preset";
  }
  return std::nullopt;
}

/// As numbered in ITU-T H.273.
bool PassThroughEligibility::WideColours() const {
  constexpr int kBt2020 = 9;
  constexpr int kPq = 16;
  constexpr int kHlg = 18;
  constexpr std::array kMatrices = {1, 2, 5, 6};  // BT.709, unspecified, BT.601
  const codec::ColourInfo& colour = sps_->colour;
  return colour.primaries == kBt2020 || colour.transfer == kPq || colour.transfer == kHlg ||
         std::ranges::find(kMatrices, colour.matrix) == kMatrices.end();
}

std::optional<std::string> PassThroughEligibility::CheckOrder() const {
  constexpr const char* kRemedy =
      "; turn B-frames off in the encoder (OBS: B-frames 0 or tune zerolatency) to save most of "
      "the "
      "CPU";
  if (reordered_) return std::string("the source sends B-frames") + kRemedy;
  const int announced = sps_->max_num_reorder_frames.value_or(0);
  if (announced > 0 && !sps_->NeverReorders()) {
    return "the source announces " + std::to_string(announced) + " reordered frames" + kRemedy;
  }
  if (!sps_->NeverReorders() && pictures_ < kPicturesInOrder) {
    return "the source's headers allow B-frames; watching whether it sends any";
  }
  if (key_without_idr_) {
    return "the source's key frames are no IDR frames (open GOP or intra refresh); turn that off";
  }
  return std::nullopt;
}

std::optional<std::string> PassThroughEligibility::CheckLoad(const Limits& limits) {
  over_frame_rate_ = Exceeds(frame_rate_, limits.frame_rate * kRateTolerance, over_frame_rate_);
  if (over_frame_rate_) {
    const std::string asked = std::to_string(std::lround(limits.frame_rate));
    return "the source has " + std::to_string(std::lround(frame_rate_)) + " frames a second, " +
           asked + " were asked for; set the encoder to " + asked;
  }
  const double most = limits.top.bitrate * limits.max_bitrate_ratio;
  over_bitrate_ = Exceeds(bitrate_, most, over_bitrate_);
  if (over_bitrate_) {
    return "the source sends " + Kilobits(bitrate_) + ", more than the " + Kilobits(most) +
           " that may pass (passthrough.max_bitrate_ratio); set the encoder's bitrate to " +
           Kilobits(most) + " or less";
  }
  return std::nullopt;
}

}  // namespace ingress::pipeline
