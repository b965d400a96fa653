#include "observability/line_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace ingress::observability {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    reader = UniqueFd(ends[0]);
    writer = UniqueFd(ends[1]);
    capacity = static_cast<std::size_t>(fcntl(writer.get(), F_SETPIPE_SZ, 4096));
  }

  /// All that is written until the last writer has closed.
  std::string ReadAll() {
    writer.Reset();
    std::string all;
    std::array<char, 4096> chunk{};
    for (ssize_t size = 0; (size = read(reader.get(), chunk.data(), chunk.size())) > 0;) {
      all.append(chunk.data(), static_cast<std::size_t>(size));
    }
    return all;
  }

  UniqueFd reader;
  UniqueFd writer;
  std::size_t capacity = 0;
};

std::string LossLine(std::uint64_t lines) { return std::to_string(lines) + " lost"; }

TEST(LineWriterTest, WritesLinesInOrder) {
  Pipe pipe;
  {
    LineWriter writer(pipe.writer.get(), LossLine);
    writer.Write("one");
    writer.Write("");
    writer.Write("two");
  }
  EXPECT_EQ(pipe.ReadAll(), "one\n\ntwo\n");
}

TEST(LineWriterTest, WritesToAFile) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  {
    LineWriter writer(fileno(file), LossLine);
    for (int i = 0; i < 1000; ++i) writer.Write("line " + std::to_string(i));
  }
  std::rewind(file);
  std::array<char, 64> line{};
  int count = 0;
  while (std::fgets(line.data(), line.size(), file) != nullptr) {
    EXPECT_EQ(std::string(line.data()), "line " + std::to_string(count++) + "\n");
  }
  EXPECT_EQ(count, 1000);
  std::fclose(file);
}

TEST(LineWriterTest, DoesNotWaitForAPipeThatNobodyReads) {
  Pipe pipe;
  const std::string line(100, 'x');
  constexpr std::size_t kKept = 10'000;  // bytes
  constexpr int kLines = 1000;
  std::string all;
  {
    LineWriter writer(pipe.writer.get(), LossLine, {.bytes = kKept, .farewell = 20s});
    for (int i = 0; i < kLines; ++i) writer.Write(line);  // hangs here when it waits
    // The reader is back: what waited comes in order, and then how much is missing.
    UniqueFd drained = std::move(pipe.reader);
    std::array<char, 4096> chunk{};
    while (!all.ends_with(" lost\n")) {
      const ssize_t size = read(drained.get(), chunk.data(), chunk.size());
      ASSERT_GT(size, 0);
      all.append(chunk.data(), static_cast<std::size_t>(size));
    }
    writer.Write("after");
    pipe.reader = std::move(drained);
  }
  const std::string rest = pipe.ReadAll();
  const std::size_t whole = all.rfind('\n', all.size() - 2) + 1;
  ASSERT_EQ(whole % (line.size() + 1), 0U) << "a line was cut";
  const std::size_t kept = whole / (line.size() + 1);
  EXPECT_LE(kept * (line.size() + 1), 2 * kKept + pipe.capacity);
  EXPECT_EQ(all.substr(whole), LossLine(kLines - kept) + "\n");
  EXPECT_EQ(rest, "after\n");
}

TEST(LineWriterTest, GoesWhenNobodyReads) {
  static const Pipe pipe;  // the thread that is stuck in it stays
  LineWriter writer(pipe.writer.get(), LossLine, {.farewell = 0ms});
  for (int i = 0; i < 100; ++i) writer.Write(std::string(100, 'x'));
}

TEST(LineWriterTest, SurvivesAReaderThatWentAway) {
  const auto previous = std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.reader.Reset();
  {
    LineWriter writer(pipe.writer.get(), LossLine);
    for (int i = 0; i < 100; ++i) writer.Write(std::string(100, 'x'));
  }
  std::signal(SIGPIPE, previous);
}

}  // namespace
}  // namespace ingress::observability
