#include "service/pages/status_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::service {
namespace {

using ::testing::HasSubstr;

NodeStatus Good() {
  return {.redis_ok = true,
          .redis = "",
          .sfu_ok = true,
          .sfu = "",
          .notes = "",
          .draining = false,
          .has_capacity = true,
          .capacity = "2 cores, 1.5 free, 1 needed"};
}

TEST(AnswerHealthTest, SpeaksTheWordsOfTheGoServiceWhenAllIsWell) {
  EXPECT_EQ(AnswerHealth("/", Good()).body, "Healthy");
  EXPECT_EQ(AnswerHealth("/availability", Good()).body, "Available");
  EXPECT_EQ(AnswerHealth("/availability", Good()).status, 200U);
  EXPECT_EQ(AnswerHealth("/ready", Good()).status, 200U);
}

TEST(AnswerHealthTest, NamesTheAddressThatCannotBeReached) {
  NodeStatus status = Good();
  status.redis_ok = false;
  status.redis = "redis at 127.0.0.1:6379: connect: Connection refused; retrying in 2 s";
  const auto answer = AnswerHealth("/ready", status);
  EXPECT_EQ(answer.status, 503U);
  EXPECT_THAT(answer.body, HasSubstr("127.0.0.1:6379"));
}

TEST(AnswerHealthTest, ProbeOfLifeIsContentAtAnyPathWhateverOthersDo) {
  NodeStatus status = Good();
  status.redis_ok = false;
  status.sfu_ok = false;
  status.draining = true;
  status.has_capacity = false;
  for (const char* path : {"/", "/health", "/live", "/healthz", "/livez", "/metrics", ""}) {
    EXPECT_EQ(AnswerHealth(path, status).status, 200U) << path;
  }
  EXPECT_EQ(AnswerHealth("/ready", status).status, 503U);
}

TEST(AnswerHealthTest, FullNodeIsReadyButNotAvailable) {
  NodeStatus status = Good();
  status.has_capacity = false;
  EXPECT_EQ(AnswerHealth("/ready", status).status, 200U);
  const auto answer = AnswerHealth("/availability", status);
  EXPECT_EQ(answer.status, 503U);
  EXPECT_THAT(answer.body, HasSubstr("1.5 free"));
}

TEST(AnswerHealthTest, DrainingNodeIsNotAvailable) {
  NodeStatus status = Good();
  status.draining = true;
  EXPECT_EQ(AnswerHealth("/availability", status).status, 503U);
  EXPECT_EQ(AnswerHealth("/ready", status).status, 503U);
}

}  // namespace
}  // namespace ingress::service
