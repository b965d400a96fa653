#include "ipc/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::ipc {
namespace {

using ::testing::ElementsAre;

TEST(ReducedEnvironmentTest, LetsOnlyHarmlessNamesThrough) {
  const std::vector<std::string> environment = {
      "PATH=/usr/bin",       "INGRESS_CONFIG_BODY=api_secret: x",
      "LIVEKIT_API_KEY=key", "LIVEKIT_API_SECRET=secret",
      "LC_ALL=C.UTF-8",      "GST_REGISTRY=/var/lib/registry",
      "REDIS_PASSWORD=x",    "PATHOLOGICAL=x",
      "AWS_SECRET_ACCESS=x", "noequals",
      "TZ=Europe/Berlin",
  };
  EXPECT_THAT(ReducedEnvironment(environment),
              ElementsAre("PATH=/usr/bin", "LC_ALL=C.UTF-8", "GST_REGISTRY=/var/lib/registry",
                          "TZ=Europe/Berlin"));
}

}  // namespace
}  // namespace ingress::ipc
