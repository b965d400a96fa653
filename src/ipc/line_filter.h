#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"

namespace ingress::ipc {

/// Cuts a child's output into lines that are safe to log: bounded in length and in rate.
///
/// Sans-IO: the caller passes `now`.
class LineFilter {
 public:
  struct Limits {
    std::size_t line_length = 4096;  // bytes; the rest of a longer line is left out
    int lines_per_second = 100;      // more are counted and reported as one line
  };
  using Sink = std::function<void(std::string_view line)>;

  LineFilter(Limits limits, Sink sink);

  /// Gives every line completed by `bytes` to the sink, without its line end; empty lines are left
  /// out.
  void Receive(ByteView bytes, TimePoint now);

  /// The stream has ended: gives out an unfinished last line and the count of lines left out.
  void Finish(TimePoint now);

 private:
  void EndLine(TimePoint now);
  void ReportSuppressed();

  Limits limits_;
  Sink sink_;
  std::string line_;
  TimePoint window_start_{};
  int lines_in_window_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace ingress::ipc
