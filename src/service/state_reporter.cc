#include "service/state_reporter.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/ids.h"
#include "net/backoff.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kRefreshEvery{60};

}  // namespace

StateReporter::StateReporter(const asio::any_io_executor& executor, rpc::IoInfoClient& io_info,
                             std::string ingress_id, SessionState state,
                             observability::Logger logger, StateJournal* journal)
    : executor_(executor),
      io_info_(io_info),
      ingress_id_(std::move(ingress_id)),
      state_(std::move(state)),
      logger_(std::move(logger)),
      journal_(journal),
      wake_(executor, TimePoint::max()),
      finished_(executor, TimePoint::max()) {}

asio::awaitable<void> StateReporter::Run() {
  co_await SendUntilFinal();
  if (journal_ != nullptr && !left_to_journal_) journal_->Remove(state_.state().resource_id());
  done_ = true;
  finished_.cancel();
}

asio::awaitable<bool> StateReporter::AwaitDone(std::shared_ptr<StateReporter> reporter) {
  while (!reporter->done_) co_await reporter->finished_.async_wait(kAwait);
  co_return true;
}

asio::awaitable<void> StateReporter::SendUntilFinal() {
  net::Backoff backoff({.initial = std::chrono::milliseconds(200)});
  while (!abandoned_) {
    auto update = state_.TakeUpdate(WallClock::now());
    if (!update) {
      if (state_.ended()) co_return;
      // Bitrates change all the time; from time to time they are worth an update of their own.
      wake_.expires_after(kRefreshEvery);
      const auto [kicked] = co_await wake_.async_wait(kAwait);
      if (!kicked) state_.Refresh();
      continue;
    }
    if (journal_ != nullptr) journal_->Write(ingress_id_, *update);
    // Taken before, so that it is still the first state that comes first.
    while (held_back_ && !abandoned_) co_await wake_.async_wait(kAwait);
    if (abandoned_) co_return;
    switch (co_await Send(std::move(*update))) {
      case Outcome::kStored:
        backoff.Reset();
        break;
      case Outcome::kRefused:
        co_return;
      case Outcome::kLost:
        state_.UpdateLost();
        wake_.expires_after(backoff.Next(RandomU32()));
        co_await wake_.async_wait(kAwait);
        break;
    }
  }
}

void StateReporter::Open() {
  held_back_ = false;
  wake_.cancel();
}

void StateReporter::Abandon() {
  abandoned_ = true;
  wake_.cancel();
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
  co_return Outcome::kLost;
}

}  // namespace ingress::service
