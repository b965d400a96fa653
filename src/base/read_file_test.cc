#include "base/read_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

namespace ingress {
namespace {

using namespace std::chrono_literals;

class ReadFileTest : public ::testing::Test {
 protected:
  ReadFileTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "read-file-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ / "file";
  }
  ~ReadFileTest() override { std::filesystem::remove_all(folder_); }

  void Write(std::string_view text) { std::ofstream(path_, std::ios::binary) << text; }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(ReadFileTest, ReadsAFileUpToItsLimit) {
  Write("12345");
  EXPECT_EQ(ReadFile(path_, 5).value(), "12345");
  EXPECT_EQ(ReadFile(path_, 4).error().code, ErrorCode::kLimitExceeded);
  Write("");
  EXPECT_EQ(ReadFile(path_, 5).value(), "");
}

TEST_F(ReadFileTest, SaysWhatCannotBeRead) {
  EXPECT_EQ(ReadFile(path_, 5).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ReadFile(folder_, 5).error().context, "cannot read: Is a directory");
}

TEST_F(ReadFileTest, ReadsWhatAPipeBringsToItsEnd) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  const int writer = open(path_.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(writer, 0);
  std::string text;
  std::thread reader([&] { text = ReadFile(path_, 100, 1min).value_or("nothing"); });
  // What is gone from the pipe, the reader has: it is there by then, and must not miss the end.
  for (const std::string_view part : {"bit ", "by bit"}) {
    ASSERT_EQ(write(writer, part.data(), part.size()), static_cast<ssize_t>(part.size()));
    for (int waiting = 1; waiting > 0; std::this_thread::sleep_for(1ms)) {
      ASSERT_EQ(ioctl(writer, FIONREAD, &waiting), 0);
    }
  }
  close(writer);
  reader.join();
  EXPECT_EQ(text, "bit by bit");
}

TEST_F(ReadFileTest, WaitsForNoPipeForEver) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(ReadFile(path_, 5).value(), "") << "nobody writes";
  std::FILE* const held = std::fopen(path_.c_str(), "r+");
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(ReadFile(path_, 5, 10ms).error().code, ErrorCode::kTimeout);
  std::fclose(held);
}

}  // namespace
}  // namespace ingress
