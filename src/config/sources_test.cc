#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/testing/load.h"

namespace ingress::config {
namespace {

using ::testing::HasSubstr;

class ConfigFileTest : public testing::Test {
 protected:
  ConfigFileTest() {
    std::string pattern = testing::TempDir() + "/config_test_XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~ConfigFileTest() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& text) {
    const std::string path = directory_ + "/config.yaml";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::string directory_;
};

TEST_F(ConfigFileTest, ReadsTheFileUnlessABodyIsGiven) {
  const std::string path = Write(kMinimal);
  EXPECT_EQ(Load({.file = path}).value().config.api_key, "devkey");
  const std::string body = "api_key: b\napi_secret: s\nws_url: ws://h\nredis: {address: 'r:1'}\n";
  EXPECT_EQ(Load({.body = body, .file = path}).value().config.api_key, "b");
}

TEST_F(ConfigFileTest, NamesAFileThatIsNotThere) {
  const auto loaded = Load({.file = directory_ + "/none.yaml"});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(loaded.error().context, HasSubstr("none.yaml"));
}

TEST_F(ConfigFileTest, RefusesADirectory) {
  EXPECT_THAT(Load({.file = directory_}).error().context, HasSubstr("Is a directory"));
}

TEST_F(ConfigFileTest, RefusesAHugeFile) {
  const auto loaded = Load({.file = Write("# " + std::string(2'000'000, 'x'))});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kLimitExceeded);
}

TEST(SourcesTest, TakesAnEmptyVariableAsNotSet) {
  setenv("INGRESS_CONFIG_FILE", "", 1);
  setenv("LIVEKIT_API_KEY", "from_environment", 1);
  const Sources sources = SourcesFromEnvironment();
  unsetenv("INGRESS_CONFIG_FILE");
  unsetenv("LIVEKIT_API_KEY");
  EXPECT_FALSE(sources.file.has_value());
  EXPECT_EQ(sources.api_key, "from_environment");
}

TEST(SourcesTest, FillsSecretsFromTheEnvironmentUnlessTheFileHasThem) {
  const Sources sources = {.body = "redis: {address: 'r:1'}\napi_key: from_file\napi_secret: ''\n",
                           .api_key = "from_env",
                           .api_secret = "env_secret",
                           .ws_url = "wss://env.example.com"};
  const Config config = Load(sources).value().config;
  EXPECT_EQ(config.api_key, "from_file");
  EXPECT_EQ(config.api_secret, "env_secret");
  EXPECT_EQ(config.ws_url, "wss://env.example.com");
}

TEST(SourcesTest, NamesTheVariableWhenTheUrlCameFromTheEnvironment) {
  const auto loaded = Load({.body = "api_key: k\napi_secret: s\nredis: {address: 'r:1'}\n",
                            .ws_url = "livekit.example.com"});
  EXPECT_THAT(loaded.error().context, HasSubstr("LIVEKIT_WS_URL must be the URL"));
}

TEST(SourcesTest, CountsOnTheCpuRequestOfTheContainer) {
  Sources sources = {.body = kMinimal, .cpu_request = "3.5"};
  EXPECT_DOUBLE_EQ(Load(sources).value().config.cpu_cost.node_cores.value(), 3.5);
  for (const char* bad : {"0", "-1", "4000m", "many"}) {
    sources.cpu_request = bad;
    EXPECT_THAT(Load(sources).error().context, HasSubstr("LIVEKIT_CPU_REQUEST")) << bad;
  }
}

TEST(SourcesTest, NeedsASource) {
  const auto loaded = Load({});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(loaded.error().context, HasSubstr("INGRESS_CONFIG_FILE"));
}

}  // namespace
}  // namespace ingress::config
