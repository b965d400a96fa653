#include "service/workers/handler_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace ingress::service {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> For(const std::string& ca_cert_file) {
  return HandlerEnvironment(observability::Logger::Null(), ca_cert_file);
}

TEST(HandlerEnvironment, LetsHandlersReadWhatTheyTrustLiveKitServerBy) {
  setenv("GST_REGISTRY", "/nowhere/registry", 1);  // no state directory is looked for
  unsetenv("INGRESS_READABLE_PATHS");
  EXPECT_THAT(For("/etc/ca.pem"), Contains("INGRESS_READABLE_PATHS=/etc/ca.pem"));
  EXPECT_THAT(For(""), Not(Contains(StartsWith("INGRESS_READABLE_PATHS"))));
  setenv("INGRESS_READABLE_PATHS", "/opt/lib", 1);
  EXPECT_THAT(For("/etc/ca.pem"), Contains("INGRESS_READABLE_PATHS=/opt/lib:/etc/ca.pem"));
  EXPECT_THAT(For(""), Contains("INGRESS_READABLE_PATHS=/opt/lib"));
  unsetenv("INGRESS_READABLE_PATHS");
  unsetenv("GST_REGISTRY");
}

}  // namespace
}  // namespace ingress::service
