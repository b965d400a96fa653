#include "handler/input_loss_muter.h"

#include <algorithm>

namespace ingress::handler {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

// A source of few pictures a second has gaps all the time; only an unusual one means something.
constexpr int kUnusual = 3;
constexpr nanoseconds kLongestInterval = 2s;
constexpr int kSmoothing = 8;

}  // namespace

InputLossMuter::InputLossMuter(Options options) : options_(options), last_sent_(options.layers) {}

nanoseconds InputLossMuter::StoppingGap() const {
  return std::max<nanoseconds>(kShortestStoppingGap, kUnusual * usual_interval_);
}

nanoseconds InputLossMuter::MutingGap() const {
  if (last_sent_.empty()) return options_.mute_after;  // audio is never slow by itself
  const nanoseconds longest = std::max<nanoseconds>(options_.mute_after, kLongestWait);
  if (gaps_.size() < kMedianGaps) return longest;
  std::deque<nanoseconds> sorted = gaps_;
  std::ranges::nth_element(sorted, sorted.begin() + kMedianGaps / 2);
  return std::clamp<nanoseconds>(kMissedGapsBeforeMute * sorted[kMedianGaps / 2],
                                 options_.mute_after, longest);
}

InputLossMuter::Action InputLossMuter::Renew() {
  for (auto& last : last_sent_) last.reset();
  return last_sent_.empty() ? Action::kNone : Action::kRenew;
}

InputLossMuter::Action InputLossMuter::OnInput(TimePoint now) {
  Action action = Action::kNone;
  if (last_input_) {
    const nanoseconds gap = now - *last_input_;
    if (muted_) {
      Renew();
      action = Action::kUnmute;
    } else if (gap >= StoppingGap() && !renewed_) {
      action = Renew();
    }
    gaps_.push_back(gap);
    if (gaps_.size() > kMedianGaps) gaps_.pop_front();
    usual_interval_ += (std::min(gap, kLongestInterval) - usual_interval_) / kSmoothing;
  }
  last_input_ = now;
  muted_ = false;
  renewed_ = false;
  return action;
}

InputLossMuter::Action InputLossMuter::OnSend(std::size_t layer, TimePoint now) {
  std::optional<TimePoint>& last = last_sent_.at(layer);
  const bool stopped = last && now - *last >= StoppingGap();
  const Action action = stopped ? Renew() : Action::kNone;
  last = now;
  return action;
}

void InputLossMuter::OnDemand(std::size_t layer) { last_sent_.at(layer).reset(); }

InputLossMuter::Action InputLossMuter::Poll(TimePoint now) {
  if (!last_input_ || muted_) return Action::kNone;
  const nanoseconds gap = now - *last_input_;
  if (gap >= options_.mute_after && gap >= MutingGap()) {
    muted_ = true;
    return Action::kMute;
  }
  if (renewed_ || gap < std::max<nanoseconds>(kInFlightGoneAfter, StoppingGap())) {
    return Action::kNone;
  }
  renewed_ = true;
  return Renew();
}

}  // namespace ingress::handler
