// Another output needs nothing of the other modules but output/output.h: here is one, and a stream
// that goes through a session into it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "codec/h264.h"
#include "handler/publish_session.h"
#include "handler/testing/test_encoder.h"
#include "transcoder/testing/fake_client.h"

namespace ingress {
namespace {

using handler::PublishSession;
using handler::TestEncoder;
using namespace std::chrono_literals;

/// Keeps what a file would: the video of the highest layer as Annex B, and the audio packets. It is
/// there at once and wants that layer alone.
class Recorder final : public output::Output {
 public:
  struct Recording {
    Bytes video;
    std::vector<SessionTime> video_times;
    std::vector<Bytes> audio;
  };

  Recorder(Callbacks callbacks, Recording& recording)
      : callbacks_(std::move(callbacks)), recording_(recording) {}

  void Join() override {
    callbacks_.on_joined();
    callbacks_.on_transport_ready();
  }
  void Publish(std::optional<output::VideoTrack> video,
               std::optional<output::AudioTrack> audio) override {
    if (audio) has_audio_ = true;
    if (video) top_ = video->layers.size() - 1;
    callbacks_.on_published();
    if (!video) return;
    std::vector<bool> wanted(video->layers.size(), false);
    wanted.back() = true;
    callbacks_.on_demand(wanted);
  }
  void ReplaceVideo(output::VideoTrack video) override { Publish(std::move(video), {}); }
  void Leave() override { callbacks_.on_left(); }
  void SendVideo(std::size_t layer, const EncodedFrame& frame, SessionTime rtp_offset) override {
    if (layer != top_) return;
    recording_.video_times.push_back(frame.pts + rtp_offset);
    recording_.video.insert(recording_.video.end(), frame.payload.begin(), frame.payload.end());
    for (const ByteView unit : frame.units) {
      recording_.video.insert(recording_.video.end(), {0, 0, 0, 1});
      recording_.video.insert(recording_.video.end(), unit.begin(), unit.end());
    }
  }
  void SendAudio(const EncodedFrame& packet, int /*level_dbov*/, SessionTime /*offset*/) override {
    recording_.audio.push_back(packet.payload);
  }
  void BeginBatch() override {}
  void EndBatch() override {}
  void SetVideoMuted(bool /*muted*/) override {}
  void SetAudioMuted(bool /*muted*/) override {}
  void RenewLayers() override {}
  void SetParticipant(std::string /*name*/, std::string /*metadata*/) override {}
  bool has_video() const override { return top_.has_value(); }
  bool has_audio() const override { return has_audio_; }
  output::Joined joined() const override { return {.session_id = "a file", .server = {}}; }
  output::Stats stats() const override { return {}; }

 private:
  Callbacks callbacks_;
  Recording& recording_;
  std::optional<std::size_t> top_;
  bool has_audio_ = false;
};

TEST(RecorderOutputTest, RecordsAStreamFromAKeyFrameToItsEnd) {
  transcoder::testing::FakeClient transcoder;
  TimePoint now = Clock::now();
  const TimePoint begun = now;
  Recorder::Recording recording;
  bool left = false;
  auto session = std::move(*PublishSession::Make({
      .job = {},
      .clock = {.steady_origin = now, .wall_origin = {}},
      .time = [&now] { return now; },
      .make_output =
          [&recording](const PublishSession::Encodings&, output::Output::Callbacks callbacks) {
            return std::make_unique<Recorder>(std::move(callbacks), recording);
          },
      .transcoder = transcoder,
      .callbacks = {.on_schedule = [] {}, .on_ended = [] {}, .on_left = [&left] { left = true; }},
  }));
  const auto send = [&session](stream::Unit unit) {
    stream::Units units;
    units.push_back(std::move(unit));
    session->OnUnits(std::move(units));
  };
  session->Start();
  session->OnConnection();
  send(TestEncoder::VideoHeader());
  send(TestEncoder::AudioHeader());
  constexpr int kPictures = 100;
  int pictures = 0;
  for (auto at = 0ms; pictures < kPictures; at += 20ms) {
    now = begun + at;
    if (at % 40ms == 0ms) send(TestEncoder::Picture(pictures++ % 50 == 0, at));
    send(TestEncoder::Audio(at));
    for (int i = 0; i < 20; ++i) {
      now += 1ms;
      if (session->departure() <= now) session->ReleaseHeld();
      if (session->deadline() <= now) session->Poll();
    }
  }
  session->OnInputEnded();
  EXPECT_TRUE(session->ended());
  EXPECT_EQ(session->failure(), std::nullopt);
  session->Leave();
  EXPECT_TRUE(left);

  ASSERT_GE(recording.video_times.size(), std::size_t{kPictures} - 5);
  EXPECT_TRUE(std::ranges::is_sorted(recording.video_times));
  EXPECT_GE(recording.audio.size(), std::size_t{2 * kPictures} - 10);
  EXPECT_THAT(recording.audio, testing::Each(Bytes({0xF8, 0xFF, 0xFE})));
  // A file that plays: it begins with the parameter sets.
  codec::AnnexBReader units(recording.video);
  for (const int type : {7, 8, 5}) {  // SPS, PPS, IDR slice
    const auto unit = units.Next();
    ASSERT_TRUE(unit.has_value());
    EXPECT_EQ(unit->front() & 0x1f, type);
  }
}

}  // namespace
}  // namespace ingress
