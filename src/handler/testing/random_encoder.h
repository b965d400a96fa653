#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>

#include "base/testing/hex.h"
#include "codec/avc_config.h"
#include "handler/testing/test_encoder.h"
#include "stream/track_kind.h"
#include "stream/unit.h"

namespace ingress::handler {

/// An encoder with habits that a test changes at any time, and the connection that it sends over:
/// H.264 with and without B-frames, of changing size, and Opus. It captures by the test's time;
/// what it sends may come late, in bunches, or all at once after a stall.
///
/// A picture carries its number (TestEncoder::NumberOf): one that is no key frame refers to the one
/// before it. No picture of another connection has the number before that of its first.
class RandomEncoder {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds kFrame{40};
  static constexpr Milliseconds kPacket{20};

  // Habits. What concerns the coding takes effect at the next key frame.
  bool video = true;
  bool audio = true;
  Milliseconds gop{2000};
  std::size_t picture_size = 1000;  // bytes
  bool b_frames = false;            // always 1280x720
  std::uint32_t width = 1280;
  std::uint32_t height = 720;
  Milliseconds video_late{0};  // comes so much later than it was captured
  Milliseconds audio_late{0};
  Milliseconds bunch{0};          // is sent at multiples of that only
  Milliseconds stalled_until{0};  // nothing comes before

  /// A connection begins: with a clock of its own, which shows `clock` at `now`.
  void Connect(Milliseconds now, std::uint32_t clock) {
    clock_ = Milliseconds(clock) - now;
    next_picture_ = next_packet_ = now;
    stalled_until = now;
    line_.clear();
    sent_until_ = {now, now};
    number_ += 1000;
    position_ = 0;
    header_due_ = true;
    key_due_ = now;
    Send(TrackKind::kAudio, now, TestEncoder::AudioHeader());
  }

  /// As soon as it can.
  void SendKeyFrame(Milliseconds now) { key_due_ = std::min(key_due_, now); }

  /// A message of the video track that is none.
  void SendGarbage(Milliseconds now) {
    Send(TrackKind::kVideo, now, TestEncoder::Garbage(now + clock_));
  }

  /// What arrives by `now`.
  stream::Units Take(Milliseconds now) {
    Capture(now);
    stream::Units units;
    while (now >= stalled_until && !line_.empty() && line_.front().at <= now) {
      if (line_.front().key_frame) key_frame_came = now;
      units.push_back(std::move(line_.front().unit));
      line_.pop_front();
    }
    return units;
  }

  /// When the last key frame arrived.
  Milliseconds key_frame_came{-1};

 private:
  struct Sent {
    Milliseconds at{};
    stream::Unit unit;
    bool key_frame = false;
  };

  // 1280x720, High with reordering and its PPS, as x264 writes them; and slices of such a stream.
  static constexpr std::string_view kReorderingSps =
      "6764001facd9405005bb016a02020280000003008000001e078c18cb";
  static constexpr std::string_view kReorderingPps = "68ebe3cb22c0";
  static constexpr std::string_view kIdrSlice = "658884000a";
  static constexpr std::string_view kPSlice = "419a020000";
  static constexpr std::string_view kBSlice = "019e020000";

  void Send(TrackKind kind, Milliseconds captured, stream::Unit unit, bool key_frame = false) {
    Milliseconds at = captured + (kind == TrackKind::kVideo ? video_late : audio_late);
    if (bunch > Milliseconds(0)) at = (at + bunch - Milliseconds(1)) / bunch * bunch;
    // Whatever its habits, nothing of a track overtakes the rest of it.
    Milliseconds& until = sent_until_[static_cast<std::size_t>(kind)];
    at = until = std::max(at, until);
    const auto place = std::ranges::upper_bound(line_, at, {}, &Sent::at);
    line_.insert(place, {.at = at, .unit = std::move(unit), .key_frame = key_frame});
  }

  void Capture(Milliseconds now) {
    for (; next_picture_ <= now; next_picture_ += kFrame) {
      if (video) Picture(next_picture_);
    }
    for (; next_packet_ <= now; next_packet_ += kPacket) {
      if (audio) Send(TrackKind::kAudio, next_packet_, TestEncoder::Audio(next_packet_ + clock_));
    }
  }

  /// Pictures are coded as I P P … or I P B P B …, where each B is shown before the P before it.
  void Picture(Milliseconds at) {
    const bool gop_is_whole = !reorders_ || position_ % 2 != 0 || position_ == 0;
    const bool key = at >= key_due_ && gop_is_whole;
    // The last picture that was reordered is shown when this one would be.
    if (key && reorders_ && Changes() && !std::exchange(pauses_, true)) return;
    pauses_ = false;
    if (key) BeginGop(at);
    ++number_;
    const bool b_slice = reorders_ && position_ > 0 && position_ % 2 == 0;
    Milliseconds composition{0};
    if (reorders_ && !b_slice) composition = position_ == 0 ? kFrame : 2 * kFrame;
    Bytes slice = reorders_ ? FromHex(key       ? kIdrSlice
                                      : b_slice ? kBSlice
                                                : kPSlice)
                            : codec::MakeSlice(key, 0);
    slice.resize(std::max(picture_size, slice.size()), 0xaa);
    TestEncoder::AddNumber(number_, slice);
    Send(TrackKind::kVideo, at,
         stream::VideoUnit{.codec = VideoCodec::kH264,
                           .key_frame = key,
                           .dts = AtClock(at),
                           .composition = composition,
                           .payload = stream::Payload(codec::Prefixed({slice}))},
         key);
    ++position_;
  }

  bool Changes() const {
    return reorders_ != b_frames || coded_width_ != width || coded_height_ != height;
  }

  void BeginGop(Milliseconds at) {
    key_due_ = at + gop;
    position_ = 0;
    const bool changes = Changes();
    if (!std::exchange(header_due_, false) && !changes) return;
    reorders_ = b_frames;
    coded_width_ = width;
    coded_height_ = height;
    if (reorders_) {
      Header(
          {.profile_idc = 100, .sps = {FromHex(kReorderingSps)}, .pps = {FromHex(kReorderingPps)}},
          at);
    } else {
      Header({.profile_idc = 66,
              .sps = {codec::MakeSps(0, width, height)},
              .pps = {codec::MakePps(0, 0)}},
             at);
    }
  }

  void Header(const codec::AvcConfig& config, Milliseconds at) {
    Send(TrackKind::kVideo, at,
         stream::VideoUnit{.kind = stream::VideoUnit::Kind::kFormat,
                           .codec = VideoCodec::kH264,
                           .dts = AtClock(at),
                           .payload = stream::Payload(codec::SerializeAvcConfig(config))});
  }

  stream::Timestamp AtClock(Milliseconds at) const {
    return stream::AtMs(static_cast<std::uint32_t>((at + clock_).count()));
  }

  Milliseconds clock_{0};  // of the connection, less the test's
  Milliseconds next_picture_{0};
  Milliseconds next_packet_{0};
  Milliseconds key_due_{0};
  bool header_due_ = true;
  bool pauses_ = false;  // a picture was left out before the coding changes
  bool reorders_ = false;
  std::uint32_t coded_width_ = 0;
  std::uint32_t coded_height_ = 0;
  int position_ = 0;  // in the GOP
  std::uint32_t number_ = 0;
  std::array<Milliseconds, 2> sent_until_{};  // by TrackKind
  std::deque<Sent> line_;                     // by time of arrival, were there no stall
};

}  // namespace ingress::handler
