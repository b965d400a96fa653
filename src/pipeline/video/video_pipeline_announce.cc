// How a track that nobody watches yet comes to be known in its room.
#include <utility>

#include "pipeline/video/video_pipeline.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

// Whatever is sent later presents at the newest picture's decoding time or after it.
constexpr SessionTime kAhead = 1ms;

}  // namespace

void VideoPipeline::OnAudience(bool present) {
  audience_ = present;
  if (!allocation_ || allocation_->heard()) return;
  const bool was_active = allocation_->any();
  allocation_->OnAudience(present);
  if (allocation_->any() == was_active) return;
  logger_.Debug("the room has an audience", {{"present", present}});
  encodes_announcement_ = false;
  ApplyAllocation(Clock::now());
}

/// A key frame of the source serves if viewers can decode it by itself, which costs nothing;
/// otherwise the transcoder makes one.
void VideoPipeline::Announce(TimePoint now) {
  if (!allocation_->heard() && announcement_.over(now)) {
    announcement_.End();
    OnAudience(true);  // this server never tells who watches
  }
  if (!announcement_.Due(now) || allocation_->any() || gop_.empty()) return;
  const Picture& newest_key = gop_.pictures().front();
  if (newest_key->idr && selector_.idr_eligible()) {
    AnnounceWith(pass_through_.Frame(newest_key, {}), now);
  } else if (announced_) {
    AnnounceWith(*announced_, now);
  } else if (options_.transcoding != Transcoding::kNever) {
    encodes_announcement_ = true;
    if (auto started = EnsureTranscoder(now); !started) callbacks_.on_error(started.error());
  }
}

void VideoPipeline::AnnounceWith(EncodedFrame frame, TimePoint now) {
  frame.pts = splicer_.ReserveForAnnouncement(newest_ - kAhead);
  announcement_.OnSent(now);
  Send(top(), std::move(frame));
}

bool VideoPipeline::AnnouncesEncoded(std::size_t layer, EncodedFrame& frame, TimePoint now) {
  if (!encodes_announcement_) return false;
  if (layer != top() || !frame.key_frame) return true;
  encodes_announcement_ = false;
  announced_ = std::move(frame);
  feed_.Stop(now);
  AnnounceWith(*announced_, now);
  return true;
}

}  // namespace ingress::pipeline
