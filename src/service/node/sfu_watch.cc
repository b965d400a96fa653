#include "service/node/sfu_watch.h"

#include <fmt/format.h>

#include <utility>

namespace ingress::service {
namespace {

using std::chrono::milliseconds;

bool PassesByItself(SfuState state) {
  return state == SfuState::kUnreachable || state == SfuState::kSilent ||
         state == SfuState::kRefused || state == SfuState::kNotLiveKit;
}

}  // namespace

bool SfuWatch::OnVerdict(SfuVerdict verdict) {
  const bool first_failure =
      ready() && !doubtful_ && verdict.state != SfuState::kReady && PassesByItself(verdict.state);
  if (first_failure) {
    doubtful_ = true;
    return false;
  }
  doubtful_ = false;
  if (verdict.state == SfuState::kReady) {
    away_.Reset();
    refused_.Reset();
  }
  const bool news = verdict.state != shown_.state ||
                    (verdict.state != SfuState::kClock && verdict.cause != shown_.cause);
  shown_ = std::move(verdict);
  return news;
}

std::string SfuWatch::status() const {
  if (ready()) return name_ + ": ready";
  if (shown_.state == SfuState::kUntried) return name_ + ": not tried yet";
  return name_ + ": " + shown_.cause + "; " + shown_.remedy;
}

std::string SfuWatch::note() const {
  if (!ready() || !shown_.clock_offset) return {};
  const auto offset = *shown_.clock_offset;
  if (std::chrono::abs(offset) <= kClockTolerance) return {};
  return fmt::format(
      "the clock of this node is {} s {} livekit-server's, which takes no tokens from 60 s on; set "
      "both clocks by NTP",
      std::chrono::abs(offset).count(), offset.count() > 0 ? "ahead of" : "behind");
}

milliseconds SfuWatch::NextPause(std::uint32_t random) {
  if (doubtful_) return kAgainAfter;
  if (!ready()) {
    return PassesByItself(shown_.state) ? away_.Next(random) : refused_.Next(random);
  }
  // A fifth either way, so that many nodes do not ask in step.
  const auto span = kEvery.count() * 2 / 5;
  const auto part = static_cast<std::int64_t>(random) * span / 0xFFFF'FFFFLL;
  return milliseconds(kEvery.count() - span / 2 + part);
}

}  // namespace ingress::service
