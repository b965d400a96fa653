#include "service/session/state_reporter.h"

#include <boost/asio/post.hpp>
#include <string_view>
#include <utility>

#include "base/ids.h"
#include "net/backoff.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
constexpr std::chrono::seconds kRefreshEvery{60};

/// psrpc's codes for a call that nobody answered.
bool HasNoAnswer(std::string_view code) {
  return code == "unavailable" || code == "deadline_exceeded" || code == "canceled";
}

}  // namespace

StateReporter::StateReporter(const asio::any_io_executor& executor, rpc::IoInfoClient& io_info,
                             UpdateQueue& updates, std::string ingress_id, SessionState state,
                             observability::Logger logger, StateJournal* journal)
    : executor_(executor),
      io_info_(io_info),
      updates_(updates),
      ingress_id_(std::move(ingress_id)),
      state_(std::move(state)),
      logger_(std::move(logger)),
      journal_(journal) {}

asio::awaitable<void> StateReporter::Run() {
  co_await SendUntilFinal();
  if (journal_ != nullptr && !left_to_journal_) journal_->Remove(state_.state().resource_id());
  done_ = true;
  finished_.Notify();
}

asio::awaitable<bool> StateReporter::AwaitDone(std::shared_ptr<StateReporter> reporter) {
  co_await reporter->finished_.WaitUntilTrue([&reporter] { return reporter->done_; });
  co_return true;
}

asio::awaitable<void> StateReporter::SendUntilFinal() {
  net::Backoff backoff({.initial = std::chrono::milliseconds(200)});
  while (!abandoned_) {
    auto update = state_.TakeUpdate(WallClock::now());
    if (!update) {
      if (state_.ended()) co_return;
      co_await AwaitChange();
      continue;
    }
    Remember(*update);
    // Taken before, so that it is still the first state that comes first.
    co_await wake_.WaitUntilTrue([this] { return !held_back_ || abandoned_; });
    const auto outcome = co_await SendInTurn(std::move(*update));
    if (!outcome || *outcome == Outcome::kRefused || abandoned_) co_return;
    if (*outcome == Outcome::kStored) {
      backoff.Reset();
      continue;
    }
    state_.UpdateLost();
    if (*outcome == Outcome::kNoAnswer) continue;  // the queue knows when
    co_await given_up_.WaitFor(backoff.Next(RandomU32()));
  }
}

asio::awaitable<void> StateReporter::AwaitChange() {
  // Bitrates change all the time; from time to time they are worth an update of their own.
  if (!co_await wake_.WaitFor(kRefreshEvery)) state_.Refresh();
}

/// Empty when it was abandoned before its turn came.
asio::awaitable<std::optional<StateReporter::Outcome>> StateReporter::SendInTurn(
    ::livekit::IngressState update) {
  if (abandoned_) co_return std::nullopt;
  UpdateQueue::Place place(updates_);
  place_ = &place;
  co_await place.AwaitTurn();
  place_ = nullptr;
  if (abandoned_) co_return std::nullopt;
  if (place.waited()) {
    if (auto newer = state_.TakeUpdate(WallClock::now())) {
      update = std::move(*newer);
      Remember(update);
    }
  }
  const Outcome outcome = co_await Send(std::move(update));
  place.Done(outcome != Outcome::kNoAnswer);
  co_return outcome;
}

void StateReporter::Remember(const ::livekit::IngressState& update) {
  if (journal_ != nullptr) journal_->Write(ingress_id_, update);
}

void StateReporter::Open() {
  held_back_ = false;
  wake_.Notify();
}

void StateReporter::Abandon() {
  abandoned_ = true;
  wake_.Notify();
  given_up_.Notify();
  if (place_ != nullptr) place_->Leave();
}

void StateReporter::LeaveToJournal() {
  left_to_journal_ = true;
  Abandon();
}

asio::awaitable<StateReporter::Outcome> StateReporter::Send(::livekit::IngressState state) {
  const std::string status = ::livekit::IngressState_Status_Name(state.status());
  auto stored = co_await io_info_.UpdateIngressState(ingress_id_, std::move(state));
  if (stored) {
    stored_ = true;
    logger_.Debug("state stored", {{"status", status}});
    co_return Outcome::kStored;
  }
  const rpc::RpcError& error = stored.error();
  if (error.code == "not_found") {
    logger_.Info("the ingress was deleted, its state is no longer kept");
    if (!stored_ && on_unknown_) asio::post(executor_, on_unknown_);
    co_return Outcome::kRefused;
  }
  if (error.code == "failed_precondition") {
    logger_.Info("a newer session of this ingress exists, its state counts");
    co_return Outcome::kRefused;
  }
  logger_.Warn("state not stored, will repeat",
               {{"status", status}, {"code", error.code}, {"error", error.message}});
  co_return HasNoAnswer(error.code) ? Outcome::kNoAnswer : Outcome::kFailed;
}

}  // namespace ingress::service
