#include "pipeline/source/video_input.h"

#include <utility>

namespace ingress::pipeline {

void VideoInput::OnUnreadable(const Error& error, TimePoint now) {
  const auto count = health_.OnUnusable(error, now);
  if (count) logger_.Warn("video message not usable", {{"error", error}, {"soFar", *count}});
}

void VideoInput::OnConnection() {
  assembler_.Reset();
  source_.OnConnection();
}

std::optional<VideoSource::Output> VideoInput::Next(TimePoint now) {
  auto unit = assembler_.Next();
  if (!unit) return std::nullopt;
  auto output = source_.OnUnit(std::move(*unit));
  if (output.problem) OnUnreadable(*output.problem, now);
  if (output.picture) {
    meter_.Count(output.picture->useful_bytes, output.picture->dts);
    health_.OnUsable(now);
  } else if (output.waiting) {
    health_.OnWaiting(now);
  }
  return output;
}

}  // namespace ingress::pipeline
