#include "service/workers/handler_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace ingress::service {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::StartsWith;

TEST(HandlerEnvironment, LetsHandlersReadWhatTheyTrustLiveKitServerBy) {
  unsetenv("INGRESS_READABLE_PATHS");
  EXPECT_THAT(HandlerEnvironment("/etc/ca.pem"), Contains("INGRESS_READABLE_PATHS=/etc/ca.pem"));
  EXPECT_THAT(HandlerEnvironment(""), Not(Contains(StartsWith("INGRESS_READABLE_PATHS"))));
  setenv("INGRESS_READABLE_PATHS", "/opt/lib", 1);
  EXPECT_THAT(HandlerEnvironment("/etc/ca.pem"),
              Contains("INGRESS_READABLE_PATHS=/opt/lib:/etc/ca.pem"));
  EXPECT_THAT(HandlerEnvironment(""), Contains("INGRESS_READABLE_PATHS=/opt/lib"));
  unsetenv("INGRESS_READABLE_PATHS");
}

}  // namespace
}  // namespace ingress::service
