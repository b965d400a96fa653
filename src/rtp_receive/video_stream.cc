#include "rtp_receive/video_stream.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "rtp_receive/decoder_configuration.h"
#include "rtp_receive/sequencer_stats.h"

namespace ingress::rtp_receive {

VideoStream::VideoStream(Options options, TrackAligner& aligner)
    : options_(std::move(options)),
      aligner_(&aligner),
      clock_(options_.format.clock_rate),
      assembler_(MakeDepacketizer(std::get<VideoCodec>(options_.format.codec))),
      packets_({.ssrc = options_.ssrc,
                .clock_rate = options_.format.clock_rate,
                .requests = options_.feedback.nack,
                .beginning = PacketSequencer::kBeginning},
               assembler_) {}

void VideoStream::TakeUnits(TimePoint now, stream::Units& units) {
  packets_.Poll(now);
  for (ReceivedFrame& frame : assembler_.Take()) OnFrame(std::move(frame), now, units);
}

void VideoStream::OnFrame(ReceivedFrame frame, TimePoint now, stream::Units& units) {
  const bool first = !std::exchange(started_, true);
  const bool passes = chain_.Passes(frame);
  if (chain_.broken() || (first && !(frame.whole && frame.info.key_frame))) requester_.Want();
  if (!frame.whole) {
    ++incomplete_;
    units.push_back(
        stream::Unreadable{.kind = TrackKind::kVideo,
                           .why = frame.problem.value_or(
                               Error{ErrorCode::kMalformed, "rtp: packets of a frame are lost"})});
    return;
  }
  if (frame.info.key_frame) requester_.OnKeyFrame(now);
  if (!passes) {
    ++skipped_;
    return;
  }
  ++frames_;
  stream::VideoUnit unit = MakeUnit(std::move(frame));
  if (frames_ == 1) AddFormat(units, unit.dts);
  units.push_back(std::move(unit));
}

/// Adds what the description says of the decoder, before the first frame.
void VideoStream::AddFormat(stream::Units& units, const stream::Timestamp& dts) {
  const VideoCodec codec = std::get<VideoCodec>(options_.format.codec);
  Bytes record = DecoderConfiguration(codec, options_.format.parameter_sets);
  if (record.empty()) return;
  units.push_back(stream::VideoUnit{.kind = stream::VideoUnit::Kind::kFormat,
                                    .codec = codec,
                                    .dts = dts,
                                    .payload = stream::Payload(std::move(record))});
}

/// RTP has presentation times only. Frames that are shown in another order than they come have
/// their decoding times in order all the same.
stream::VideoUnit VideoStream::MakeUnit(ReceivedFrame frame) {
  const stream::Timestamp pts =
      aligner_->Place(TrackKind::kVideo, clock_, frame.timestamp, frame.arrival);
  stream::Timestamp dts = pts;
  // A step back of seconds is a clock that was set.
  const auto back = dts_ ? stream::TicksBetween(pts, {.ticks = *dts_, .clock = pts.clock}) : -1;
  if (back >= 0 && back < MediaTicks(kMaxReordering).count()) dts.ticks = *dts_ + 1;
  dts_ = dts.ticks;
  return {.codec = std::get<VideoCodec>(options_.format.codec),
          .framing = stream::VideoUnit::NalFraming::kLengthPrefixed,
          .key_frame = frame.info.key_frame,
          .dts = dts,
          .composition = stream::TimeBetween(dts, pts),
          .payload = stream::Payload(std::move(frame.data))};
}

bool VideoStream::TakeKeyFrameRequest(TimePoint now) {
  return answers() && requester_.TakeDue(now);
}

TimePoint VideoStream::deadline() const {
  return std::min(packets_.deadline(), answers() ? requester_.deadline() : TimePoint::max());
}

StreamStats VideoStream::stats() const {
  StreamStats stats = SequencerStats(packets_);
  stats.ssrc = options_.ssrc;
  stats.kind = TrackKind::kVideo;
  stats.rid = options_.rid;
  stats.key_frame_requests = requester_.sent();
  stats.frames = frames_;
  stats.frames_incomplete = incomplete_;
  stats.frames_skipped = skipped_;
  return stats;
}

}  // namespace ingress::rtp_receive
