#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "config/config.h"

namespace ingress::config {
namespace {

// The shapes that files of the Go service have in the field, and how many warnings each is worth.
const std::map<std::string, std::size_t> kWarnings = {
    {"anchors", 1},      {"every_key_of_the_go_service", 6 + 5 + 3 + 1 + 3},
    {"helm_chart", 0},   {"nixos", 1},
    {"openvidu", 1},     {"rtc_of_livekit_server", 4},
    {"switched_off", 1}, {"template_left_empty", 0},
};

std::filesystem::path Folder() { return std::filesystem::path(INGRESS_TEST_DATA_DIR) / "configs"; }

TEST(ConfigFilesTest, EveryFileInUseElsewhereIsTaken) {
  for (const auto& [name, warnings] : kWarnings) {
    const auto loaded = Load({.file = Folder() / (name + ".yaml"),
                              .api_key = "from-the-environment",
                              .api_secret = "likewise"});
    ASSERT_TRUE(loaded.has_value()) << loaded.error().context;
    EXPECT_EQ(loaded->warnings.size(), warnings) << name;
    for (const std::string& warning : loaded->warnings) {
      EXPECT_TRUE(warning.starts_with("line ")) << warning;
    }
    EXPECT_EQ(loaded->config.rtmp_port, 1935) << name;
  }
}

TEST(ConfigFilesTest, NoFileIsForgotten) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Folder())) {
    EXPECT_TRUE(kWarnings.contains(entry.path().stem())) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, kWarnings.size());
}

}  // namespace
}  // namespace ingress::config
