#include "pipeline/route/route_choice.h"

#include "pipeline/route/gop_cache.h"

namespace ingress::pipeline {

void RouteChoice::OnParameterSets(const codec::SpsInfo& sps, int slice_groups) {
  judge_.OnParameterSets(sps, slice_groups);
  pictures_ = 0;
}

void RouteChoice::SendVp8() {
  vp8_ = true;
  chosen_ = false;
}

Result<void> RouteChoice::OnPicture(const PassThroughJudge::Picture& picture, bool no_key_frames) {
  judge_.OnPicture(picture);
  ++pictures_;
  std::optional<Objection> objection = Object(no_key_frames);
  if (options_.transcoding == Transcoding::kNever && objection) {
    if (!objection->urgent) {
      objection.reset();  // more than was asked for, and nothing to be done about it
    } else if (pictures_ > PassThroughJudge::kProof) {
      return Fail(ErrorCode::kConflict, objection->reason);
    }
  }
  if (objection) {
    fits_since_.reset();
  } else if (!fits_since_) {
    fits_since_ = picture.dts;
  }
  const bool proven =
      !chosen_ || fits_ || picture.dts - fits_since_.value_or(picture.dts) >= kFitsFor;
  fits_ = !objection && proven;
  bearable_ = !fits_ && !(objection && objection->urgent);
  chosen_ = true;
  reason_ = objection ? std::move(objection->reason)
            : fits_   ? "the source fits"
                      : "the source fits again; watching it before the change";
  return {};
}

PassThroughJudge::Limits RouteChoice::limits() const {
  return {.top = top_,
          .frame_rate = options_.frame_rate,
          .max_bitrate_ratio = options_.max_bitrate_ratio,
          .baseline_only = options_.baseline_only};
}

bool RouteChoice::idr_fits() const { return !vp8_ && judge_.IdrFits(limits()); }

std::optional<RouteChoice::Objection> RouteChoice::Object(bool no_key_frames) {
  if (options_.transcoding == Transcoding::kAlways) {
    return Objection{.reason = "transcoding: always is configured", .urgent = true};
  }
  if (vp8_) return Objection{.reason = "viewers are sent VP8", .urgent = true};
  auto objection = judge_.Object(limits());
  if (objection) return objection;
  if (no_key_frames) {
    return Objection{.reason = "the source sends no key frame for more than " +
                               std::to_string(GopCache::kMaxSpan.count()) +
                               " s; set its key-frame interval to 2 s"};
  }
  if (limit_ && *limit_ < judge_.bitrate()) {
    return Objection{.reason = "the way to the server carries less than the source sends"};
  }
  return std::nullopt;
}

}  // namespace ingress::pipeline
