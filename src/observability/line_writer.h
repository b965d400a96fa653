#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ingress::observability {

/// Writes lines to a descriptor and never waits for who reads them: a pipe that nobody empties, a
/// terminal that was stopped, a disk that hangs.
///
/// A line is written at once where the kernel takes it without waiting (RWF_NOWAIT), so that a
/// process that crashes has said what it had to say. What the kernel does not take so is written
/// by a thread of this object's own, in order. Where too much waits, lines are dropped, and their
/// count is told once there is room again. Any thread may call.
class LineWriter {
 public:
  struct Limits {
    std::size_t bytes = std::size_t{1} << 20;  // that wait to be written
    std::chrono::milliseconds farewell{1000};  // for the destructor, to write them
  };
  /// Makes the line that tells how many were dropped.
  using LossLine = std::function<std::string(std::uint64_t lines)>;

  /// `fd` stays the caller's and open.
  LineWriter(int fd, LossLine loss_line, Limits limits);
  LineWriter(int fd, LossLine loss_line) : LineWriter(fd, std::move(loss_line), Limits{}) {}

  /// Waits until all is written, but not longer than `farewell`.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// `line` has no line feed.
  void Write(std::string_view line);

  /// Lines dropped since the start.
  std::uint64_t dropped() const;

 private:
  struct State;

  Limits limits_;
  std::shared_ptr<State> state_;
};

}  // namespace ingress::observability
