// Another input needs nothing of the other modules but input/source/source.h: here is one, whose
// media is nothing like FLV, and what goes back to it.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <initializer_list>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "codec/testing/nal_units.h"
#include "handler/publish_session.h"
#include "integration/unit_file/unit_file_source.h"
#include "output/testing/fake_output.h"
#include "transcoder/testing/fake_client.h"

namespace ingress::test {
namespace {

using handler::PublishSession;
using namespace std::chrono_literals;

constexpr std::uint64_t kTicksPerMs = 90;
constexpr std::uint64_t kRange = std::uint64_t{1} << 33;  // of the file's clock
/// The numbers wrap three seconds into the file.
constexpr std::uint64_t kFirstTick = kRange - 3'000 * kTicksPerMs;

Bytes AnnexB(std::initializer_list<Bytes> units) {
  Bytes out;
  for (const Bytes& unit : units) {
    out.insert(out.end(), {0, 0, 0, 1});
    out.insert(out.end(), unit.begin(), unit.end());
  }
  return out;
}

/// 25 pictures and 50 packets of silence per second; a key frame first and then every `gop`
/// pictures.
Bytes MakeFile(std::chrono::milliseconds length, int gop) {
  Bytes file;
  int pictures = 0;
  for (auto at = 0ms; at < length; at += 20ms) {
    const std::uint64_t ticks =
        (kFirstTick + static_cast<std::uint64_t>(at.count()) * kTicksPerMs) % kRange;
    if (at % 40ms == 0ms) {
      const bool key = pictures++ % gop == 0;
      const Bytes slice = codec::MakeSlice(key, 0);
      AppendVideoFrame(key, ticks,
                       key ? AnnexB({codec::MakeSps(0, 640, 368), codec::MakePps(0, 0), slice})
                           : AnnexB({slice}),
                       file);
    }
    AppendAudioFrame(ticks, Bytes{0xF8, 0xFF, 0xFE}, file);
  }
  return file;
}

stream::Timestamp DtsOf(const stream::Unit& unit) {
  if (const auto* video = std::get_if<stream::VideoUnit>(&unit)) return video->dts;
  return std::get<stream::AudioUnit>(unit).dts;
}

/// A session between a file and a fake output, in given time.
class UnitFileInputTest : public testing::Test {
 protected:
  void Begin(Bytes file) {
    source_ = std::make_unique<UnitFileSource>(std::move(file));
    session_ = std::move(*PublishSession::Make({
        .job = {},
        .clock = {.steady_origin = now_, .wall_origin = {}},
        .time = [this] { return now_; },
        .make_output =
            [this](const PublishSession::Encodings&, output::Output::Callbacks callbacks) {
              auto made = std::make_unique<output::FakeOutput>(std::move(callbacks));
              output_ = made.get();
              return made;
            },
        .transcoder = transcoder_,
        .callbacks = {.on_schedule = [] {},
                      .on_ended = [] {},
                      .on_left = [] {},
                      .request_key_frame =
                          [this](std::size_t layer) { source_->RequestKeyFrame(layer); },
                      .on_tracks_up = [this] { source_->OnTracksUp(); },
                      .on_watched = [this](bool watched) { source_->OnWatched(watched); }},
    }));
    session_->Start();
    output_->Joined();
    output_->TransportReady();
    output_->Audience(true);
  }

  template <typename T>
  T Await(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(io_, std::move(task), [&result](const std::exception_ptr& error, T got) {
      if (error) std::rethrow_exception(error);
      result = std::move(got);
    });
    io_.restart();
    io_.run();
    return std::move(*result);
  }

  /// Plays what the file holds, and its end.
  void Play() {
    if (Feed()) session_->OnInputEnded();
  }

  /// Plays what the file holds, at the pace of its own times. False: it was lost on the way.
  bool Feed() {
    const TimePoint begun = now_;
    std::optional<stream::Timestamp> first;
    while (Await(source_->Open()) == input::Source::Next::kGeneration) {
      session_->OnConnection();
      while (true) {
        auto units = Await(source_->Read());
        if (!units) {
          session_->OnInputLost(std::move(units.error()));
          return false;
        }
        if (units->empty()) break;
        const stream::Timestamp dts = DtsOf(units->front());
        if (!first) first = dts;
        WaitUntil(begun + stream::TimeBetween(*first, dts));
        session_->OnUnits(std::move(*units));
        if (output_->publishing) Watch();
      }
    }
    return true;
  }

  void WaitUntil(TimePoint then) {
    while (now_ < then) {
      now_ = std::min(now_ + 1ms, then);
      if (session_->departure() <= now_) session_->ReleaseHeld();
      if (session_->deadline() <= now_) session_->Poll();
      if (asks_after_ && now_ >= *asks_after_) {
        asks_after_.reset();
        for (int i = 0; i < 5; ++i) output_->KeyFrame(Top());
      }
    }
  }

  std::size_t Top() const { return output_->video->layers.size() - 1; }

  /// The far end knows the tracks, and wants the highest layer.
  void Watch() {
    output_->Published();
    if (!output_->video) return;
    std::vector<bool> wanted(output_->video->layers.size(), false);
    wanted.back() = true;
    output_->Demand(wanted);
  }

  TimePoint now_ = TimePoint(1h);
  boost::asio::io_context io_{1};
  transcoder::testing::FakeClient transcoder_;
  std::unique_ptr<UnitFileSource> source_;
  std::unique_ptr<PublishSession> session_;
  output::FakeOutput* output_ = nullptr;  // the session's
  std::optional<TimePoint> asks_after_;   // when viewers ask for a key frame, several at once
};

TEST_F(UnitFileInputTest, PlaysAFileAcrossTheWrapOfItsClock) {
  Begin(MakeFile(5s, 50));
  Play();
  EXPECT_TRUE(session_->ended());
  EXPECT_EQ(session_->failure(), std::nullopt);
  EXPECT_EQ(output_->misuses, 0);
  ASSERT_GE(output_->sent_video.size(), 120U);
  EXPECT_TRUE(std::ranges::any_of(output_->sent_video.begin(), output_->sent_video.begin() + 3,
                                  [](const auto& frame) { return frame.key_frame; }))
      << "the track is published with the second picture, and its viewers begin with a key frame";
  EXPECT_GE(output_->sent_audio.size(), 240U);
  for (std::size_t i = 1; i < output_->sent_video.size(); ++i) {
    const auto& [before, sent] = std::tie(output_->sent_video[i - 1], output_->sent_video[i]);
    // The first viewer gets the beginning again.
    if (before.pts > 2s) EXPECT_EQ(sent.pts - before.pts, 40ms) << i;
  }
}

TEST_F(UnitFileInputTest, HearsThatItsTracksAreUpAndThatSomebodyWatches) {
  Begin(MakeFile(2s, 50));
  EXPECT_TRUE(source_->tracks_up);
  ASSERT_TRUE(Feed());
  EXPECT_TRUE(source_->watched);
  EXPECT_EQ(source_->key_frame_requests, 0) << "what it sends by itself is enough";
  output_->Audience(false);
  EXPECT_FALSE(source_->watched);
}

TEST_F(UnitFileInputTest, IsAskedOnceForTheKeyFrameThatSeveralViewersNeed) {
  // A key frame at the beginning, and one 400 ms after the viewers ask, like an answer.
  Begin(MakeFile(6400ms, 135));
  asks_after_ = now_ + 5s;
  Play();
  EXPECT_EQ(source_->key_frame_requests, 1);
  EXPECT_EQ(session_->failure(), std::nullopt);
  const auto keys = std::ranges::count_if(
      output_->sent_video, [](const auto& frame) { return frame.key_frame && frame.pts > 4s; });
  EXPECT_EQ(keys, 1) << "the answer, and none of a transcoder";
}

TEST_F(UnitFileInputTest, AFileThatIsCutOffEndsTheSessionAndSaysWhy) {
  Bytes file = MakeFile(1s, 50);
  file.pop_back();
  Begin(std::move(file));
  Play();
  ASSERT_TRUE(session_->failure());
  EXPECT_EQ(session_->failure()->code(), FailureCode::kCorruptVideo);
}

}  // namespace
}  // namespace ingress::test
