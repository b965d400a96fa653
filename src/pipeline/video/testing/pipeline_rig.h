#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/testing/hex.h"
#include "codec/avc_config.h"
#include "codec/h264_sps.h"
#include "pipeline/video/video_pipeline.h"
#include "stream/testing/timestamps.h"
#include "stream/unit.h"
#include "transcoder/testing/fake_client.h"

namespace ingress::pipeline::testing {

/// A video pipeline in given time: an H.264 source of 25 pictures per second, a scripted
/// transcoder, and viewers who write down what they are sent.
///
/// Every frame is checked when it is sent: times of a layer only grow, and a frame that is no key
/// frame follows the very frame that it refers to.
class PipelineRig {
 public:
  static constexpr std::chrono::milliseconds kTick{10};
  static constexpr std::chrono::milliseconds kFrame{40};
  static constexpr std::uint32_t kTopBitrate = 1'000'000;

  // 1280x720 High, and the same at 1920x1080; as x264 writes them.
  static constexpr const char* kHdSps = "6764001facd9405005bb016a02020280000003008000001e078c18cb";
  static constexpr const char* kFullHdSps =
      "67640028acd940780227e5c044000003000400000300f03c60c658";

  struct Sent {
    std::size_t layer = 0;
    bool key_frame = false;
    bool from_source = false;
    SessionTime pts{};
    SessionTime at{};
  };

  /// Layers of 180p, 360p, 720p and 1080p, as many as `heights` names; 720p is the source's size.
  static VideoEncoding Encoding(std::vector<std::uint32_t> heights = {180, 360, 720}) {
    VideoEncoding encoding;
    int quality = static_cast<int>(LayerQuality::kLow);
    for (const std::uint32_t height : heights) {
      encoding.layers.push_back({.quality = static_cast<LayerQuality>(quality++),
                                 .width = height * 16 / 9,
                                 .height = height,
                                 .bitrate = kTopBitrate * height / 720 * height / 720});
    }
    return encoding;
  }

  explicit PipelineRig(VideoPipeline::Options options = {.encoding = Encoding()},
                       bool source_answers = false)
      : options_(WithClock(std::move(options))) {
    VideoPipeline::Callbacks callbacks{
        .on_frame = [this](std::size_t layer, const EncodedFrame& frame) { OnFrame(layer, frame); },
        .on_held = [] {},
        .on_enabled = [this](std::size_t layer) { enabled.push_back(layer); },
        .on_error = [this](Error why) { error = std::move(why); }};
    if (source_answers)
      callbacks.request_source_key_frame = [this](std::size_t /*layer*/) { ++source_asked; };
    pipeline = std::make_unique<VideoPipeline>(transcoder, options_, std::move(callbacks),
                                               observability::Logger::Null());
  }

  // The source's habits, to be changed at any time.
  SessionTime gop{10'000'000'000};  // time between its key frames
  std::size_t key_frame_size = 4000;
  std::size_t frame_size = 2000;  // bytes: 400 kb/s
  bool b_frames = false;
  bool live = true;  // false: what comes is behind the live edge
  const char* sps = kHdSps;

  transcoder::testing::FakeClient transcoder;
  std::unique_ptr<VideoPipeline> pipeline;

  // What came of it.
  std::vector<Sent> sent;
  std::vector<std::size_t> enabled;
  std::optional<Error> error;  // told by the pipeline
  Result<void> result;         // of the last call that failed
  int source_asked = 0;

  /// The transport is up and somebody is in the room, who watches this many of the lowest layers.
  void Begin(std::size_t layers) {
    SendConfig();
    pipeline->OnTransportReady(now());
    pipeline->OnAudience(true, now());
    Watch(layers);
  }

  void Watch(std::size_t layers) {
    std::vector<bool> wanted(pipeline->layers().size());
    std::fill_n(wanted.begin(), std::min(layers, wanted.size()), true);
    pipeline->OnDemand(wanted, now());
  }

  void Run(SessionTime duration) {
    for (const TimePoint end = now_ + duration; now_ < end;) {
      LetPass(now_ + kTick);
      if (sends_ && now_ >= next_picture_) SendPicture();
      Take(pipeline->Poll(now_));
    }
  }
  /// Until just behind the source's next key frame.
  void RunToKeyFrame() {
    do {
      Run(kTick);
    } while (!key_frame_sent_);
    key_frame_sent_ = false;
    Run(kFrame - kTick);
  }
  void Pause() { sends_ = false; }
  void Resume() {
    sends_ = true;
    next_picture_ = now_;
  }
  /// Publishes another track in place of the last, which has decoders of its own.
  void RenewLayers() {
    pipeline->RenewLayers(now_);
    decoders_.clear();
  }
  void RequestKeyFrame(std::size_t layer) { pipeline->RequestKeyFrame(layer, now_); }
  /// The source sends its next key frame after `time`, and goes on with its usual interval.
  void SendKeyFrameIn(SessionTime time) { next_key_ = session_time() + time; }
  /// Another connection of the encoder, which begins with its configuration and a key frame.
  void Reconnect() {
    Take(pipeline->OnConnection(now_));
    SendConfig();
    SendKeyFrameIn({});
  }
  /// The encoder's configuration, as it sends it in the beginning.
  void SendConfig() {
    codec::AvcConfig config;
    config.sps = {codec::WithoutReordering(FromHex(sps)).value()};
    config.pps = {FromHex("68ebe3cb22c0")};
    Give(stream::VideoUnit::Kind::kFormat, codec::SerializeAvcConfig(config), false);
  }

  TimePoint now() const { return now_; }
  SessionTime session_time() const { return options_.clock.At(now_); }

  /// Who feeds the layer, one word per change: "source encoder source".
  std::string Feeds(std::size_t layer) const {
    std::string feeds;
    std::string_view last;
    for (const Sent& frame : sent) {
      const std::string_view feed = frame.from_source ? "source" : "encoder";
      if (frame.layer != layer || feed == last) continue;
      feeds += (feeds.empty() ? "" : " ") + std::string(feed);
      last = feed;
    }
    return feeds;
  }
  std::vector<Sent> SentOf(std::size_t layer) const {
    std::vector<Sent> out;
    for (const Sent& frame : sent) {
      if (frame.layer == layer) out.push_back(frame);
    }
    return out;
  }
  std::size_t KeyFramesOf(std::size_t layer) const {
    std::size_t count = 0;
    for (const Sent& frame : sent) count += frame.layer == layer && frame.key_frame ? 1U : 0U;
    return count;
  }
  /// The frames of the layer that were sent in the last `time`.
  std::size_t CountOf(std::size_t layer, SessionTime time) const {
    std::size_t count = 0;
    for (const Sent& frame : sent) {
      count += frame.layer == layer && frame.at > session_time() - time ? 1U : 0U;
    }
    return count;
  }
  /// The longest time between two frames of the layer, of those that `sent` holds.
  SessionTime LongestGap(std::size_t layer) const {
    SessionTime longest{};
    std::optional<SessionTime> last;
    for (const Sent& frame : sent) {
      if (frame.layer != layer) continue;
      if (last) longest = std::max(longest, frame.at - *last);
      last = frame.at;
    }
    return longest;
  }

 private:
  /// What a viewer's decoder of one layer has.
  struct Decoder {
    std::optional<SessionTime> pts;  // of the last frame
    bool from_source = false;
    std::uint64_t number = 0;  // of the last frame, by its maker
  };

  static VideoPipeline::Options WithClock(VideoPipeline::Options options) {
    options.clock = {.steady_origin = TimePoint{} + std::chrono::hours(1), .wall_origin = {}};
    return options;
  }

  /// Lets what falls due until `then` happen when it does.
  void LetPass(TimePoint then) {
    while (true) {
      const auto departure = pipeline->departure();
      const auto encoded = transcoder.deadline();
      TimePoint next = encoded.value_or(TimePoint::max());
      if (departure) next = std::min(next, options_.clock.steady_origin + *departure);
      if (next > then) break;
      now_ = std::max(now_, next);
      transcoder.Advance(now_);
      pipeline->ReleaseHeld(now_);
    }
    now_ = then;
    transcoder.Advance(now_);
  }

  void SendPicture() {
    next_picture_ += kFrame;
    const bool key = session_time() >= next_key_;
    if (key) next_key_ = session_time() + gop;
    key_frame_sent_ = key_frame_sent_ || key;
    // NAL unit header and slice header: IDR with I slices, P, or an unreferenced B.
    const char* head = key ? "658884000a" : b_frames ? "019e020000" : "419a020000";
    Bytes slice = FromHex(head);
    slice.resize(key ? key_frame_size : frame_size, 0xaa);
    Bytes data;
    for (int shift = 24; shift >= 0; shift -= 8) {
      data.push_back(static_cast<std::uint8_t>(slice.size() >> shift));
    }
    data.insert(data.end(), slice.begin(), slice.end());
    numbers_.push_back(session_time());
    Give(stream::VideoUnit::Kind::kFrame, data, key);
  }

  void Give(stream::VideoUnit::Kind kind, const Bytes& data, bool key) {
    const auto timestamp =
        std::chrono::duration_cast<std::chrono::milliseconds>(session_time()).count();
    VideoMessage message =
        pipeline->Read({.kind = kind,
                        .codec = VideoCodec::kH264,
                        .key_frame = key,
                        .dts = stream::AtMs(static_cast<std::uint32_t>(timestamp)),
                        .payload = stream::Payload(data)});
    Take(pipeline->OnMessage(
        std::move(message), {.time = session_time(), .media = session_time(), .live = live}, now_));
  }

  void Take(Result<void> outcome) {
    if (!outcome) result = std::move(outcome);
  }

  void OnFrame(std::size_t layer, const EncodedFrame& frame) {
    decoders_.resize(std::max(decoders_.size(), layer + 1));
    Decoder& decoder = decoders_[layer];
    const auto picture = std::static_pointer_cast<const SourcePicture>(frame.owner);
    const std::uint64_t number =
        picture ? static_cast<std::uint64_t>(std::ranges::lower_bound(numbers_, picture->dts) -
                                             numbers_.begin())
                : transcoder::testing::FakeClient::NumberOf(frame);
    const bool from_source = picture != nullptr;
    if (decoder.pts) {
      EXPECT_GT(frame.pts, *decoder.pts) << "layer " << layer << " steps back in time";
    }
    if (!frame.key_frame) {
      EXPECT_TRUE(decoder.pts && decoder.from_source == from_source && decoder.number + 1 == number)
          << "a frame of layer " << layer << " at " << frame.pts.count() / 1'000'000
          << " ms without the frame that it refers to";
    }
    decoder = {.pts = frame.pts, .from_source = from_source, .number = number};
    sent.push_back({.layer = layer,
                    .key_frame = frame.key_frame,
                    .from_source = from_source,
                    .pts = frame.pts,
                    .at = session_time()});
  }

  VideoPipeline::Options options_;
  TimePoint now_ = options_.clock.steady_origin;
  TimePoint next_picture_ = now_;
  SessionTime next_key_{};
  bool sends_ = true;
  bool key_frame_sent_ = false;
  std::vector<SessionTime> numbers_;  // DTS of every picture of the source
  std::vector<Decoder> decoders_;
};

}  // namespace ingress::pipeline::testing
