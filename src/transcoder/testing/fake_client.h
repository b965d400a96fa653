#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/big_endian.h"
#include "transcoder/client.h"

namespace ingress::transcoder::testing {

/// A transcoder in given time: each picture that is pushed comes out `latency` later in every
/// active layer, with a key frame where one is due, as media::VideoTranscoder promises; reordered
/// ones when those that are shown before them have come out. Tests read what it was told and make
/// it slow, silent or broken.
class FakeClient final : public Client {
 public:
  // The script.
  std::chrono::milliseconds latency{20};
  bool stalled = false;  // nothing comes out
  bool hung = false;     // it does not say a word either
  bool startable = true;

  // What it was told.
  int starts = 0;
  int discards = 0;
  bool running = false;
  bool discarded = false;  // since the last Start()
  std::size_t pushed = 0;  // pictures since the last Start()
  media::VideoTranscoderOptions options;
  std::vector<bool> active;
  std::vector<int> bitrates;
  int frame_rate_divisor = 1;
  std::vector<int> key_frames_asked;

  /// Lets the time pass: gives what comes out until `now`.
  void Advance(TimePoint now) {
    time_ = now;
    if (!hung) heard_ = now;
    while (running && !stalled && !hung && !queue_.empty() && queue_.front().at + latency <= now) {
      const Queued next = std::move(queue_.front());
      queue_.pop_front();
      if (next.sync) {
        callbacks_.on_synced(now);
      } else {
        Decode(next.picture, now);
      }
    }
  }

  /// When something comes out next; empty while nothing is to be expected.
  std::optional<TimePoint> deadline() const {
    if (!running || stalled || hung || queue_.empty()) return std::nullopt;
    return queue_.front().at + latency;
  }

  /// Gives a frame that nothing was pushed for, as one that was on its way.
  void Give(std::size_t layer, SessionTime pts, bool key_frame) {
    callbacks_.on_frame(layer, Frame(layer, pts, key_frame), time_);
  }

  void Break(const std::string& why = "the decoder crashed",
             ErrorCode code = ErrorCode::kInternal) {
    Discard();
    const auto told = callbacks_.on_broken;
    told({code, why}, time_);
  }

  /// How many frames of its layer were made before `frame`: one that is no key frame refers to the
  /// one before it.
  static std::uint32_t NumberOf(const EncodedFrame& frame) {
    return static_cast<std::uint32_t>(LoadBigEndian(ByteView(frame.payload).first(3)));
  }

  Result<void> Start(const media::VideoTranscoderOptions& wanted,
                     const std::vector<bool>& layers_active, Callbacks callbacks,
                     TimePoint now) override {
    if (!startable) return Fail(ErrorCode::kInternal, "no more processes");
    ++starts;
    running = true;
    discarded = false;
    pushed = 0;
    options = wanted;
    active = layers_active;
    frame_rate_divisor = 1;
    bitrates.clear();
    for (const media::VideoLayerSpec& layer : wanted.layers) bitrates.push_back(layer.bitrate);
    key_frames_asked.assign(active.size(), 0);
    needs_key_.assign(active.size(), true);
    active_from_.assign(active.size(), SessionTime::min());
    skip_before_ = SessionTime::min();
    queue_.clear();
    decoded_pictures_.clear();
    callbacks_ = std::move(callbacks);
    time_ = heard_ = now;
    return {};
  }
  void Stop() override {
    running = false;
    queue_.clear();
    decoded_pictures_.clear();
  }
  void Discard() override {
    if (running) ++discards;
    discarded = true;
    Stop();
  }

  void Push(const SharedPicture& picture) override {
    ++pushed;
    queue_.push_back({.picture = picture, .at = time_});
  }
  void SetActive(std::size_t layer, bool on) override {
    if (on && !active[layer]) needs_key_[layer] = true;
    active[layer] = on;
    active_from_[layer] = SessionTime::min();
  }
  void ActivateFrom(std::size_t layer, SessionTime pts) override {
    SetActive(layer, true);
    needs_key_[layer] = true;
    active_from_[layer] = pts;
  }
  void RequestKeyFrame(std::size_t layer) override {
    ++key_frames_asked[layer];
    needs_key_[layer] = true;
  }
  void SkipBefore(SessionTime pts) override { skip_before_ = std::max(skip_before_, pts); }
  void SetBitrate(std::size_t layer, int bits_per_second) override {
    bitrates[layer] = bits_per_second;
  }
  void SetFrameRateDivisor(int divisor) override { frame_rate_divisor = divisor; }
  void Sync() override { queue_.push_back({.picture = {}, .at = time_, .sync = true}); }

  ProcessUsage usage() const override { return {.cpu_seconds = 1.0 * starts}; }
  TimePoint last_heard() const override { return heard_; }

 private:
  struct Queued {
    SharedPicture picture;
    TimePoint at;
    bool sync = false;
  };

  EncodedFrame Frame(std::size_t layer, SessionTime pts, bool key_frame) {
    made_.resize(std::max(made_.size(), layer + 1));
    const std::uint32_t number = made_[layer]++;
    return {.payload = {static_cast<std::uint8_t>(number >> 16),
                        static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)},
            .pts = pts,
            .key_frame = key_frame};
  }

  void Decode(const SharedPicture& picture, TimePoint now) {
    const auto place =
        std::ranges::upper_bound(decoded_pictures_, picture.pts, {}, &SharedPicture::pts);
    decoded_pictures_.insert(place, picture);
    while (!decoded_pictures_.empty() && decoded_pictures_.front().pts <= picture.dts) {
      const SharedPicture next = std::move(decoded_pictures_.front());
      decoded_pictures_.pop_front();
      Encode(next, now);
    }
  }

  void Encode(const SharedPicture& picture, TimePoint now) {
    if (picture.pts < skip_before_ || ++decoded_ % frame_rate_divisor != 0) return;
    for (std::size_t layer = 0; running && layer < active.size(); ++layer) {
      if (!active[layer] || picture.pts < active_from_[layer]) continue;
      const bool key = needs_key_[layer];
      needs_key_[layer] = false;
      callbacks_.on_frame(layer, Frame(layer, picture.pts, key), now);
    }
  }

  Callbacks callbacks_;
  TimePoint time_{};
  TimePoint heard_{};
  std::deque<Queued> queue_;
  std::deque<SharedPicture> decoded_pictures_;  // by time of presentation
  std::vector<bool> needs_key_;
  std::vector<SessionTime> active_from_;
  SessionTime skip_before_ = SessionTime::min();
  int decoded_ = 0;
  std::vector<std::uint32_t> made_;  // frames of each layer, over all starts
};

}  // namespace ingress::transcoder::testing
