#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/encoded_frame.h"
#include "codec/h264_sps.h"
#include "domain/encoding.h"
#include "domain/media_options.h"

namespace ingress::pipeline {

/// Checks, picture by picture, whether an H.264 stream can be forwarded to WebRTC viewers
/// unchanged.
///
/// A stream that viewers' decoders cannot take (reordered pictures, other chroma or depth, fields,
/// flexible macroblock order) is ineligible at once. A stream that merely exceeds what the owner of
/// the ingress asked for (frame rate, bitrate) is measured over seconds, with a hysteresis. The
/// size of the displayed picture is compared with the top layer.
class PassThroughEligibility {
 public:
  struct Limits {
    LayerSpec top;                                       // the highest layer that is published
    double frame_rate = 30;                              // frames per second that were asked for
    double max_bitrate_ratio = kDefaultMaxBitrateRatio;  // of the source's bitrate to that of `top`
    bool baseline_only = false;                          // H.264 baseline was asked for by name
  };

  /// A stream whose headers do not rule out reordering has to show this many pictures in order.
  static constexpr int kPicturesInOrder = 30;
  static constexpr std::chrono::seconds kRateWindow{2};  // of frame rate and bitrate
  /// The stream becomes ineligible above the limit by more than this share, and eligible again at
  /// the limit.
  static constexpr double kLeaveMargin = 0.15;

  /// Takes new parameter sets and forgets what pictures have shown. `slice_groups`: from the PPS.
  void OnParameterSets(const codec::SpsInfo& sps, int slice_groups);

  /// Pictures of this codec never pass.
  void OnForeignCodec(std::string name);

  struct Picture {
    std::size_t size = 0;     // bytes
    SessionTime timestamp{};  // DTS on the encoder's clock, for rates
    SessionTime dts{};
    SessionTime pts{};
    bool idr = false;
    bool claims_key = false;  // the container calls it a key frame
    bool b_slices = false;
    bool rotated = false;  // its SEI messages ask to rotate it for display
  };
  void OnPicture(const Picture& picture);

  struct Ineligible {
    std::string reason;  // in words for the stream's owner
    // Viewers cannot decode what comes; else it is more than was asked for.
    bool incompatible = false;
  };

  /// Why the stream is ineligible; empty when it is eligible.
  std::optional<Ineligible> Check(const Limits& limits);

  /// Whether viewers can decode one of its IDR pictures by itself, whatever order the stream has.
  bool IdrEligible(const Limits& limits) const {
    return foreign_codec_.empty() && sps_ && !CheckForm(limits);
  }

  /// Its samples are said to have the full range of 0 to 255.
  bool full_range() const { return sps_ && sps_->colour.full_range; }

  /// Bits per second over the last whole window, 0 before.
  std::uint32_t bitrate() const { return bitrate_; }

 private:
  std::optional<std::string> CheckForm(const Limits& limits) const;
  bool WideColours() const;
  std::optional<std::string> CheckOrder() const;
  std::optional<std::string> CheckLoad(const Limits& limits);
  void Measure(const Picture& picture);

  std::optional<codec::SpsInfo> sps_;
  std::string foreign_codec_;
  int slice_groups_ = 1;

  int pictures_ = 0;
  bool reordered_ = false;        // seen, not announced
  bool key_without_idr_ = false;  // open GOP or intra refresh
  bool rotated_ = false;
  std::optional<SessionTime> composition_;

  SessionTime newest_{};  // timestamps
  SessionTime window_start_{};
  std::size_t window_bytes_ = 0;
  int window_pictures_ = 0;
  std::optional<double> window_rate_;  // pictures per second of the last whole window
  std::uint32_t bitrate_ = 0;
  double frame_rate_ = 0;
  bool over_frame_rate_ = false;  // the state of the two hystereses
  bool over_bitrate_ = false;
};

}  // namespace ingress::pipeline
