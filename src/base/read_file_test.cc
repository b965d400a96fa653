#include "base/read_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
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

TEST_F(ReadFileTest, ReadsWhatAPipeBrings) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  std::thread writer([this] { std::ofstream(path_) << "late"; });
  std::string text;
  while (text.empty()) text = ReadFile(path_, 100).value();  // before there is a writer it is empty
  writer.join();
  EXPECT_EQ(text, "late");
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
