#include "pipeline/video/transcoder_lifetime.h"

#include <algorithm>
#include <utility>

namespace ingress::pipeline {

Result<void> TranscoderLifetime::Start(const media::VideoTranscoderOptions& options,
                                       const std::vector<bool>& active,
                                       transcoder::Client::Callbacks callbacks, TimePoint now) {
  auto started = client_.Start(options, active, std::move(callbacks), now);
  if (!started) return started;
  running_ = true;
  needed_at_ = now;
  idle_since_.reset();
  return {};
}

void TranscoderLifetime::Stop(TimePoint now) {
  if (!running_) return;
  running_ = false;
  idle_since_ = now;
  client_.Stop();
}

TranscoderLifetime::Loss TranscoderLifetime::OnBroken(const Error& error, TimePoint now) {
  running_ = false;
  idle_since_.reset();
  if (!first_restart_ || now - *first_restart_ > kRestartWindow) {
    first_restart_ = now;
    restarts_ = 0;
  }
  if (error.code == ErrorCode::kNotFound || ++restarts_ > kMaxRestarts) return Loss::kFinal;
  return restarts_ > 1 ? Loss::kRepeated : Loss::kFirst;
}

std::optional<Error> TranscoderLifetime::Poll(TimePoint now) {
  if (now - looked_at_ > kOwnLapse) silent_since_ = now;
  looked_at_ = now;
  if (running_ && now - needed_at_ > kKeepUnneeded) Stop(now);
  if (idle_since_ && now - *idle_since_ > kKeepIdle) {
    idle_since_.reset();
    client_.Discard();
  }
  if (!running_ || now - std::max(client_.last_heard(), silent_since_) <= kHungAfter) {
    return std::nullopt;
  }
  client_.Discard();
  return Error{ErrorCode::kTimeout, "the transcoder process does not answer"};
}

}  // namespace ingress::pipeline
