#include "pipeline/route/route_selector.h"

#include "pipeline/route/gop_cache.h"

namespace ingress::pipeline {
namespace {

constexpr std::uint32_t kAnySize = 65'535;  // pixels of a side

}  // namespace

void RouteSelector::OnParameterSets(const codec::SpsInfo& sps, int slice_groups) {
  eligibility_.OnParameterSets(sps, slice_groups);
  pictures_ = 0;
}

void RouteSelector::SendVp8() {
  vp8_ = true;
  chosen_ = false;
}

Result<void> RouteSelector::OnPicture(const PassThroughEligibility::Picture& picture,
                                      bool no_key_frames) {
  eligibility_.OnPicture(picture);
  ++pictures_;
  std::optional<Ineligible> ineligible = Check(no_key_frames);
  if (options_.transcoding == Transcoding::kNever && ineligible) {
    if (!ineligible->incompatible) {
      ineligible.reset();  // more than was asked for, and nothing to be done about it
    } else if (pictures_ > PassThroughEligibility::kPicturesInOrder) {
      return Fail(ErrorCode::kConflict, ineligible->reason);
    }
  }
  if (ineligible) {
    eligible_since_.reset();
  } else if (!eligible_since_) {
    eligible_since_ = picture.dts;
  }
  const bool proven =
      !chosen_ || eligible_ || picture.dts - eligible_since_.value_or(picture.dts) >= kEligibleFor;
  eligible_ = !ineligible && proven;
  over_budget_ = !eligible_ && !(ineligible && ineligible->incompatible);
  chosen_ = true;
  reason_ = ineligible  ? std::move(ineligible->reason)
            : eligible_ ? "the source fits"
                        : "the source fits again; watching it before the change";
  return {};
}

PassThroughEligibility::Limits RouteSelector::limits() const {
  LayerSpec top = top_;
  if (options_.transcoding == Transcoding::kNever) top.width = top.height = kAnySize;
  return {.top = top,
          .frame_rate = options_.frame_rate,
          .max_bitrate_ratio = options_.max_bitrate_ratio,
          .baseline_only = options_.baseline_only};
}

bool RouteSelector::idr_eligible() const { return !vp8_ && eligibility_.IdrEligible(limits()); }

std::optional<RouteSelector::Ineligible> RouteSelector::Check(bool no_key_frames) {
  if (options_.transcoding == Transcoding::kAlways) {
    return Ineligible{.reason = "transcoding: always is configured", .incompatible = true};
  }
  if (vp8_) return Ineligible{.reason = "viewers are sent VP8", .incompatible = true};
  auto ineligible = eligibility_.Check(limits());
  if (ineligible) return ineligible;
  if (no_key_frames) {
    return Ineligible{.reason = "the source sends no key frame for more than " +
                                std::to_string(GopCache::kMaxSpan.count()) +
                                " s; set its key-frame interval to 2 s"};
  }
  if (limit_ && *limit_ < eligibility_.bitrate()) {
    return Ineligible{.reason = "the way to the server carries less than the source sends"};
  }
  return std::nullopt;
}

}  // namespace ingress::pipeline
