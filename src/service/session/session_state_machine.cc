#include "service/session/session_state_machine.h"

#include <algorithm>
#include <utility>

namespace ingress::service {

using Actions = SessionStateMachine::Actions;

Actions SessionStateMachine::OnEncoderGone(Disconnect disconnect, std::optional<Failure> failure,
                                           TimePoint now) {
  if (finished_ || encoder_ != Encoder::kHere) return {};
  const bool may_return =
      disconnect == Disconnect::kCut && options_.reconnect_grace.count() > 0 && !ending_;
  if (may_return) {
    encoder_ = Encoder::kAway;
    back_by_ = now + options_.reconnect_grace;
    away_failure_ = std::move(failure);
    return {Action::kPauseFeed};
  }
  encoder_ = Encoder::kGone;
  if (ending_) return {};
  BeginEnding(std::move(failure), now);
  return {Action::kEndFeed};
}

Actions SessionStateMachine::OnEncoderBack(TimePoint) {
  if (!resumable()) return {};
  const bool first = encoder_ == Encoder::kNone;
  encoder_ = Encoder::kHere;
  back_by_ = TimePoint::max();
  away_failure_.reset();
  if (first) return {};
  return {Action::kNextGeneration};
}

Actions SessionStateMachine::Stop(const Failure& failure, TimePoint now) {
  if (ending_ || finished_) return {};
  BeginEnding(failure, now);
  Actions actions;
  if (encoder_ == Encoder::kHere) actions.push_back(Action::kCloseEncoder);
  encoder_ = Encoder::kGone;
  if (handler_ == Handler::kRuns) {
    handler_ = Handler::kLeaving;
    actions.push_back(Action::kStopHandler);
  }
  return actions;
}

Actions SessionStateMachine::Rejoin(TimePoint now) {
  if (ending_ || finished_ || handler_ == Handler::kNone) return {};
  rejoin_ = true;
  if (handler_ != Handler::kRuns) return {};
  handler_ = Handler::kLeaving;
  leave_by_ = now + options_.finish_within;
  return {Action::kStopHandler};
}

Actions SessionStateMachine::OnHandlerEnded(HandlerEnd end, std::optional<Failure> failure,
                                            TimePoint now) {
  if (finished_) return {};
  handler_ = Handler::kNone;
  leave_by_ = TimePoint::max();
  if (ending_) return Finish();
  if (rejoin_) {
    rejoin_ = false;
    handler_ = Handler::kStarting;
    return {Action::kStartHandler};
  }
  if (end == HandlerEnd::kDied) return RestartOrFinish(std::move(failure), now);
  BeginEnding(std::move(failure), now);
  return Finish();
}

Actions SessionStateMachine::OnHandlerStarted(TimePoint now) {
  if (finished_) return {};
  handler_ = Handler::kRuns;
  if (ending_) {
    handler_ = Handler::kKilled;
    return {Action::kKillHandler};
  }
  if (!rejoin_) return {};
  // The settings changed again while it started.
  handler_ = Handler::kLeaving;
  leave_by_ = now + options_.finish_within;
  return {Action::kStopHandler};
}

Actions SessionStateMachine::OnHandlerStartFailed(const Failure& failure, TimePoint now) {
  if (finished_) return {};
  handler_ = Handler::kNone;
  rejoin_ = false;
  if (ending_) return Finish();
  return RestartOrFinish(failure, now);
}

Actions SessionStateMachine::OnDeadline(TimePoint now) {
  if (finished_) return {};
  Actions actions;
  if (now >= back_by_) {
    back_by_ = TimePoint::max();
    encoder_ = Encoder::kGone;
    BeginEnding(std::exchange(away_failure_, std::nullopt), now);
    actions.push_back(Action::kEndFeed);
  }
  if (now >= leave_by_) {
    leave_by_ = TimePoint::max();
    handler_ = Handler::kKilled;
    actions.push_back(Action::kKillHandler);
  }
  return actions;
}

TimePoint SessionStateMachine::deadline() const { return std::min(leave_by_, back_by_); }

void SessionStateMachine::BeginEnding(std::optional<Failure> failure, TimePoint now) {
  ending_ = true;
  rejoin_ = false;
  back_by_ = TimePoint::max();
  if (!failure_) failure_ = std::move(failure);
  if (handler_ == Handler::kRuns || handler_ == Handler::kLeaving) {
    leave_by_ = std::min(leave_by_, now + options_.finish_within);
  }
}

Actions SessionStateMachine::Finish() {
  finished_ = true;
  leave_by_ = back_by_ = TimePoint::max();
  Actions actions;
  if (encoder_ == Encoder::kHere) actions.push_back(Action::kCloseEncoder);
  encoder_ = Encoder::kGone;
  actions.push_back(Action::kFinish);
  return actions;
}

bool SessionStateMachine::MayRestart(TimePoint now) const {
  return !last_restart_ || now - *last_restart_ > options_.restart_every;
}

Actions SessionStateMachine::RestartOrFinish(std::optional<Failure> failure, TimePoint now) {
  if (MayRestart(now)) {
    last_restart_ = now;
    ++restarts_;
    handler_ = Handler::kStarting;
    return {Action::kStartHandler};
  }
  BeginEnding(std::move(failure), now);
  return Finish();
}

}  // namespace ingress::service
