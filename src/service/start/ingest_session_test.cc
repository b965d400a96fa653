#include "service/session/ingest_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/psrpc_control_plane.h"
#include "rpc/in_process_bus.h"
#include "rpc/rpc_client.h"
#include "service/start/testing/scripted_node.h"
#include "service/workers/launcher.h"

namespace ingress::service {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Cause = input::PublishEnd::Cause;
using Kind = HandlerEnding::Kind;
using State = ::livekit::IngressState;

/// A session with an encoder and a worker, as it is once a publish was accepted.
class IngestSessionTest : public testing::ScriptedNode {
 protected:
  IngestSessionTest() { encoder_->Send(); }

  ::livekit::UpdateIngressRequest Update() {
    ::livekit::UpdateIngressRequest request;
    request.set_ingress_id("IN_1");
    return request;
  }

  std::unique_ptr<testing::ScriptedEncoder> encoder_ = Publish("key-1");
};

TEST_F(IngestSessionTest, IsPublishingOnceItsWorkerSaysSo) {
  workers_.last().Report(Publishing());
  time_.Run();
  EXPECT_EQ(StatusOf("IN_1"), State::ENDPOINT_PUBLISHING);
}

TEST_F(IngestSessionTest, EndsInOrderWhenTheEncoderUnpublishes) {
  workers_.last().Report(Publishing());
  encoder_->End(Cause::kUnpublished);
  time_.Run();
  EXPECT_FALSE(Session()->resumable());
  EXPECT_EQ(workers_.last().asked_to_stop(), "");  // it reads what is left
  workers_.last().End(Kind::kInOrder);
  time_.Run();
  EXPECT_EQ(Session(), nullptr);
  EXPECT_EQ(StatusOf("IN_1"), State::ENDPOINT_INACTIVE);
  EXPECT_EQ(ErrorOf("IN_1"), "");
}

TEST_F(IngestSessionTest, EndsAtOnceWhenTheEncoderBreaksItsProtocol) {
  encoder_->End(Cause::kProtocolError);
  workers_.last().End(Kind::kInOrder);
  time_.Run();
  EXPECT_EQ(StatusOf("IN_1"), State::ENDPOINT_ERROR);
  EXPECT_THAT(ErrorOf("IN_1"), HasSubstr("the encoder broke the RTMP protocol (scripted)"));
}

TEST_F(IngestSessionTest, SaysWhatItEndsWithWhenASilentEncoderDoesNotComeBack) {
  encoder_->End(Cause::kTimedOut);
  time_.Pass(10s);
  workers_.last().End(Kind::kInOrder);
  time_.Run();
  EXPECT_EQ(StatusOf("IN_1"), State::ENDPOINT_ERROR);
  EXPECT_THAT(ErrorOf("IN_1"), HasSubstr("stopped sending"));
}

TEST_F(IngestSessionTest, ReplacesAWorkerThatCrashedAndKeepsItsEncoder) {
  workers_.last().End(Kind::kDied, Failure(FailureCode::kHandlerCrashed));
  time_.Run();
  EXPECT_EQ(workers_.all().size(), 2U);
  EXPECT_EQ(encoder_->closed(), "");
  EXPECT_EQ(metrics_.handler_restarts.Value(), 1);
  encoder_->Send();
  EXPECT_EQ(Session()->feed_counters().tags, 2U);
}

TEST_F(IngestSessionTest, ReplacesAWorkerThatHangs) {
  workers_.last().End(Kind::kDied, Failure(FailureCode::kHandlerHung));
  time_.Run();
  EXPECT_EQ(workers_.all().size(), 2U);
  EXPECT_EQ(encoder_->closed(), "");
}

TEST_F(IngestSessionTest, EndsWhenTheSecondWorkerCrashesSoon) {
  workers_.last().End(Kind::kDied, Failure(FailureCode::kHandlerCrashed));
  time_.Pass(60s);
  workers_.last().End(Kind::kDied, Failure(FailureCode::kHandlerCrashed));
  time_.Run();
  EXPECT_EQ(encoder_->closed(), "handler_crashed");
  EXPECT_EQ(Session(), nullptr);
  EXPECT_EQ(StatusOf("IN_1"), State::ENDPOINT_ERROR);
}

TEST_F(IngestSessionTest, TellsTheEncoderWhyAWorkerCannotGoOn) {
  workers_.last().End(Kind::kFailed, Failure(FailureCode::kUnsupportedCodec));
  time_.Run();
  EXPECT_EQ(encoder_->closed(), "unsupported_codec");
  EXPECT_EQ(workers_.all().size(), 1U);
}

TEST_F(IngestSessionTest, KillsAWorkerThatDoesNotLeave) {
  workers_.last().leaves = false;
  Session()->Stop(Failure(FailureCode::kEndedByOperator));
  EXPECT_EQ(encoder_->closed(), "ended_by_operator");
  EXPECT_EQ(workers_.last().asked_to_stop(), "ended_by_operator");
  time_.Pass(5s);
  EXPECT_FALSE(workers_.last().killed());
  time_.Pass(2s);
  EXPECT_TRUE(workers_.last().killed());
  EXPECT_EQ(Session(), nullptr);
}

TEST_F(IngestSessionTest, TellsTheRoomOfAChangedName) {
  auto request = Update();
  request.set_participant_name("Camera 1");
  ASSERT_TRUE(Order(control_.Update(request)));
  ASSERT_EQ(workers_.last().told().size(), 1U);
  EXPECT_EQ(workers_.last().told()[0].update().participant_name(), "Camera 1");
  EXPECT_EQ(workers_.all().size(), 1U);
}

TEST_F(IngestSessionTest, JoinsAnotherRoomWithAnotherWorkerWhileTheEncoderStays) {
  auto request = Update();
  request.set_room_name("elsewhere");
  ASSERT_TRUE(Order(control_.Update(request)));
  ASSERT_EQ(workers_.all().size(), 2U);
  EXPECT_EQ(workers_.all()[0]->asked_to_stop(), "rejoin");
  EXPECT_EQ(workers_.last().job().info().room_name(), "elsewhere");
  EXPECT_EQ(encoder_->closed(), "");
}

TEST_F(IngestSessionTest, EndsWhenItsIngressIsDisabled) {
  auto request = Update();
  request.set_enabled(false);
  ASSERT_TRUE(Order(control_.Update(request)));
  EXPECT_EQ(encoder_->closed(), "ingress_updated");
  EXPECT_EQ(Session(), nullptr);
}

TEST_F(IngestSessionTest, EndsWhenItsIngressIsDeleted) {
  ASSERT_TRUE(Order(control_.Delete("IN_1")));
  EXPECT_EQ(encoder_->closed(), "ingress_deleted");
  EXPECT_EQ(Session(), nullptr);
  EXPECT_EQ(control_.Find("IN_1"), nullptr);
}

TEST_F(IngestSessionTest, AnswersAnOrderToLetMediaGatherOnceTheEncoderIsReadSo) {
  workers_.last().SetBatchInterval(20ms);
  EXPECT_EQ(encoder_->ordered_interval(), 20ms);
  EXPECT_TRUE(workers_.last().told().empty()) << "nothing is read so yet";
  encoder_->Obey();
  ASSERT_EQ(workers_.last().told().size(), 1U);
  EXPECT_EQ(workers_.last().told()[0].batch_interval_set().milliseconds(), 20U);
}

TEST_F(IngestSessionTest, TakesNoIntervalOfAHandlersThatWouldStarveIt) {
  workers_.last().SetBatchInterval(1h);
  EXPECT_EQ(encoder_->ordered_interval(), 100ms);
}

TEST_F(IngestSessionTest, TellsAnotherEncoderTheIntervalAndHearsItsAnswerAlone) {
  workers_.last().SetBatchInterval(20ms);
  const auto before = std::move(encoder_);
  encoder_ = Publish("key-1", "192.0.2.2:1000");
  ASSERT_TRUE(encoder_->publishes());
  EXPECT_EQ(encoder_->ordered_interval(), 20ms);
  before->Obey();
  EXPECT_TRUE(workers_.last().told().empty());
  encoder_->Obey();
  EXPECT_EQ(workers_.last().told().size(), 1U);
}

TEST_F(IngestSessionTest, TellsTheWorkerThatAnotherEncoderIsReadAsMediaComes) {
  workers_.last().SetBatchInterval(20ms);
  encoder_->Obey();
  encoder_->End(Cause::kDisconnected);
  workers_.last().SetBatchInterval(0ms);  // nobody is there to answer
  ASSERT_EQ(workers_.last().told().size(), 1U);
  encoder_ = Publish("key-1");
  ASSERT_TRUE(encoder_->publishes());
  EXPECT_FALSE(encoder_->ordered_interval()) << "it is how a connection begins";
  ASSERT_EQ(workers_.last().told().size(), 2U);
  EXPECT_TRUE(workers_.last().told()[1].has_batch_interval_set());
  EXPECT_EQ(workers_.last().told()[1].batch_interval_set().milliseconds(), 0U);
}

TEST_F(IngestSessionTest, TellsTheWorkerTheIntervalsOfAnotherEncoderInTheirOrder) {
  workers_.last().SetBatchInterval(20ms);
  encoder_->Obey();
  encoder_->End(Cause::kDisconnected);
  encoder_ = Publish("key-1");
  ASSERT_EQ(encoder_->ordered_interval(), 20ms);
  encoder_->Obey();
  std::vector<std::uint32_t> told;
  for (const auto& message : workers_.last().told()) {
    told.push_back(message.batch_interval_set().milliseconds());
  }
  EXPECT_EQ(told, (std::vector<std::uint32_t>{20, 0, 20}));
}

TEST_F(IngestSessionTest, ReadsAsMediaComesForTheWorkerThatFollows) {
  workers_.last().SetBatchInterval(20ms);
  workers_.last().End(Kind::kDied, Failure(FailureCode::kHandlerCrashed));
  time_.Run();
  ASSERT_EQ(workers_.all().size(), 2U);
  EXPECT_EQ(encoder_->ordered_interval(), 0ms);
}

TEST_F(IngestSessionTest, AddsWhatTheWorkerThatFollowsCounts) {
  const auto sent = [](std::uint64_t packets) {
    ipc::Counters counters;
    counters.add_senders()->set_sender(ipc::SENDER_HIGH);
    counters.mutable_senders(0)->set_packets(packets);
    return counters;
  };
  workers_.last().Count(sent(100));
  workers_.last().End(Kind::kDied, Failure(FailureCode::kHandlerCrashed));
  time_.Run();
  ASSERT_EQ(workers_.all().size(), 2U);
  workers_.last().Count(sent(130));  // more than the one before it
  EXPECT_THAT(registry_.Serialize(),
              HasSubstr(R"(sent_packets_total{node_id="NE_1",layer="high"} 230)"));
}

TEST_F(IngestSessionTest, SendsBitratesWithTheNextUpdate) {
  ipc::State state = Publishing();
  state.mutable_video()->set_width(640);
  workers_.last().Report(state);
  time_.Run();
  ipc::Counters counters;
  counters.set_video_bitrate(500'000);
  workers_.last().Count(counters);
  time_.Run();
  EXPECT_EQ(control_.Find("IN_1")->state().video().average_bitrate(), 0U) << "worth no update";
  state.set_room_id("RM_2");
  workers_.last().Report(state);
  time_.Run();
  EXPECT_EQ(control_.Find("IN_1")->state().video().average_bitrate(), 500'000U);
}

TEST_F(IngestSessionTest, IsListedWhileItRuns) {
  ASSERT_EQ(control_.ListActive().ingress_ids_size(), 1);
  EXPECT_EQ(control_.ListActive().ingress_ids(0), "IN_1");
  Session()->Stop(Failure(FailureCode::kEndedByOperator));
  time_.Run();
  EXPECT_EQ(control_.ListActive().ingress_ids_size(), 0);
}

/// A session of IN_2 that nobody feeds.
class LonelySessionTest : public testing::ScriptedNode {
 protected:
  std::shared_ptr<IngestSession> Begin(control::ControlPlane& control,
                                       const std::string& resource_id) {
    const ::livekit::IngressInfo info = *control_.Find("IN_2");
    auto relay = OpenRelay(resource_id);
    ::rpc::GetIngressInfoResponse lookup;
    *lookup.mutable_info() = info;
    auto session = std::make_shared<IngestSession>(IngestSession::Parts{
        .executor = loop_.get_executor(),
        .control = control,
        .kind = InputKind::kUrl,
        .info = info,
        .resource_id = resource_id,
        .feed = std::move(relay.feed),
        .launcher = std::make_unique<Launcher>(
            Launcher::Node{.config = config_, .workers = workers_, .id = id_}, lookup, resource_id,
            Launcher::Media{.relay_url = relay.url}, observability::Logger::Null()),
        .reporter = std::make_shared<StateReporter>(
            loop_.get_executor(), ingresses_, updates_, "IN_2",
            SessionState({.resource_id = resource_id}, WallClock::now()),
            observability::Logger::Null()),
        .logger = observability::Logger::Null(),
        .timing = {.begins_with_encoder = false},
        .arbiter = EncoderArbiter(TakeoverPolicy::kTakeover),
        .start_lock = nullptr,
        .metrics = session_metrics_,
        .updates = updates_,
        .on_restart = [](const Failure&) {},
    });
    std::expected<void, Failure> begun = std::unexpected(Failure(FailureCode::kInternal));
    boost::asio::co_spawn(loop_, session->Begin(),
                          [&begun](const std::exception_ptr&, auto result) { begun = result; });
    time_.Run();
    EXPECT_TRUE(begun);
    sessions_.Add(session);
    return session;
  }
};

TEST_F(LonelySessionTest, RunsWithoutAnEncoderWhereNoneBringsItsMedia) {
  const auto session = Begin(control_, "RT_pull");
  time_.Pass(60s);
  EXPECT_TRUE(session->resumable());  // nobody is waited for
  session->Stop(Failure(FailureCode::kEndedByOperator));
  time_.Run();
  EXPECT_TRUE(session->ended());
  EXPECT_EQ(StatusOf("IN_2"), State::ENDPOINT_INACTIVE);
}

/// The same with livekit-server's way to the session: RPC by the ingress's id.
class SessionRpcTest : public LonelySessionTest {
 protected:
  SessionRpcTest() {
    auto bus = std::make_unique<rpc::InProcessBus>(loop_.get_executor());
    boost::asio::co_spawn(
        loop_, rpc::RpcClient::Make(*bus, "IngressHandler"),
        [this](const std::exception_ptr&, auto client) { server_ = std::move(*client); });
    plane_.emplace(loop_.get_executor(), std::move(bus));
    plane_->Start({.list_active_ingress = {}, .start_ingress = {}});
    boost::asio::co_spawn(loop_, plane_->AwaitReady(1s), [](const std::exception_ptr&, auto) {});
    time_.Run();
  }
  ~SessionRpcTest() override {
    sessions_.StopAll(Failure(FailureCode::kShuttingDown));
    time_.Pass(5s);
    server_.reset();
    boost::asio::co_spawn(loop_, plane_->Stop(), [](const std::exception_ptr&) {});
    time_.Pass(5s);
  }

  /// The state that the session answers with; an error of psrpc otherwise.
  rpc::RpcResult<State> Delete() {
    rpc::RpcResult<State> answer = rpc::RpcFail("deadline_exceeded", "no answer");
    boost::asio::co_spawn(loop_, server_->Call("DeleteIngress", "IN_2", ""),
                          [&answer](const std::exception_ptr&, rpc::RpcResult<std::string> result) {
                            if (!result) answer = std::unexpected(result.error());
                            State state;
                            if (result && state.ParseFromString(*result)) answer = state;
                          });
    time_.Pass(2s);
    return answer;
  }

  std::unique_ptr<rpc::RpcClient> server_;
  std::optional<control::PsrpcControlPlane> plane_;
};

TEST_F(SessionRpcTest, ASessionThatIsDeletedAnswersWithItsLastState) {
  Begin(*plane_, "RT_1");
  time_.Run();
  const auto answer = Delete();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->resource_id(), "RT_1");
  EXPECT_EQ(Session(), nullptr);
}

TEST_F(SessionRpcTest, ADeleteThatReadBeforeASessionsEndThatItRunsIsAnsweredAfterIt) {
  Begin(*plane_, "RT_1")->Stop(Failure(FailureCode::kEndedByOperator));
  time_.Pass(500ms);
  ASSERT_EQ(Session(), nullptr);
  const auto answer = Delete();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->resource_id(), "RT_1");
  EXPECT_EQ(answer->status(), State::ENDPOINT_INACTIVE);
}

TEST_F(SessionRpcTest, TheNextSessionOfAnIngressIsDeletedAndNotTheOneThatIsOver) {
  Begin(*plane_, "RT_1")->Stop(Failure(FailureCode::kEndedByOperator));
  time_.Pass(500ms);
  Begin(*plane_, "RT_2");
  time_.Run();
  const auto answer = Delete();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->resource_id(), "RT_2");
  EXPECT_EQ(Session(), nullptr);
}

TEST_F(SessionRpcTest, ASessionIsForgottenSomeSecondsAfterItsEnd) {
  Begin(*plane_, "RT_1")->Stop(Failure(FailureCode::kEndedByOperator));
  time_.Pass(4s);
  EXPECT_EQ(Delete().error().code, "unavailable");
}

}  // namespace
}  // namespace ingress::service
