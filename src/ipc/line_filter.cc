#include "ipc/line_filter.h"

#include <algorithm>
#include <utility>

namespace ingress::ipc {
namespace {

constexpr std::chrono::seconds kWindow{1};

}  // namespace

LineFilter::LineFilter(Limits limits, Sink sink) : limits_(limits), sink_(std::move(sink)) {}

void LineFilter::Receive(ByteView bytes, TimePoint now) {
  std::string_view text = AsText(bytes);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view piece = text.substr(0, end);
    line_ += piece.substr(0, limits_.line_length - line_.size());
    if (end == std::string_view::npos) return;
    EndLine(now);
    text.remove_prefix(end + 1);
  }
}

void LineFilter::Finish(TimePoint now) {
  EndLine(now);
  ReportSuppressed();
}

void LineFilter::EndLine(TimePoint now) {
  if (line_.ends_with('\r')) line_.pop_back();
  const std::string line = std::exchange(line_, {});
  if (line.empty()) return;
  if (now - window_start_ >= kWindow) {
    ReportSuppressed();
    window_start_ = now;
    lines_in_window_ = 0;
  }
  if (lines_in_window_ >= limits_.lines_per_second) {
    ++suppressed_;
    return;
  }
  ++lines_in_window_;
  sink_(line);
}

void LineFilter::ReportSuppressed() {
  if (suppressed_ == 0) return;
  sink_(std::to_string(std::exchange(suppressed_, 0)) + " lines left out: more than " +
        std::to_string(limits_.lines_per_second) + " a second");
}

}  // namespace ingress::ipc
