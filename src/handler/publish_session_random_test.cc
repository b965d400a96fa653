// Whole sessions in which everything happens in any order, in given time. SessionViewer checks what
// viewers get; this file sees to it that each session ends as it should, at whatever moment.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "handler/testing/after_the_end.h"
#include "handler/testing/random_choice.h"
#include "handler/testing/random_encoder.h"
#include "handler/testing/session_viewer.h"
#include "handler/testing/session_world.h"
#include "pipeline/video/hold_limits.h"
#include "pipeline/video/transcoder_lifetime.h"

namespace ingress::handler {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds kCalm = 20s;
/// More often than anything can be due within a step, when a stall is over or a decoder catches up.
constexpr std::uint64_t kMaxTurns = 2000;

class RandomSession : private RandomChoice {
 public:
  explicit RandomSession(unsigned seed)
      : RandomChoice(seed), source_answers_(Chance(30)), world_(Options()), viewer_(world_) {
    encoder_.gop = Time(500, 8000);
    world_.transcoder().latency = Time(5, 120);
  }

  /// A whole session. What was wrong with it; empty: nothing.
  std::optional<std::string> Run() {
    world_.session().Start();
    const milliseconds length = Time(1000, 40'000);
    if (Chance(10)) Pass(Time(0, 10'000));
    if (!Over()) Connect();
    while (!Over() && world_.elapsed() < length) {
      Chance(50) ? BeQuiet(Time(1000, 10'000)) : BeBusy(Time(1000, 6'000));
    }
    if (!Over() && Chance(30)) Calm();
    End();
    return viewer_.fault();
  }

  /// The last of what happened.
  std::string History() const {
    constexpr std::size_t kLines = 60;
    const auto& log = world_.log();
    std::string out;
    for (std::size_t i = log.size() > kLines ? log.size() - kLines : 0; i < log.size(); ++i) {
      out += log[i] + "\n";
    }
    return out;
  }

 private:
  SessionWorld::Options Options() {
    SessionWorld::Options options{
        .layers = {
            {.quality = LayerQuality::kLow, .width = 320, .height = 180, .bitrate = 50'000},
            {.quality = LayerQuality::kMedium, .width = 640, .height = 360, .bitrate = 150'000},
            {.quality = LayerQuality::kHigh, .width = 1280, .height = 720, .bitrate = 400'000}}};
    if (source_answers_) {
      options.request_key_frame = [this](std::size_t /*layer*/) {
        encoder_.SendKeyFrame(world_.elapsed() + 50ms);
      };
    }
    return options;
  }

  bool Over() const { return world_.session().ended() || viewer_.fault().has_value(); }

  // --- time
  // ---------------------------------------------------------------------------------------

  void Pass(milliseconds time) {
    const milliseconds until = world_.elapsed() + time;
    while (!Over() && world_.elapsed() < until) {
      const std::uint64_t turns = world_.turns();
      const milliseconds step = std::min(Time(5, 25), until - world_.elapsed());
      world_.Wait(step);
      if (world_.turns() - turns > kMaxTurns) viewer_.Fault("it wants to be called all the time");
      CheckSchedule();
      if (world_.session().ended()) break;
      Deliver();
      if (world_.session().ended()) break;
      Answer();
      viewer_.Check(Well());
    }
  }

  /// One read brings what has come since the last; the service reads at the session's interval.
  void Deliver() {
    if (!connected_) return;
    const milliseconds interval = world_.batch_interval();
    if (interval > 0ms && world_.elapsed() - read_at_ < interval) return;
    read_at_ = world_.elapsed();
    stream::Units units = encoder_.Take(world_.elapsed());
    if (units.empty()) return;
    media_came_ = true;
    world_.session().OnUnits(std::move(units));
    if (!recovered_at_ && encoder_.key_frame_came > disturbed_until_) {
      recovered_at_ = world_.elapsed();
    }
  }

  /// The output answers, some time after it was asked.
  void Answer() {
    output::FakeOutput& output = world_.output();
    if (!output.joining && !output.publishing) {
      answer_at_.reset();
      return;
    }
    if (!answer_at_) answer_at_ = world_.elapsed() + Time(0, 600);
    if (world_.elapsed() < *answer_at_) return;
    answer_at_.reset();
    if (output.publishing) {
      Note("published");
      published_ = true;
      Disturb();
      return output.Published();
    }
    if (Chance(25)) return RefuseToJoin();
    Note("joined");
    joined_ = true;
    Disturb();
    output.Joined("RM_1", Chance(90));
  }

  void RefuseToJoin() {
    const output::Retry retry = Chance(80)   ? output::Retry::kWhileAway
                                : Chance(80) ? output::Retry::kBriefly
                                             : output::Retry::kNever;
    Note("cannot join");
    may_end_with_.insert(FailureCode::kRoomUnreachable);
    world_.output().Ended(FailureCode::kRoomUnreachable, retry);
  }

  /// Whatever is held is due within its limit, and has left when it was due.
  void CheckSchedule() {
    if (world_.session().ended()) return;
    const TimePoint departure = world_.session().departure();
    if (departure == TimePoint::max()) return;
    if (departure > world_.now() + pipeline::kMaxHold) viewer_.Fault("media is held too long");
    if (departure < world_.now()) viewer_.Fault("what was due is held");
  }

  // --- whether all is well
  // ------------------------------------------------------------------------

  /// Something gets in the way of key frames, for `time`; then the source's next one mends it.
  void Disturb(milliseconds time = 0ms) {
    disturbed_until_ = std::max(disturbed_until_, world_.elapsed() + time);
    recovered_at_.reset();
  }

  bool Well() {
    const transcoder::testing::FakeClient& transcoder = world_.transcoder();
    if (transcoder.stalled || transcoder.hung) Disturb();
    if (!connected_ || !encoder_.video || world_.elapsed() < encoder_.stalled_until) Disturb();
    if (!published_ || !transport_up_ || uplink_limited_) Disturb();
    return recovered_at_ && world_.elapsed() - *recovered_at_ >= AlignmentDelay() + 300ms;
  }

  milliseconds AlignmentDelay() const {
    return milliseconds(static_cast<int>(world_.counters().alignment_delay_ms()));
  }

  // --- what happens
  // -------------------------------------------------------------------------------

  void Note(const std::string& what) { world_.Note("=== " + what); }

  /// Anything happens.
  void BeBusy(milliseconds time) {
    using Self = RandomSession;
    static constexpr std::array<void (Self::*)(), 20> kEvents{&Self::Watch,
                                                              &Self::AskForKeyFrame,
                                                              &Self::AskForKeyFrame,
                                                              &Self::ChangeAudience,
                                                              &Self::StartTransport,
                                                              &Self::ChangeUplink,
                                                              &Self::Stall,
                                                              &Self::ChangeTracks,
                                                              &Self::ChangeCoding,
                                                              &Self::ChangeCoding,
                                                              &Self::ChangeTiming,
                                                              &Self::Reconnect,
                                                              &Self::ChangeTranscoder,
                                                              &Self::ChangeTranscoder,
                                                              &Self::BreakTranscoder,
                                                              &Self::SendGarbage,
                                                              &Self::Manage,
                                                              &Self::LoseOutput,
                                                              &Self::DoNothing,
                                                              &Self::DoNothing};
    const milliseconds until = world_.elapsed() + time;
    while (!Over() && world_.elapsed() < until) {
      (this->*PickOf(kEvents))();
      Pass(Time(5, 400));
    }
  }

  /// Nothing gets in the way, and viewers come, go and ask.
  void BeQuiet(milliseconds time) {
    if (Chance(80)) Mend();
    const bool asks = Chance(60);
    const milliseconds until = world_.elapsed() + time;
    while (!Over() && world_.elapsed() < until) {
      if (Chance(10)) Watch();
      if (asks) AskForKeyFrame();
      Pass(Time(5, 1500));
    }
  }

  void Mend() {
    Note("all is well");
    encoder_.video = encoder_.audio = true;
    world_.transcoder().stalled = world_.transcoder().hung = false;
    if (!transport_up_ && joined_) StartTransport();
    if (std::exchange(uplink_limited_, false)) world_.output().Uplink(std::nullopt);
  }

  void DoNothing() { Pass(Time(0, 2000)); }

  void Watch() {
    if (!published_ || !world_.output().video) return;
    std::vector<bool> wanted(world_.output().video->layers.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = Chance(60);
    Note("watches " + std::to_string(std::ranges::count(wanted, true)) + " layers");
    viewer_.Want(wanted);
  }

  void AskForKeyFrame() {
    if (!published_ || !world_.output().video) return;
    const auto layer = static_cast<std::size_t>(
        Pick(0, static_cast<int>(world_.output().video->layers.size()) - 1));
    Note("asks for a key frame of layer " + std::to_string(layer));
    viewer_.AskForKeyFrame(layer);
  }

  void ChangeAudience() {
    if (!joined_) return;
    const bool present = Chance(70);
    Note(present ? "somebody is there" : "nobody is there");
    world_.output().Audience(present);
  }

  void StartTransport() {
    if (!joined_) return;
    Note("the transport is up");
    transport_up_ = true;
    Disturb();
    viewer_.LoseTransport();
  }

  void ChangeUplink() {
    if (!transport_up_) return;
    uplink_limited_ = Chance(40);
    const int kilobits = Pick(30, 900);
    Note(uplink_limited_ ? "the uplink carries " + std::to_string(kilobits) + " kb/s"
                         : "the uplink carries everything");
    Disturb(1s);
    world_.output().Uplink(uplink_limited_ ? std::optional(kilobits * 1000U) : std::nullopt);
  }

  void Stall() {
    const milliseconds time = Time(50, Chance(80) ? 800 : 5000);
    Note("the line stalls for " + std::to_string(time.count()) + " ms");
    encoder_.stalled_until = world_.elapsed() + time;
  }

  void ChangeTracks() {
    if (Chance(50)) {
      encoder_.video = Chance(70);
      Note(encoder_.video ? "video comes" : "video ends");
    } else {
      encoder_.audio = Chance(70);
      Note(encoder_.audio ? "audio comes" : "audio ends");
    }
  }

  void ChangeCoding() {
    using Size = std::pair<std::uint32_t, std::uint32_t>;
    static constexpr std::array kSizes{Size{1280, 720}, Size{1280, 720}, Size{640, 368},
                                       Size{320, 192}, Size{1920, 1088}};
    encoder_.gop = Time(500, 8000);
    encoder_.picture_size = Chance(75) ? 1000 : 6000;
    encoder_.b_frames = Chance(25);
    std::tie(encoder_.width, encoder_.height) = PickOf(kSizes);
    if (Chance(30)) encoder_.SendKeyFrame(world_.elapsed());
    Note("gop " + std::to_string(encoder_.gop.count()) + " ms, pictures of " +
         std::to_string(encoder_.width) + "x" + std::to_string(encoder_.height) + ", " +
         std::to_string(encoder_.picture_size) +
         (encoder_.b_frames ? " bytes, B-frames" : " bytes"));
  }

  void ChangeTiming() {
    encoder_.video_late = Chance(60) ? 0ms : Time(20, 2000);
    encoder_.audio_late = Chance(60) ? 0ms : Time(20, 2000);
    encoder_.bunch = Chance(70) ? 0ms : Time(50, 300);
    Note("video comes " + std::to_string(encoder_.video_late.count()) + " ms late, audio " +
         std::to_string(encoder_.audio_late.count()) + ", in bunches of " +
         std::to_string(encoder_.bunch.count()));
    Disturb(6s);  // until the tracks are together
  }

  void Connect() {
    Note("a connection begins");
    connected_ = true;
    Disturb();
    encoder_.Connect(world_.elapsed(),
                     Chance(50) ? 0U : static_cast<std::uint32_t>(Pick(0, 1 << 30)));
    world_.session().OnConnection();
    if (Chance(50)) world_.Send(TestEncoder::Metadata(Chance(90), Chance(90)));
  }

  void Reconnect() {
    Note("the connection is cut");
    connected_ = false;
    Pass(Time(0, Chance(70) ? 500 : 10'000));
    if (!Over()) Connect();
  }

  void ChangeTranscoder() {
    transcoder::testing::FakeClient& transcoder = world_.transcoder();
    switch (Pick(0, 2)) {
      case 0:
        transcoder.latency = Time(5, 120);
        return;
      case 1:
        transcoder.stalled = Chance(50);
        return Note(transcoder.stalled ? "the transcoder stalls" : "the transcoder goes on");
      default:
        transcoder.hung = Chance(50);
        if (transcoder.hung) CountBreak();
        Note(transcoder.hung ? "the transcoder hangs" : "the transcoder hangs no more");
    }
  }

  void BreakTranscoder() {
    if (!world_.transcoder().running) return;
    Note("the transcoder breaks");
    Disturb();
    CountBreak();
    world_.transcoder().Break();
  }

  void CountBreak() {
    if (++breaks_ > pipeline::TranscoderLifetime::kMaxRestarts) {
      may_end_with_.insert(FailureCode::kInternal);
    }
  }

  void SendGarbage() {
    if (!connected_ || !encoder_.video) return;
    Note("the encoder sends a message that is none");
    encoder_.SendGarbage(world_.elapsed());
  }

  void Manage() {
    if (Chance(50)) {
      world_.session().UpdateParticipant("name", "metadata");
    } else if (!world_.Dump().contains("graph")) {
      viewer_.Fault("it does not say what it does");
    }
  }

  void LoseOutput() {
    if (!Chance(4) || (!joined_ && !world_.output().joining)) return;
    Note("the room is lost");
    may_end_with_.insert(FailureCode::kRoomConnectionLost);
    world_.output().Ended(FailureCode::kRoomConnectionLost, output::Retry::kWhileAway);
  }

  /// Everything becomes as it should be, and then viewers get everything again.
  void Calm() {
    Mend();
    encoder_.gop = 1s;
    encoder_.picture_size = 1000;
    encoder_.video_late = encoder_.audio_late = encoder_.bunch = 0ms;
    encoder_.stalled_until = world_.elapsed();
    Pass(kCalm);
    if (!world_.output().video || !world_.output().audio) return;
    if (Over() || !published_) return;
    // The track may be another by now.
    viewer_.Want(std::vector<bool>(world_.output().video->layers.size(), true));
    Pass(kCalm / 2);
    viewer_.Count();
    Pass(2s);
    if (Over()) return;
    const std::size_t top = world_.output().video->layers.size() - 1;
    if (viewer_.packets() < 95) viewer_.Fault("audio does not come back");
    const bool too_slow = viewer_.GivenUp() != "nothing";
    if (viewer_.frames(top) < 45 && !too_slow) viewer_.Fault("video does not come back");
    if (world_.output().video_muted) viewer_.Fault("video stays muted");
    if (world_.output().audio_muted) viewer_.Fault("audio stays muted");
  }

  // --- the end
  // ------------------------------------------------------------------------------------

  void End() {
    if (viewer_.fault()) return;
    const bool by_itself = world_.session().ended();
    if (by_itself) {
      CheckReason();
    } else {
      EndSomehow();
    }
    CheckSilence(world_, viewer_, connected_ ? &encoder_ : nullptr);
    if (world_.ends() != 1) viewer_.Fault("it ended " + std::to_string(world_.ends()) + " times");
    if (!world_.left()) viewer_.Fault("it never left");
    if (world_.output().misuses != 0) viewer_.Fault("the output was misused");
  }

  /// A session ends by itself for a reason that this world gave it, and no other.
  void CheckReason() {
    const auto failure = world_.failure();
    if (!failure) return viewer_.Fault("it ended in order, and nothing had ended");
    const bool silent = *failure == FailureCode::kNoMedia && !media_came_;
    const bool unknown = *failure == FailureCode::kNoCodecHeaders && encoder_.key_frame_came < 0ms;
    if (silent || unknown || may_end_with_.contains(*failure)) return;
    viewer_.Fault("it ended because: " + world_.session().failure()->Message());
  }

  void EndSomehow() {
    switch (Pick(0, 3)) {
      case 0:
        Note("it is stopped");
        return world_.session().Stop("enough");
      case 1:
        Note("the input is over");
        return world_.session().OnInputEnded();
      case 2:
        Note("the input is lost");
        return world_.session().OnInputLost(Failure(FailureCode::kInternal, "cut off"));
      default:
        Note("the room closes");
        // Another attempt is made where it was not joined.
        world_.output().Ended(FailureCode::kRoomClosed, output::Retry::kNever);
    }
  }

  bool source_answers_;
  RandomEncoder encoder_;
  SessionWorld world_;
  SessionViewer viewer_;

  bool connected_ = false;
  bool media_came_ = false;
  bool joined_ = false;
  bool published_ = false;
  bool transport_up_ = false;
  bool uplink_limited_ = false;
  int breaks_ = 0;
  milliseconds read_at_{0};
  std::optional<milliseconds> answer_at_;
  std::set<FailureCode> may_end_with_;

  milliseconds disturbed_until_{0};
  std::optional<milliseconds> recovered_at_;  // a key frame of the source has come since
};

class PublishSessionRandomTest : public ::testing::TestWithParam<unsigned> {};

constexpr unsigned kBlock = 20;

TEST_P(PublishSessionRandomTest, SendsWhatCanBeDecodedServesWhoAsksAndEnds) {
  for (unsigned seed = GetParam() * kBlock; seed < (GetParam() + 1) * kBlock; ++seed) {
    RandomSession session(seed);
    const auto fault = session.Run();
    ASSERT_FALSE(fault.has_value()) << "seed " << seed << ": " << *fault << "\n"
                                    << session.History();
  }
}

INSTANTIATE_TEST_SUITE_P(BlocksOfSeeds, PublishSessionRandomTest, ::testing::Range(0U, 15U));

}  // namespace
}  // namespace ingress::handler
