#include "service/session/update_queue.h"

#include "base/ids.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;

}  // namespace

UpdateQueue::UpdateQueue(const asio::any_io_executor& executor) : again_(executor) {}

UpdateQueue::~UpdateQueue() = default;

void UpdateQueue::OnServerHeard() {
  window_.OnHeard();
  Pump();
}

void UpdateQueue::Pump() {
  const TimePoint now = Clock::now();
  while (!line_.empty() && window_.open(now)) {
    Place& next = *line_.front();
    line_.pop_front();
    window_.OnBegun();
    next.step_ = Place::Step::kTurn;
    next.moved_.Notify();
  }
  if (line_.empty() || now >= window_.not_before()) {
    again_.cancel();  // nobody waits, or for an answer
    return;
  }
  again_.expires_at(window_.not_before());
  again_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) Pump();
  });
}

UpdateQueue::Place::Place(UpdateQueue& queue) : queue_(queue) {}

UpdateQueue::Place::~Place() {
  Leave();
  Done(true);
}

asio::awaitable<void> UpdateQueue::Place::AwaitTurn() {
  step_ = Step::kInLine;
  queue_.line_.push_back(this);
  queue_.Pump();
  waited_ = step_ == Step::kInLine;
  co_await moved_.WaitUntilTrue([this] { return step_ != Step::kInLine; });
}

void UpdateQueue::Place::Leave() {
  if (step_ != Step::kInLine) return;
  step_ = Step::kOver;
  queue_.line_.remove(this);
  moved_.Notify();
  queue_.Pump();
}

void UpdateQueue::Place::Done(bool answered) {
  if (step_ != Step::kTurn) return;
  step_ = Step::kOver;
  if (answered) {
    queue_.window_.OnAnswered();
  } else {
    queue_.window_.OnLost(Clock::now(), RandomU32());
  }
  queue_.Pump();
}

}  // namespace ingress::service
