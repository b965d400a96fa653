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

namespace ingress {

/// Judges, picture by picture, whether an H.264 stream can go to WebRTC viewers as it is.
///
/// What a viewer's decoder cannot take (reordered pictures, other chroma or depth, fields, flexible
/// macroblock order) counts at once. What merely exceeds the wish of the ingress' owner (frame
/// rate, bitrate) is judged over seconds, with a margin between leaving and coming back. Size is
/// judged by the picture that is shown, against the top layer.
class PassThroughJudge {
 public:
  struct Limits {
    LayerSpec top;                   // the highest layer that is published
    double frame_rate = 30;          // frames per second that were asked for
    double max_bitrate_ratio = 2.0;  // of the source's bitrate to that of `top`
    bool baseline_only = false;      // H.264 baseline was asked for by name
  };

  /// A stream whose headers do not rule out reordering has to show that many pictures without it.
  static constexpr int kProof = 30;
  static constexpr std::chrono::seconds kWindow{2};  // of frame rate and bitrate
  /// Above the limit by more than this share the stream leaves; it comes back at the limit.
  static constexpr double kMargin = 0.15;

  /// New parameter sets: what was learned from pictures is forgotten. `slice_groups` as the picture
  /// parameter sets say.
  void OnParameterSets(const codec::SpsInfo& sps, int slice_groups);

  /// Pictures of this codec never pass.
  void OnForeignCodec(std::string name);

  struct Picture {
    std::size_t size = 0;                   // bytes
    std::chrono::milliseconds timestamp{};  // DTS on the encoder's clock, for rates
    SessionTime dts{};
    SessionTime pts{};
    bool idr = false;
    bool claims_key = false;  // the container calls it a key frame
    bool b_slices = false;
    bool turned = false;  // its messages ask to turn it for display
  };
  void OnPicture(const Picture& picture);

  struct Objection {
    std::string reason;   // in words for the stream's owner
    bool urgent = false;  // viewers cannot decode what comes; else it is more than was asked for
  };

  /// Why the stream does not fit; empty when it does.
  std::optional<Objection> Object(const Limits& limits);

  /// Whether viewers can decode one of its IDR pictures by itself, whatever order the stream has.
  bool IdrFits(const Limits& limits) const {
    return foreign_codec_.empty() && sps_ && !FormObjection(limits);
  }

  /// Its samples are said to have the full range of 0 to 255.
  bool full_range() const { return sps_ && sps_->colour.full_range; }

  /// Bits per second over the last whole window, 0 before.
  std::uint32_t bitrate() const { return bitrate_; }

 private:
  std::optional<std::string> FormObjection(const Limits& limits) const;
  bool WideColours() const;
  std::optional<std::string> OrderObjection() const;
  std::optional<std::string> LoadObjection(const Limits& limits);
  void Measure(const Picture& picture);

  std::optional<codec::SpsInfo> sps_;
  std::string foreign_codec_;
  int slice_groups_ = 1;

  int pictures_ = 0;
  bool reordered_ = false;        // seen, not announced
  bool key_without_idr_ = false;  // open GOP or intra refresh
  bool turned_ = false;
  std::optional<SessionTime> composition_;

  std::chrono::milliseconds newest_{};  // timestamps
  std::chrono::milliseconds window_start_{};
  std::size_t window_bytes_ = 0;
  int window_pictures_ = 0;
  std::optional<double> window_rate_;  // pictures per second of the last whole window
  std::uint32_t bitrate_ = 0;
  double frame_rate_ = 0;
  bool too_fast_ = false;  // the state of the two hystereses
  bool too_fat_ = false;
};

}  // namespace ingress
