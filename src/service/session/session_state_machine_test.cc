#include "service/session/session_state_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "domain/session_state.h"

namespace ingress::service {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Action = SessionStateMachine::Action;
using Disconnect = SessionStateMachine::Disconnect;
using HandlerEnd = HandlerEnding::Kind;

constexpr TimePoint kStart{};
const Failure kCrash(FailureCode::kHandlerCrashed);
const Failure kTimedOut(FailureCode::kPublisherTimedOut);
const Failure kDeleted(FailureCode::kIngressDeleted);

TEST(SessionStateMachineTest, MayBeginWithoutAnEncoder) {
  SessionStateMachine life({.begins_with_encoder = false});
  EXPECT_FALSE(life.encoder_here());
  EXPECT_TRUE(life.resumable());
  EXPECT_THAT(life.OnEncoderGone(Disconnect::kCut, {}, kStart), IsEmpty());
  EXPECT_EQ(life.deadline(), TimePoint::max());
  EXPECT_THAT(life.Stop(kDeleted, kStart), ElementsAre(Action::kStopHandler));
  EXPECT_THAT(life.OnHandlerEnded(HandlerEnd::kInOrder, {}, kStart + 1s),
              ElementsAre(Action::kFinish));
}

TEST(SessionStateMachineTest, TakesAnEncoderThatComesLater) {
  SessionStateMachine life({.begins_with_encoder = false});
  EXPECT_THAT(life.OnEncoderBack(kStart), IsEmpty());
  EXPECT_TRUE(life.encoder_here());
  EXPECT_THAT(life.OnEncoderGone(Disconnect::kInOrder, {}, kStart), ElementsAre(Action::kEndFeed));
}

TEST(SessionStateMachineTest, LeavesAtOnceWhenTheEncoderSaysGoodbye) {
  SessionStateMachine life({});
  EXPECT_THAT(life.OnEncoderGone(Disconnect::kInOrder, {}, kStart), ElementsAre(Action::kEndFeed));
  EXPECT_FALSE(life.resumable());
  EXPECT_THAT(life.OnHandlerEnded(HandlerEnd::kInOrder, {}, kStart + 1s),
              ElementsAre(Action::kFinish));
  EXPECT_FALSE(life.failure());
}

TEST(SessionStateMachineTest, WaitsForAnEncoderThatWasCutOff) {
  SessionStateMachine life({.reconnect_grace = 10s});
  EXPECT_THAT(life.OnEncoderGone(Disconnect::kCut, {}, kStart), ElementsAre(Action::kPauseFeed));
  EXPECT_TRUE(life.resumable());
  EXPECT_EQ(life.deadline(), kStart + 10s);
  EXPECT_THAT(life.OnEncoderBack(kStart + 9s), ElementsAre(Action::kNextGeneration));
  EXPECT_EQ(life.deadline(), TimePoint::max());
}

TEST(SessionStateMachineTest, EndsWhenTheEncoderDoesNotComeBackInTime) {
  SessionStateMachine life({.reconnect_grace = 10s});
  life.OnEncoderGone(Disconnect::kCut, kTimedOut, kStart);
  EXPECT_THAT(life.OnDeadline(kStart + 10s), ElementsAre(Action::kEndFeed));
  EXPECT_FALSE(life.resumable());
  life.OnHandlerEnded(HandlerEnd::kInOrder, {}, kStart + 11s);
  ASSERT_TRUE(life.failure());
  EXPECT_EQ(life.failure()->code(), FailureCode::kPublisherTimedOut);
}

TEST(SessionStateMachineTest, WithoutGraceACutIsTheEnd) {
  SessionStateMachine life({.reconnect_grace = 0ms});
  EXPECT_THAT(life.OnEncoderGone(Disconnect::kCut, {}, kStart), ElementsAre(Action::kEndFeed));
}

TEST(SessionStateMachineTest, RestartsADeadHandlerOnce) {
  SessionStateMachine life({.restart_every = 600s});
  EXPECT_THAT(life.OnHandlerEnded(HandlerEnd::kDied, kCrash, kStart),
              ElementsAre(Action::kStartHandler));
  EXPECT_THAT(life.OnHandlerStarted(kStart + 1s), IsEmpty());
  EXPECT_THAT(life.OnHandlerEnded(HandlerEnd::kDied, kCrash, kStart + 2s),
              ElementsAre(Action::kCloseEncoder, Action::kFinish));
  EXPECT_EQ(life.failure()->code(), FailureCode::kHandlerCrashed);
}

TEST(SessionStateMachineTest, AHandlerThatGivesTheReasonIsNotRestarted) {
  SessionStateMachine life({});
  EXPECT_THAT(life.OnHandlerEnded(HandlerEnd::kFailed, Failure(FailureCode::kRoomClosed), kStart),
              ElementsAre(Action::kCloseEncoder, Action::kFinish));
  EXPECT_EQ(life.failure()->code(), FailureCode::kRoomClosed);
}

TEST(SessionStateMachineTest, KillsAHandlerThatDoesNotLeaveInTime) {
  SessionStateMachine life({.finish_within = 6s});
  EXPECT_THAT(life.Stop(kDeleted, kStart),
              ElementsAre(Action::kCloseEncoder, Action::kStopHandler));
  EXPECT_THAT(life.OnDeadline(kStart + 6s), ElementsAre(Action::kKillHandler));
  EXPECT_THAT(life.OnHandlerEnded(HandlerEnd::kDied, kCrash, kStart + 7s),
              ElementsAre(Action::kFinish));
  EXPECT_EQ(life.failure()->code(), FailureCode::kIngressDeleted);
}

TEST(SessionStateMachineTest, RejoinsWithAnotherHandlerWhileTheEncoderStays) {
  SessionStateMachine life({});
  EXPECT_THAT(life.Rejoin(kStart), ElementsAre(Action::kStopHandler));
  EXPECT_THAT(life.Rejoin(kStart), IsEmpty());
  EXPECT_THAT(life.OnHandlerEnded(HandlerEnd::kInOrder, {}, kStart + 1s),
              ElementsAre(Action::kStartHandler));
  EXPECT_THAT(life.Rejoin(kStart + 1s), IsEmpty());
  EXPECT_THAT(life.OnHandlerStarted(kStart + 2s), ElementsAre(Action::kStopHandler));
}

TEST(SessionStateMachineTest, AnOrderToStopReachesAHandlerThatIsStillStarting) {
  SessionStateMachine life({});
  life.OnHandlerEnded(HandlerEnd::kDied, kCrash, kStart);
  EXPECT_THAT(life.Stop(kDeleted, kStart), ElementsAre(Action::kCloseEncoder));
  EXPECT_THAT(life.OnHandlerStarted(kStart + 1s), ElementsAre(Action::kKillHandler));
  EXPECT_THAT(life.OnHandlerEnded(HandlerEnd::kDied, kCrash, kStart + 1s),
              ElementsAre(Action::kFinish));
}

/// Plays the world around one session: an encoder that comes and goes, a handler that obeys, dies
/// or does not listen, an operator. Checks that no action is out of place.
class World {
 public:
  explicit World(std::uint32_t seed)
      : random_(seed), state_machine_({.reconnect_grace = Grace()}) {}

  void Run() {
    for (int i = 0; i < 200 && !finished_; ++i) Step();
    // From here on nobody does anything but what he must: the session still has to end.
    Do(state_machine_.Stop(kDeleted, now_));
    for (int i = 0; i < 20 && !finished_; ++i) HandleOrExpire();
    EXPECT_TRUE(finished_);
    EXPECT_FALSE(encoder_);
    EXPECT_EQ(handler_, Handler::kNone);
    EXPECT_TRUE(state_.ended());
    EXPECT_THAT(state_machine_.OnDeadline(now_ + 1h), IsEmpty());
    EXPECT_THAT(state_machine_.Stop(kDeleted, now_), IsEmpty());
  }

 private:
  enum class Handler { kNone, kStarting, kRuns };

  std::chrono::milliseconds Grace() { return std::chrono::milliseconds(Pick(2) * 10'000); }
  int Pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }

  void Step() {
    now_ += std::chrono::milliseconds(Pick(4000));
    if (now_ >= state_machine_.deadline()) Do(state_machine_.OnDeadline(now_));
    if (finished_) return;
    switch (Pick(8)) {
      case 0:
        if (encoder_) EncoderGoes();
        break;
      case 1:
        if (state_machine_.resumable()) Do(state_machine_.OnEncoderBack(now_));
        break;
      case 2:
        if (handler_ == Handler::kRuns) HandlerEnds(static_cast<HandlerEnd>(Pick(3)));
        break;
      case 3:
      case 4:
        if (handler_ == Handler::kStarting) HandlerStarts();
        break;
      case 5:
        Do(state_machine_.Rejoin(now_));
        break;
      case 6:
        if (Pick(20) == 0) Do(state_machine_.Stop(kDeleted, now_));
        break;
      default:
        ReportFacts();
    }
  }

  void EncoderGoes() {
    encoder_ = false;
    Do(state_machine_.OnEncoderGone(static_cast<Disconnect>(Pick(3)), {}, now_));
  }

  void HandlerEnds(HandlerEnd end) {
    handler_ = Handler::kNone;
    std::optional<Failure> failure;
    if (end != HandlerEnd::kInOrder) failure = kCrash;
    Do(state_machine_.OnHandlerEnded(end, failure, now_));
  }

  void HandlerStarts() {
    if (Pick(4) == 0) {
      handler_ = Handler::kNone;
      Do(state_machine_.OnHandlerStartFailed(kCrash, now_));
    } else {
      handler_ = Handler::kRuns;
      Do(state_machine_.OnHandlerStarted(now_));
    }
  }

  void ReportFacts() {
    if (handler_ != Handler::kRuns) return;
    state_.SetRoomId("RM_" + std::to_string(Pick(3)));
    if (Pick(2) == 0) state_.SetPublishing();
    TakeUpdate();
  }

  void HandleOrExpire() {
    if (handler_ == Handler::kStarting) HandlerStarts();
    if (finished_) return;
    if (state_machine_.deadline() == TimePoint::max()) return;
    now_ = state_machine_.deadline();
    Do(state_machine_.OnDeadline(now_));
  }

  void Do(const SessionStateMachine::Actions& actions) {
    for (const Action action : actions) {
      EXPECT_FALSE(finished_) << "an action after the end";
      Do(action);
    }
  }

  void Do(Action action) {
    switch (action) {
      case Action::kPauseFeed:
        EXPECT_FALSE(feed_ended_);
        EXPECT_FALSE(encoder_);
        break;
      case Action::kNextGeneration:
        EXPECT_FALSE(feed_ended_);
        encoder_ = true;
        break;
      case Action::kEndFeed:
        EXPECT_FALSE(feed_ended_);
        feed_ended_ = true;
        break;
      case Action::kCloseEncoder:
        EXPECT_TRUE(encoder_);
        encoder_ = false;
        break;
      case Action::kStopHandler:
        EXPECT_EQ(handler_, Handler::kRuns);
        break;  // it may obey, or be killed for not obeying
      case Action::kKillHandler:
        EXPECT_EQ(handler_, Handler::kRuns);
        HandlerEnds(HandlerEnd::kDied);
        break;
      case Action::kStartHandler:
        EXPECT_EQ(handler_, Handler::kNone);
        EXPECT_FALSE(state_machine_.ending());
        handler_ = Handler::kStarting;
        break;
      case Action::kFinish:
        EXPECT_EQ(handler_, Handler::kNone);
        finished_ = true;
        if (state_machine_.failure()) state_.Fail(*state_machine_.failure());
        state_.End(WallClock::time_point(now_.time_since_epoch()));
        TakeUpdate();
        break;
    }
  }

  void TakeUpdate() {
    const auto update = state_.TakeUpdate(WallClock::time_point(now_.time_since_epoch()));
    if (!update) return;
    EXPECT_GT(update->updated_at(), last_updated_at_);
    last_updated_at_ = update->updated_at();
    EXPECT_EQ(update->resource_id(), "RT_1");
    const bool over = update->ended_at() != 0;
    using State = ::livekit::IngressState;
    const bool says_over =
        update->status() == State::ENDPOINT_INACTIVE || update->status() == State::ENDPOINT_ERROR;
    EXPECT_EQ(over, says_over);
    if (was_publishing_ && !over) EXPECT_EQ(update->status(), State::ENDPOINT_PUBLISHING);
    was_publishing_ = update->status() == State::ENDPOINT_PUBLISHING;
    EXPECT_EQ(update->status() == State::ENDPOINT_ERROR, !update->error().empty());
  }

  std::mt19937 random_;
  TimePoint now_ = kStart + 1h;
  SessionStateMachine state_machine_;
  SessionState state_{{.resource_id = "RT_1"}, WallClock::time_point(kStart.time_since_epoch())};
  bool encoder_ = true;
  Handler handler_ = Handler::kRuns;
  bool feed_ended_ = false;
  bool finished_ = false;
  bool was_publishing_ = false;
  std::int64_t last_updated_at_ = 0;
};

TEST(SessionStateMachineTest, AnyOrderOfEventsIsLegalAndEnds) {
  for (std::uint32_t seed = 0; seed < 5000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    World(seed).Run();
  }
}

}  // namespace
}  // namespace ingress::service
