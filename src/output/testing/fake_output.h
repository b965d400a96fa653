#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "output/output.h"

namespace ingress::output {

/// An output that keeps what it is given and answers only when a test says so. It fails the test's
/// expectations by being inspected, never by itself: calls that the contract forbids are counted.
class FakeOutput final : public Output {
 public:
  struct SentVideo {
    std::size_t layer = 0;
    SessionTime pts{};
    SessionTime rtp_time{};  // pts and offset
    bool key_frame = false;
    bool passed = false;  // it is the source's own
    int batch = 0;        // which; 0: outside of any
    Bytes data{};         // the payload, then the units
  };
  struct SentAudio {
    SessionTime pts{};
    SessionTime rtp_time{};
    int batch = 0;
  };

  explicit FakeOutput(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}

  // What a test lets the far end say.
  void Joined(const std::string& session_id = "RM_1", bool takes_h264 = true) {
    joining = false;
    joined_ = {.session_id = session_id, .server = "1.0", .takes_h264 = takes_h264};
    callbacks_.on_joined();
  }
  void Published() {
    publishing = false;
    callbacks_.on_published();
  }
  void TransportReady() { callbacks_.on_transport_ready(); }
  void Demand(const std::vector<bool>& wanted) { callbacks_.on_demand(wanted); }
  void KeyFrame(std::size_t layer) { callbacks_.on_key_frame_request(layer); }
  void Audience(bool present) { callbacks_.on_audience(present); }
  void Uplink(std::optional<std::uint32_t> bits) { callbacks_.on_uplink(bits); }
  void Ended(FailureCode code, Retry retry = Retry::kNever) {
    joining = publishing = false;
    callbacks_.on_ended({.failure = Failure(code), .retry = retry});
  }
  void Left() { callbacks_.on_left(); }

  // Output
  void Join() override {
    if (joining || left) ++misuses;
    joining = true;
    ++joins;
  }
  void Publish(std::optional<VideoTrack> new_video, std::optional<AudioTrack> new_audio) override {
    if (publishing || left || (video && new_video) || (audio && new_audio)) ++misuses;
    publishing = true;
    ++publications;
    if (new_video) video = std::move(new_video);
    if (new_audio) audio = new_audio;
  }
  void ReplaceVideo(VideoTrack new_video) override {
    if (publishing || left || !video) ++misuses;
    publishing = true;
    ++replacements;
    video = std::move(new_video);
  }
  void Leave() override {
    if (left) ++misuses;
    left = true;
  }
  void SendVideo(std::size_t layer, const EncodedFrame& frame, SessionTime rtp_offset) override {
    if (!video || layer >= video->layers.size()) {
      ++misuses;
      return;
    }
    Bytes data = frame.payload;
    for (const ByteView unit : frame.units) data.insert(data.end(), unit.begin(), unit.end());
    sent_video.push_back({.layer = layer,
                          .pts = frame.pts,
                          .rtp_time = frame.pts + rtp_offset,
                          .key_frame = frame.key_frame,
                          .passed = frame.owner != nullptr,
                          .batch = batch_open_ ? batches : 0,
                          .data = std::move(data)});
    if (on_video) on_video(sent_video.back());
  }
  void SendAudio(const EncodedFrame& packet, int /*level_dbov*/, SessionTime rtp_offset) override {
    if (!audio) {
      ++misuses;
      return;
    }
    sent_audio.push_back({.pts = packet.pts,
                          .rtp_time = packet.pts + rtp_offset,
                          .batch = batch_open_ ? batches : 0});
    if (on_audio) on_audio(sent_audio.back());
  }
  void BeginBatch() override {
    if (batch_open_) ++misuses;
    batch_open_ = true;
    ++batches;
  }
  void EndBatch() override {
    if (!batch_open_) ++misuses;
    batch_open_ = false;
  }
  void SetVideoMuted(bool muted) override { video_muted = muted; }
  void SetAudioMuted(bool muted) override { audio_muted = muted; }
  void RenewLayers() override { ++renewals; }
  void SetParticipant(std::string name, std::string metadata) override {
    participant_name = std::move(name);
    participant_metadata = std::move(metadata);
  }
  bool has_video() const override { return video.has_value(); }
  bool has_audio() const override { return audio.has_value(); }
  output::Joined joined() const override { return joined_; }
  Stats stats() const override { return counters; }

  /// See each frame and packet as it is sent.
  std::function<void(const SentVideo& frame)> on_video;
  std::function<void(const SentAudio& packet)> on_audio;

  // What came of it.
  std::optional<VideoTrack> video;
  std::optional<AudioTrack> audio;
  std::vector<SentVideo> sent_video;
  std::vector<SentAudio> sent_audio;
  bool joining = false;     // Join() has no answer yet
  bool publishing = false;  // Publish() or ReplaceVideo() has none
  bool left = false;
  bool video_muted = false;
  bool audio_muted = false;
  int joins = 0;
  int publications = 0;
  int replacements = 0;
  int renewals = 0;
  int batches = 0;
  int misuses = 0;  // calls that Output forbids
  std::string participant_name;
  std::string participant_metadata;
  Stats counters;  // what stats() says

 private:
  Callbacks callbacks_;
  output::Joined joined_;
  bool batch_open_ = false;
};

}  // namespace ingress::output
