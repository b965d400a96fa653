#pragma once

#include <algorithm>
#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "handler/publish_session.h"
#include "handler/testing/test_encoder.h"
#include "output/testing/fake_output.h"
#include "transcoder/testing/fake_client.h"

namespace ingress::handler {

/// A session with a fake output in given time: nothing happens but what a test does, and what the
/// session wants to do while time passes.
class SessionWorld {
 public:
  using Milliseconds = std::chrono::milliseconds;

  struct Options {
    std::vector<LayerSpec> layers = {{.width = 1280, .height = 720, .bitrate = 1'900'000}};
    /// The source is asked for a key frame; empty: it takes no such requests.
    std::function<void(std::size_t layer)> request_key_frame = {};
  };

  SessionWorld() : SessionWorld(Options{}) {}
  explicit SessionWorld(const Options& options) {
    ipc::Job job;
    job.set_resource_id("RT_1");
    job.mutable_info()->set_ingress_id("IN_1");
    auto& encoding = *job.mutable_info()->mutable_video()->mutable_options();
    encoding.set_frame_rate(30);
    for (const LayerSpec& spec : options.layers) {
      ::livekit::VideoLayer& layer = *encoding.add_layers();
      layer.set_quality(static_cast<::livekit::VideoQuality>(spec.quality));
      layer.set_width(spec.width);
      layer.set_height(spec.height);
      layer.set_bitrate(spec.bitrate);
    }
    PublishSession::Parts parts{
        .job = std::move(job),
        .clock = {.steady_origin = now_, .wall_origin = {}},
        .time = [this] { return now_; },
        .make_output =
            [this](const PublishSession::Encodings&, output::Output::Callbacks callbacks) {
              auto made = std::make_unique<output::FakeOutput>(std::move(callbacks));
              output_ = made.get();
              return made;
            },
        .random = [] { return 1U << 31; },
        .transcoder = transcoder_,
        .callbacks = {.on_state =
                          [this](const ipc::State& state) {
                            state_ = state;
                            ++states_;
                          },
                      .on_counters =
                          [this](const ipc::Counters& counters) {
                            counters_ = counters;
                            ++counts_;
                          },
                      .set_batch_interval =
                          [this](Milliseconds interval) { ordered_interval_ = interval; },
                      .on_schedule = [] {},
                      .on_ended = [this] { ++ends_; },
                      .on_left = [this] { left_ = true; },
                      .request_key_frame = options.request_key_frame},
        .logger = observability::Logger({.level = LogLevel::kDebug},
                                        [this](std::string_view line) { Note(line); }),
    };
    session_ = std::move(*PublishSession::Make(std::move(parts)));
  }
  SessionWorld(const SessionWorld&) = delete;
  SessionWorld& operator=(const SessionWorld&) = delete;

  PublishSession& session() { return *session_; }
  const PublishSession& session() const { return *session_; }
  output::FakeOutput& output() { return *output_; }
  transcoder::testing::FakeClient& transcoder() { return transcoder_; }
  TimePoint now() const { return now_; }
  Milliseconds elapsed() const { return std::chrono::duration_cast<Milliseconds>(now_ - begun_); }

  /// Lets time pass, and the session act when it wants to; a session that wants to act all the time
  /// is not let for ever.
  void Wait(SessionTime time) {
    Obey();
    const TimePoint until = now_ + time;
    for (int turns = 0; !session_->ended() && turns < kMaxTurns; ++turns) {
      const TimePoint encoded = transcoder_.deadline().value_or(TimePoint::max());
      const TimePoint due = std::min({session_->deadline(), session_->departure(), encoded});
      if (due > until) break;
      now_ = std::max(now_, due);
      ++turns_;
      transcoder_.Advance(now_);
      if (session_->departure() <= now_) session_->ReleaseHeld();
      if (session_->deadline() <= now_) session_->Poll();
    }
    now_ = until;
    transcoder_.Advance(now_);
  }

  /// One read that brings one message, or some.
  void Send(stream::Unit unit) {
    stream::Units units;
    units.push_back(std::move(unit));
    session_->OnUnits(std::move(units));
  }

  /// Joined, transport up and somebody in the room.
  void Join() {
    session_->Start();
    output_->Joined();
    output_->TransportReady();
    output_->Audience(true);
  }

  /// Streams for a while: 25 pictures per second, a key frame every two seconds, 50 Opus packets
  /// per second; by the world's own time.
  void Stream(Milliseconds time, bool video = true, bool audio = true) {
    const Milliseconds until = elapsed() + time;
    for (Milliseconds at = elapsed(); at < until; at += Milliseconds(20)) {
      if (video && pictures_due_ <= at) {
        Send(TestEncoder::Picture(pictures_++ % 50 == 0, at));
        pictures_due_ = at + Milliseconds(40);
      }
      if (audio) Send(TestEncoder::Audio(at));
      Wait(Milliseconds(20));
    }
  }
  /// Both tracks are published, after 300 ms of the stream.
  void Publish() {
    Join();
    Send(TestEncoder::VideoHeader());
    Send(TestEncoder::AudioHeader());
    Stream(Milliseconds(300));
    output_->Published();
  }
  /// The next picture is a key frame.
  void NextIsKey() { pictures_ = 0; }

  boost::json::object Dump() const { return session_->Dump(); }
  const ipc::State& state() const { return state_; }
  const ipc::Counters& counters() const { return counters_; }
  int states() const { return states_; }
  int counts() const { return counts_; }
  /// How often something was due while time passed.
  std::uint64_t turns() const { return turns_; }

  /// Orders about the batch interval are carried out and acknowledged; else they wait.
  bool obeys = true;
  const std::optional<Milliseconds>& ordered_interval() const { return ordered_interval_; }
  /// The last that was carried out.
  Milliseconds batch_interval() const { return batch_interval_; }
  int ends() const { return ends_; }
  bool left() const { return left_; }
  std::optional<FailureCode> failure() const {
    if (!session_->failure()) return std::nullopt;
    return session_->failure()->code();
  }
  /// What happened, in the words of the log and of Note(), with the time at which it did.
  const std::vector<std::string>& log() const { return log_; }
  void Note(std::string_view line) {
    log_.push_back(std::to_string(elapsed().count()) + " ms  " + std::string(line));
  }
  bool Logged(std::string_view words) const {
    return std::ranges::any_of(
        log_, [&](const std::string& line) { return line.find(words) != std::string::npos; });
  }

  /// Frames of `layer` in the order in which they left.
  std::vector<output::FakeOutput::SentVideo> Sent(std::size_t layer = 0) const {
    std::vector<output::FakeOutput::SentVideo> sent;
    for (const auto& frame : output_->sent_video) {
      if (frame.layer == layer) sent.push_back(frame);
    }
    return sent;
  }

 private:
  static constexpr int kMaxTurns = 100'000;  // per Wait()

  void Obey() {
    if (!obeys || !ordered_interval_) return;
    batch_interval_ = *std::exchange(ordered_interval_, std::nullopt);
    session_->OnBatchIntervalSet(batch_interval_);
  }

  const TimePoint begun_ = Clock::now();
  TimePoint now_ = begun_;
  transcoder::testing::FakeClient transcoder_;
  std::vector<std::string> log_;
  ipc::State state_;
  ipc::Counters counters_;
  int states_ = 0;
  int counts_ = 0;
  std::optional<Milliseconds> ordered_interval_;  // not carried out yet
  Milliseconds batch_interval_{0};
  std::uint64_t turns_ = 0;
  int ends_ = 0;
  bool left_ = false;
  int pictures_ = 0;
  Milliseconds pictures_due_{};
  output::FakeOutput* output_ = nullptr;  // the session's
  std::unique_ptr<PublishSession> session_;
};

}  // namespace ingress::handler
