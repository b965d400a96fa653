// Sessions whose media goes to their worker, past the service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/start/testing/scripted_node.h"

namespace ingress::service {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Cause = input::PublishEnd::Cause;
using State = ::livekit::IngressState;

class DirectMediaTest : public testing::ScriptedNode {
 protected:
  std::unique_ptr<testing::ScriptedEncoder> Publish(const std::string& peer = "192.0.2.1:1000") {
    return ScriptedNode::Publish(input::PublishRequest{.kind = InputKind::kWhip,
                                                       .path = input::MediaPath::kDirect,
                                                       .encodes_on_request = true,
                                                       .stream_key = "key-3",
                                                       .peer = peer,
                                                       .encoder = "scripted"});
  }

  static std::string Close() { return "close"; }

  static ipc::InputEvent Receiving(std::uint64_t encoder, bool receiving = true) {
    ipc::InputEvent event;
    event.set_encoder(encoder);
    event.set_receiving(receiving);
    return event;
  }
};

TEST_F(DirectMediaTest, TheWorkerGetsTheMediaItself) {
  const auto encoder = Publish();
  ASSERT_TRUE(encoder->publishes());
  const ipc::Job& job = workers_.last().job();
  EXPECT_EQ(job.relay_url(), "");
  EXPECT_THAT(job.resource_id(), StartsWith("WH_"));
  EXPECT_EQ(encoder->link().dtls_fingerprint(), "sha-256 AA:BB");
  EXPECT_EQ(Session()->kind(), InputKind::kWhip);
}

TEST_F(DirectMediaTest, NothingIsEncodedUnlessTheIngressSaysSo) {
  const auto passed = Publish();
  EXPECT_EQ(workers_.last().job().media().transcoding(), ipc::MediaOptions::NEVER);
  Session()->Stop(Failure(FailureCode::kEndedByOperator));
  time_.Pass(1s);
  ::livekit::UpdateIngressRequest request;
  request.set_ingress_id("IN_3");
  request.set_enable_transcoding(true);
  ASSERT_TRUE(Order(control_.Update(request)));
  const auto encoded = Publish();
  ASSERT_TRUE(encoded->publishes());
  EXPECT_EQ(workers_.last().job().media().transcoding(), ipc::MediaOptions::AUTO);
}

TEST_F(DirectMediaTest, OrdersNameTheEncoderThatGivesThem) {
  const auto first = Publish();
  first->Tell(Close());
  ASSERT_THAT(workers_.last().told(), SizeIs(1));
  EXPECT_EQ(workers_.last().told()[0].input().encoder(), 1U);
  const auto second = Publish();
  second->Tell(Close());
  EXPECT_EQ(workers_.last().told().back().input().encoder(), 2U);
  const std::size_t told = workers_.last().told().size();
  first->Tell(Close());  // it has the session no more
  EXPECT_THAT(workers_.last().told(), SizeIs(told));
}

TEST_F(DirectMediaTest, TheWorkersWordsReachTheEncoderTheyAreAbout) {
  const auto first = Publish();
  workers_.last().Say(Receiving(1));
  EXPECT_THAT(first->heard(), SizeIs(1));
  const auto second = Publish();
  EXPECT_EQ(first->closed(), "taken_over");
  workers_.last().Say(Receiving(1));  // late
  workers_.last().Say(Receiving(2));
  EXPECT_THAT(first->heard(), SizeIs(1));
  EXPECT_THAT(second->heard(), SizeIs(1));
}

TEST_F(DirectMediaTest, AnEncoderIsAliveUntilTheWorkerHearsNothing) {
  config_.takeover = TakeoverPolicy::kReject;
  const auto first = Publish();
  workers_.last().Say(Receiving(1));
  time_.Pass(10s);
  EXPECT_EQ(Publish()->refused(), "already_publishing");
  workers_.last().Say(Receiving(1, false));
  time_.Pass(2s);
  EXPECT_TRUE(Publish()->publishes());
}

TEST_F(DirectMediaTest, TheEndOfAPublishLetsTheWorkerFinish) {
  const auto encoder = Publish();
  encoder->End(Cause::kUnpublished);
  time_.Run();
  EXPECT_TRUE(workers_.last().told().back().has_end_input());
  workers_.last().End(HandlerEnding::Kind::kInOrder);
  time_.Pass(1s);
  EXPECT_EQ(StatusOf("IN_3"), State::ENDPOINT_INACTIVE);
}

TEST_F(DirectMediaTest, AnEncoderThatNeverComesEndsItsSessionWithTheCause) {
  const auto encoder = Publish();
  encoder->End(Cause::kNeverCame);
  workers_.last().End(HandlerEnding::Kind::kInOrder);
  time_.Pass(1s);
  EXPECT_EQ(StatusOf("IN_3"), State::ENDPOINT_ERROR);
  EXPECT_THAT(ErrorOf("IN_3"), StartsWith("source encoder not ready"));
}

TEST_F(DirectMediaTest, AnEncoderThatWasCutOffComesBackToItsSession) {
  const auto first = Publish();
  workers_.last().Say(Receiving(1));
  const std::string resource_id = Session()->resource_id();
  first->End(Cause::kTimedOut);
  time_.Pass(5s);
  const auto second = Publish();
  ASSERT_TRUE(second->publishes());
  EXPECT_EQ(Session()->resource_id(), resource_id);
  EXPECT_THAT(workers_.all(), SizeIs(1));
}

TEST_F(DirectMediaTest, AWorkerThatDiesTakesItsEncoderAlongButNotTheSession) {
  const auto first = Publish();
  const std::string resource_id = Session()->resource_id();
  workers_.last().End(HandlerEnding::Kind::kDied, Failure(FailureCode::kHandlerCrashed));
  time_.Pass(1s);
  EXPECT_EQ(first->closed(), "handler_crashed");
  EXPECT_THAT(workers_.all(), SizeIs(2));
  const auto second = Publish();
  ASSERT_TRUE(second->publishes());
  EXPECT_EQ(Session()->resource_id(), resource_id);
  second->Tell(Close());
  EXPECT_THAT(workers_.all()[0]->told(), IsEmpty());
  EXPECT_THAT(workers_.last().told(), SizeIs(1));
}

TEST_F(DirectMediaTest, ChangedSettingsEndTheSession) {
  const auto encoder = Publish();
  ::livekit::UpdateIngressRequest request;
  request.set_ingress_id("IN_3");
  request.set_room_name("another");
  ASSERT_TRUE(Order(control_.Update(request)));
  EXPECT_EQ(encoder->closed(), "ingress_updated");
}

}  // namespace
}  // namespace ingress::service
