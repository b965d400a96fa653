#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "handler/testing/session_world.h"
#include "pipeline/route/announcement.h"

namespace ingress::handler {

/// Who watches a session: says what is wanted and checks what comes. Notes the first fault:
///  - RTP times of a layer, and of the audio, only grow;
///  - a frame that is no key frame follows the very one that it refers to;
///  - a layer that nobody wants any more is not sent for long;
///  - while all is well, a viewer who needs a key frame gets it within kKeyFrameWithin, and after
///    that time no layer that is wanted stands still.
class SessionViewer {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// 500 ms until the next key frame of a layer is allowed, 800 ms for one of the source that does
  /// not come, and 600 ms in which a transcoder starts, catches up and makes one; and as much for
  /// bunches and the ticks between all that.
  static constexpr Milliseconds kKeyFrameWithin{3000};
  static constexpr Milliseconds kStopsWithin{100};
  static constexpr Milliseconds kLongestGap{600};  // bunches of 300 ms

  explicit SessionViewer(SessionWorld& world) : world_(world) {
    world.output().on_video = [this](const output::FakeOutput::SentVideo& frame) { See(frame); };
    world.output().on_audio = [this](const output::FakeOutput::SentAudio& packet) { Hear(packet); };
  }
  SessionViewer(const SessionViewer&) = delete;
  SessionViewer& operator=(const SessionViewer&) = delete;

  void Want(const std::vector<bool>& wanted) {
    Renew();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      Layer& layer = layers_[i];
      if (wanted[i] == layer.wanted && heard_) continue;
      layer.wanted = wanted[i];
      layer.changed_at = world_.now();
      layer.asked_at.reset();
      if (wanted[i]) layer.asked_at = world_.now();
    }
    heard_ = true;
    world_.output().Demand(wanted);
  }
  /// Nobody asks again before the answer: no request may be lost.
  void AskForKeyFrame(std::size_t index) {
    Renew();
    Layer& layer = layers_[index];
    if (layer.asked_at) return;
    if (layer.wanted) layer.asked_at = world_.now();
    world_.output().KeyFrame(index);
  }
  /// What was sent before may not have arrived.
  void LoseTransport() {
    for (auto& [index, layer] : layers_) {
      if (layer.wanted) layer.asked_at = world_.now();
    }
    transport_at_ = world_.now();
    world_.output().TransportReady();
  }

  /// `well`: nothing is in the way of a key frame.
  void Check(bool well) {
    FollowLoad();
    if (!well) {
      well_since_.reset();
      return;
    }
    if (!well_since_) {
      well_since_ = world_.now();
      left_out_ = LeftOut();
    }
    for (auto& [index, layer] : layers_) {
      if (!layer.wanted) continue;
      const bool waits = layer.asked_at && Lasts(*layer.asked_at);
      const bool stands = Lasts(layer.changed_at) && world_.now() - layer.seen_at > kLongestGap;
      if (!waits && !stands) continue;
      if (left_out_ != LeftOut()) {
        well_since_.reset();  // all was not well
        return;
      }
      if (GivenUp() == "nothing") {
        Fault((waits ? "no key frame comes of layer " : "nothing comes of layer ") +
              std::to_string(index));
      }
      layer.asked_at.reset();  // a machine that is too slow refuses it
    }
  }

  /// Frames of the layer, and packets of audio, that came since Count().
  void Count() {
    for (auto& [index, layer] : layers_) layer.frames = 0;
    packets_ = 0;
  }
  std::size_t frames(std::size_t index) const {
    const auto layer = layers_.find(index);
    return layer == layers_.end() ? 0 : layer->second.frames;
  }
  std::size_t packets() const { return packets_; }

  /// What a machine that is too slow leaves out.
  std::string GivenUp() const {
    return std::string(world_.Dump().at("graph").as_object().at("givenUp").as_string());
  }

  const std::optional<std::string>& fault() const { return fault_; }
  void Fault(std::string what) {
    if (fault_) return;
    fault_ = std::move(what);
    world_.Note("FAULT: " + *fault_);
  }

 private:
  struct Layer {
    std::optional<SessionTime> rtp_time;  // of the newest frame …
    bool passed = false;                  // … which is the source's, else the encoder's …
    std::uint32_t number = 0;             // … by its maker
    bool began = false;                   // a key frame has come
    TimePoint seen_at{};                  // when it came
    std::size_t frames = 0;
    bool wanted = false;
    TimePoint changed_at{};             // when the session was told that it is, or is not
    std::optional<TimePoint> asked_at;  // a key frame is needed since
  };

  /// All has been well since then for as long as anything may take.
  bool Lasts(TimePoint since) const {
    return world_.now() - std::max({since, *well_since_, load_changed_at_}) > kKeyFrameWithin;
  }

  /// Another track has other layers.
  void Renew() {
    if (std::exchange(replacements_, world_.output().replacements) ==
        world_.output().replacements) {
      return;
    }
    layers_.clear();
    heard_ = false;
  }

  void See(const output::FakeOutput::SentVideo& frame) {
    Renew();
    Layer& layer = layers_[frame.layer];
    const std::string which = "a frame of layer " + std::to_string(frame.layer);
    if (layer.rtp_time && frame.rtp_time <= *layer.rtp_time) Fault(which + " steps back in time");
    const std::uint32_t number = NumberOf(frame);
    const bool follows = layer.passed == frame.passed && layer.number + 1 == number;
    if (!frame.key_frame && layer.began && !follows) {
      Fault(which + (frame.passed ? " by the source, " : " by the encoder, ") +
            std::to_string(number) + ", refers to one that was not sent");
    }
    FollowLoad();
    const TimePoint changed_at = std::max(layer.changed_at, load_changed_at_);
    if (heard_ && !layer.wanted && world_.now() - changed_at > kStopsWithin && !Announces(frame) &&
        GivenUp() != "size") {  // which sends the next smaller layer instead
      Fault(which + " is sent though nobody wants it");
    }
    if (frame.key_frame) layer.asked_at.reset();
    layer.seen_at = world_.now();
    layer.rtp_time = frame.rtp_time;
    layer.passed = frame.passed;
    layer.number = number;
    layer.began = layer.began || frame.key_frame;
    ++layer.frames;
    world_.output().sent_video.clear();
  }

  /// A track of which nothing is sent makes itself known, also in a session that the room has
  /// renewed.
  bool Announces(const output::FakeOutput::SentVideo& frame) const {
    return frame.key_frame && transport_at_ &&
           world_.now() - *transport_at_ <= pipeline::Announcement::kRepeatFor;
  }

  /// Messages that came too late or were overtaken.
  std::int64_t LeftOut() const {
    const boost::json::object dump = world_.Dump();
    const boost::json::object& timeline = dump.at("timeline").as_object();
    return timeline.at("late").to_number<std::int64_t>() +
           timeline.at("overtaken").to_number<std::int64_t>();
  }

  /// A machine that is too slow leaves out more or less.
  void FollowLoad() {
    for (; read_ < world_.log().size(); ++read_) {
      const bool changes = world_.log()[read_].find("processor time") != std::string::npos;
      if (changes) load_changed_at_ = world_.now();
    }
  }

  void Hear(const output::FakeOutput::SentAudio& packet) {
    if (heard_at_ && packet.rtp_time <= *heard_at_) Fault("an audio packet steps back in time");
    heard_at_ = packet.rtp_time;
    ++packets_;
    world_.output().sent_audio.clear();
  }

  static std::uint32_t NumberOf(const output::FakeOutput::SentVideo& frame) {
    return frame.passed ? TestEncoder::NumberOf(frame.data)
                        : transcoder::testing::FakeClient::NumberOf({.payload = frame.data});
  }

  SessionWorld& world_;
  std::map<std::size_t, Layer> layers_;
  int replacements_ = 0;
  bool heard_ = false;  // the session was told what is wanted
  std::optional<TimePoint> well_since_;
  std::int64_t left_out_ = 0;  // until then
  std::size_t read_ = 0;       // lines of the log
  TimePoint load_changed_at_{};
  std::optional<TimePoint> transport_at_;  // when it came up last
  std::optional<SessionTime> heard_at_;    // RTP time of the newest packet
  std::size_t packets_ = 0;
  std::optional<std::string> fault_;
};

}  // namespace ingress::handler
