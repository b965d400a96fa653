#include "rtmp/client_quirks.h"

#include <gtest/gtest.h>

namespace ingress::rtmp {
namespace {

TEST(ClientQuirksTest, RecognisesLibrtmpByItsSilenceAndItsOneChunkStream) {
  ClientQuirks quirks;
  quirks.OnConnect("");
  quirks.OnPublish(4);
  quirks.OnMedia(4);
  EXPECT_TRUE(quirks.fmt3_means_same_timestamp());
  quirks.OnMedia(6);
  EXPECT_FALSE(quirks.fmt3_means_same_timestamp());
}

TEST(ClientQuirksTest, TakesEveryoneElseAtTheSpecification) {
  ClientQuirks quirks;
  quirks.OnConnect("FMLE/3.0");
  quirks.OnPublish(4);
  quirks.OnMedia(4);
  EXPECT_FALSE(quirks.fmt3_means_same_timestamp());
  quirks.OnEncoder("Lavf59.27.100");
  EXPECT_FALSE(quirks.fmt3_means_same_timestamp());
}

TEST(ClientQuirksTest, KnowsTheObsVersionThatFixedIt) {
  const auto means_same = [](std::string_view version) {
    ClientQuirks quirks;
    quirks.OnConnect("FMLE/3.0");
    quirks.OnEncoder(version);
    return quirks.fmt3_means_same_timestamp();
  };
  EXPECT_TRUE(means_same("obs-output module (libobs version 29.0.2.1-1+b1)"));
  EXPECT_TRUE(means_same("obs-output module (libobs version 30.1.0)"));
  EXPECT_FALSE(means_same("obs-output module (libobs version 30.2.0)"));
  EXPECT_FALSE(means_same("obs-output module (libobs version 31.0.0)"));
  EXPECT_FALSE(means_same("obs-output module (libobs version unknown)"));
}

}  // namespace
}  // namespace ingress::rtmp
