#include "observability/line_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <sstream>
#include <string>

#include "base/unique_fd.h"

namespace ingress::observability {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    reader = UniqueFd(ends[0]);
    writer = UniqueFd(ends[1]);
    EXPECT_GE(fcntl(writer.get(), F_SETPIPE_SZ, 4096), 4096);
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
  ASSERT_EQ(std::fseek(file, 0, SEEK_SET), 0);
  std::array<char, 64> line{};
  int count = 0;
  while (std::fgets(line.data(), line.size(), file) != nullptr) {
    EXPECT_EQ(std::string(line.data()), "line " + std::to_string(count++) + "\n");
  }
  EXPECT_EQ(count, 1000);
  std::fclose(file);
}

/// What was read of many lines that are all the same.
struct Tally {
  Tally(const std::string& text, const std::string& line) {
    std::istringstream lines(text.substr(0, text.rfind('\n') + 1));
    for (std::string one; std::getline(lines, one);) {
      if (one == line) {
        ++kept;
      } else if (one.ends_with(" lost")) {
        lost += std::stoi(one);
      } else {
        ADD_FAILURE() << "a line was cut: " << one;
      }
    }
  }

  int kept = 0;
  int lost = 0;
};

TEST(LineWriterTest, DoesNotWaitForAPipeThatNobodyReads) {
  Pipe pipe;
  const std::string line(100, 'x');
  constexpr std::size_t kWaiting = 10'000;  // bytes
  constexpr int kLines = 1000;
  std::string all;
  {
    LineWriter writer(pipe.writer.get(), LossLine, {.bytes = kWaiting, .farewell = 20s});
    for (int i = 0; i < kLines; ++i) writer.Write(line);  // hangs here when it waits
    // The reader is back: what waited comes in order, and how much is missing.
    std::array<char, 4096> chunk{};
    for (Tally tally(all, line); tally.kept + tally.lost < kLines; tally = Tally(all, line)) {
      const ssize_t size = read(pipe.reader.get(), chunk.data(), chunk.size());
      ASSERT_GT(size, 0);
      all.append(chunk.data(), static_cast<std::size_t>(size));
    }
    writer.Write("after");
  }
  const Tally tally(all, line);
  EXPECT_GT(tally.lost, 0);
  EXPECT_EQ(tally.kept + tally.lost, kLines);
  EXPECT_EQ(pipe.ReadAll(), "after\n");
}

TEST(LineWriterTest, GoesWhenNobodyReads) {
  static auto& pipe = *new Pipe;  // for the thread that is stuck in it
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
