// How a track that nobody watches yet comes to be known in its room.
#include <utility>

#include "pipeline/video/video_pipeline.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

// Whatever is sent later presents at the newest picture's decoding time or after it.
constexpr SessionTime kAhead = 1ms;

}  // namespace

void VideoPipeline::OnAudience(bool present, TimePoint now) {
  if (!layers_.OnAudience(present)) return;
  logger_.Debug("the room has an audience", {{"present", present}});
  announcement_.AskEncoderNoMore();
  ApplyAllocation(now);
}

/// A key frame of the source serves if viewers can decode it by itself, which costs nothing;
/// otherwise the transcoder makes one.
void VideoPipeline::Announce(TimePoint now) {
  if (!layers_.allocation().heard() && announcement_.over(now)) {
    announcement_.End();
    OnAudience(true, now);  // this server never tells who watches
  }
  if (!announcement_.Due(now) || layers_.allocation().any() || gop_.empty()) return;
  const Picture& newest_key = gop_.pictures().front();
  if (newest_key->idr && selector_.idr_eligible()) {
    AnnounceWith(pass_through_.Frame(newest_key, {}), now);
  } else if (announcement_.encoded()) {
    AnnounceWith(*announcement_.encoded(), now);
  } else if (options_.media.transcoding != Transcoding::kNever) {
    announcement_.AskEncoder();
    EnsureTranscoderOrEnd(now);
  }
}

void VideoPipeline::AnnounceWith(EncodedFrame frame, TimePoint now) {
  frame.pts = splicer_.ReserveForAnnouncement(gop_.newest_dts() - kAhead);
  announcement_.OnSent(now);
  Send(top(), std::move(frame), now);
}

bool VideoPipeline::AnnouncesEncoded(std::size_t layer, EncodedFrame& frame, TimePoint now) {
  if (!announcement_.asks_encoder()) return false;
  if (layer != top() || !frame.key_frame) return true;
  announcement_.OnEncoded(std::move(frame));
  feed_.Stop(now);
  AnnounceWith(*announcement_.encoded(), now);
  return true;
}

}  // namespace ingress::pipeline
