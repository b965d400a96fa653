#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/encoded_frame.h"
#include "base/result.h"
#include "domain/layer_spec.h"
#include "domain/media_options.h"
#include "pipeline/route/pass_through_eligibility.h"

namespace ingress::pipeline {

/// Decides whether the source's own pictures may be the highest layer, from what the operator
/// allows, what the bitstream shows and what the uplink carries. Sans-IO; decides anew with every
/// picture.
class RouteSelector {
 public:
  struct Options {
    Transcoding transcoding = Transcoding::kAuto;
    double frame_rate = 30;
    double max_bitrate_ratio = kDefaultMaxBitrateRatio;
    bool baseline_only = false;
  };

  /// A source that was ineligible has to be eligible for this long before it is forwarded again.
  static constexpr std::chrono::seconds kEligibleFor{3};

  explicit RouteSelector(const Options& options) : options_(options) {}

  /// Sets the highest layer of a track that is to be published; the next decision needs no waiting.
  void SetTop(const LayerSpec& top) {
    top_ = top;
    chosen_ = false;
  }
  void OnParameterSets(const codec::SpsInfo& sps, int slice_groups);
  void OnForeignCodec(std::string name) { eligibility_.OnForeignCodec(std::move(name)); }
  /// Viewers are sent another codec than H.264. Before anything was published.
  void SendVp8();
  VideoCodec output_codec() const { return vp8_ ? VideoCodec::kVp8 : VideoCodec::kH264; }
  /// Sets the highest layer's limit, in bits per second; empty: none.
  void LimitTop(std::optional<std::uint32_t> bitrate) { limit_ = bitrate; }

  /// Takes a picture of the source. `no_key_frames`: none came for longer than a GOP is kept. Where
  /// nothing may be transcoded, what is more than was asked for is passed all the same, its size
  /// included: browsers change it with the bandwidth that they have.
  /// Errors: kConflict, with the reason, when the stream is ineligible and must not be transcoded.
  Result<void> OnPicture(const PassThroughEligibility::Picture& picture, bool no_key_frames);

  /// The source may feed the highest layer.
  bool eligible() const { return eligible_; }
  /// It may not, but viewers can decode what it sends until an encoder is ready.
  bool over_budget() const { return over_budget_; }
  /// Viewers can decode one of its IDR pictures by itself.
  bool idr_eligible() const;
  /// A first choice was made.
  bool chosen() const { return chosen_; }
  const std::string& reason() const { return reason_; }  // in words for the stream's owner
  std::uint32_t source_bitrate() const { return eligibility_.bitrate(); }
  bool full_range() const { return eligibility_.full_range(); }

 private:
  using Ineligible = PassThroughEligibility::Ineligible;
  std::optional<Ineligible> Check(bool no_key_frames);
  PassThroughEligibility::Limits limits() const;

  Options options_;
  LayerSpec top_;
  PassThroughEligibility eligibility_;
  bool vp8_ = false;
  std::optional<std::uint32_t> limit_;
  int pictures_ = 0;

  bool eligible_ = false;
  bool over_budget_ = false;
  bool chosen_ = false;
  std::optional<SessionTime> eligible_since_;
  std::string reason_ = "no picture yet";
};

}  // namespace ingress::pipeline
