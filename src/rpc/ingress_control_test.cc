#include "rpc/ingress_control.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "rpc/envelope.h"
#include "rpc/in_process_bus.h"
#include "rpc/rpc_client.h"
#include "rpc/rpc_server.h"
#include "rpc/testing/await.h"
#include "rpc/wall_nanoseconds.h"

namespace ingress::rpc {
namespace {

using GetResult = RpcResult<::rpc::GetIngressInfoResponse>;
using StateResult = RpcResult<::livekit::IngressState>;

boost::asio::awaitable<GetResult> FindIngress(::rpc::GetIngressInfoRequest request) {
  ::rpc::GetIngressInfoResponse response;
  if (request.stream_key() == "empty") co_return response;
  if (request.stream_key() != "demoStreamK1") {
    co_return RpcFail("not_found", "ingress does not exist");
  }
  response.mutable_info()->set_ingress_id("IN_DemoIngr0001");
  response.mutable_info()->set_enabled(false);
  co_return response;
}

/// What livekit-server is to us, on a bus of the test's own.
class IngressControlTest : public testing::Test {
 protected:
  ~IngressControlTest() override { Await(io_, bus_.Stop()); }

  std::unique_ptr<RpcServer> Serve(const std::string& method, RpcServer::Prepare prepare) {
    auto server =
        Await(io_, RpcServer::Make(bus_, {.service = "IOInfo", .name = method, .topic = ""},
                                   std::move(prepare)));
    return std::move(*server);
  }

  std::unique_ptr<RpcClient> MakeClient(const std::string& service) {
    return std::move(*Await(io_, RpcClient::Make(bus_, service)));
  }

  /// The session of IN_a answers livekit-server's DeleteIngress by Stopped().
  void ExpectDeleted(RpcClient& client) {
    ::livekit::DeleteIngressRequest remove;
    remove.set_ingress_id("IN_a");
    const auto deleted =
        Await(io_, client.Call("DeleteIngress", "IN_a", remove.SerializeAsString()));
    ASSERT_TRUE(deleted) << deleted.error().message;
    ::livekit::IngressState state;
    ASSERT_TRUE(state.ParseFromString(*deleted));
    EXPECT_EQ(state.room_id(), "deleted IN_a");
  }

  boost::asio::io_context io_;
  InProcessBus bus_{io_.get_executor()};
};

TEST_F(IngressControlTest, GetsTheIngressOfAStreamKey) {
  const auto server = Serve(
      "GetIngressInfo",
      PrepareTyped(std::function<boost::asio::awaitable<GetResult>(::rpc::GetIngressInfoRequest)>(
          FindIngress)));
  const auto client = Await(io_, IoInfoClient::Make(bus_));
  ASSERT_TRUE(client);
  const auto found = Await(io_, (*client)->GetIngressInfo("demoStreamK1"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->info().ingress_id(), "IN_DemoIngr0001");
  EXPECT_TRUE(found->info().has_enabled());
  EXPECT_FALSE(found->info().enabled());

  const auto unknown = Await(io_, (*client)->GetIngressInfo("nope \xFF"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "not_found");
  EXPECT_EQ(unknown.error().message, "ingress does not exist");

  const auto without_info = Await(io_, (*client)->GetIngressInfo("empty"));
  ASSERT_FALSE(without_info);
  EXPECT_EQ(without_info.error().code, "malformed_result");
}

TEST_F(IngressControlTest, SendsTheWholeStateAsValidUtf8) {
  std::optional<::rpc::UpdateIngressStateRequest> seen;
  const RpcServer::Prepare prepare =
      [&seen](const std::string& bytes) -> RpcResult<RpcServer::Job> {
    if (!seen.emplace().ParseFromString(bytes)) return RpcFail("malformed_request", "bad");
    return RpcFail("failed_precondition", "older");
  };
  const auto server = Serve("UpdateIngressState", prepare);
  const auto client = Await(io_, IoInfoClient::Make(bus_));
  ::livekit::IngressState state;
  state.set_status(::livekit::IngressState::ENDPOINT_ERROR);
  state.set_error("decoder: \xFF\xFE");
  state.mutable_video()->set_mime_type("video/\xC0");
  state.set_started_at(42);
  const auto result = Await(io_, (*client)->UpdateIngressState("IN_a", state));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "failed_precondition");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->ingress_id(), "IN_a");
  EXPECT_EQ(seen->state().error(), "decoder: \xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(seen->state().video().mime_type(), "video/\xEF\xBF\xBD");
  EXPECT_FALSE(seen->state().has_audio());
  EXPECT_EQ(seen->state().started_at(), 42);
}

TEST_F(IngressControlTest, AnEmptyStateIsStillPresent) {
  bool present = false;
  const RpcServer::Prepare prepare =
      [&present](const std::string& bytes) -> RpcResult<RpcServer::Job> {
    ::rpc::UpdateIngressStateRequest request;
    present = request.ParseFromString(bytes) && request.has_state();
    return RpcFail("not_found", "ingress does not exist");
  };
  const auto server = Serve("UpdateIngressState", prepare);
  const auto client = Await(io_, IoInfoClient::Make(bus_));
  const auto result = Await(io_, (*client)->UpdateIngressState("IN_a", {}));
  EXPECT_EQ(result.error().code, "not_found");
  EXPECT_TRUE(present);
}

boost::asio::awaitable<StateResult> Stopped(::livekit::DeleteIngressRequest request) {
  ::livekit::IngressState state;
  state.set_room_id("deleted " + request.ingress_id());
  co_return state;
}

boost::asio::awaitable<StateResult> NotUpdatable(::livekit::UpdateIngressRequest request) {
  co_return RpcFail("internal", "updating " + request.name());
}

TEST_F(IngressControlTest, ASessionAnswersDeleteAndUpdateUnderItsTopic) {
  auto session = Await(
      io_,
      SessionRpc::Make(bus_, "IN_a", {.delete_ingress = Stopped, .update_ingress = NotUpdatable}));
  ASSERT_TRUE(session);
  const auto client = MakeClient("IngressHandler");
  ExpectDeleted(*client);

  ::livekit::UpdateIngressRequest update;
  update.set_name("x");
  const auto updated =
      Await(io_, client->Call("UpdateIngress", "IN_a", update.SerializeAsString()));
  EXPECT_EQ(updated.error().message, "updating x");

  const auto malformed = Await(io_, client->Call("DeleteIngress", "IN_a", "\xFF"));
  EXPECT_EQ(malformed.error().code, "malformed_request");

  constexpr CallOptions kShort{.selection_timeout = std::chrono::milliseconds(10)};
  const auto other = Await(io_, client->Call("DeleteIngress", "IN_b", "", kShort));
  EXPECT_EQ(other.error().code, "unavailable");
  session->reset();
  const auto gone = Await(io_, client->Call("DeleteIngress", "IN_a", "", kShort));
  EXPECT_EQ(gone.error().code, "unavailable");
}

boost::asio::awaitable<RpcResult<::ingress::peer::HandOverResponse>> HandedOver(
    ::ingress::peer::HandOverRequest request) {
  ::ingress::peer::HandOverResponse response;
  response.set_refused(request.node_id() == "NE_unwelcome");
  response.set_started_at(7);
  co_return response;
}

boost::asio::awaitable<RpcResult<::ingress::peer::DebugInfoResponse>> Described(
    ::ingress::peer::DebugInfoRequest) {
  ::ingress::peer::DebugInfoResponse response;
  response.set_json("{}");
  co_return response;
}

TEST_F(IngressControlTest, NodesAskEachOtherAboutSessions) {
  auto session = Await(io_, SessionRpc::Make(bus_, "IN_a",
                                             {.delete_ingress = {},
                                              .update_ingress = {},
                                              .hand_over = HandedOver,
                                              .debug_info = Described}));
  const auto peer = Await(io_, PeerClient::Make(bus_));
  ::ingress::peer::HandOverRequest request;
  auto answer = Await(io_, (*peer)->HandOver("IN_a", request, true));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_FALSE(answer->refused());
  EXPECT_EQ(answer->started_at(), 7);
  request.set_node_id("NE_unwelcome");
  EXPECT_TRUE(Await(io_, (*peer)->HandOver("IN_a", request, true))->refused());
  EXPECT_EQ(*Await(io_, (*peer)->DebugInfo("IN_a")), "{}");
  // Nobody holds it: known at once, without a time-out.
  EXPECT_EQ(Await(io_, (*peer)->HandOver("IN_b", request, true)).error().code, "unavailable");
}

boost::asio::awaitable<RpcResult<Nothing>> Deleted(::rpc::DeleteWHIPResourceRequest request) {
  if (request.stream_key() != "secret") co_return RpcFail("not_found", "no such session");
  co_return Nothing{};
}

boost::asio::awaitable<RpcResult<::rpc::ICERestartWHIPResourceResponse>> Restarted(
    ::rpc::ICERestartWHIPResourceRequest request) {
  ::rpc::ICERestartWHIPResourceResponse response;
  response.set_trickle_ice_sdpfrag(request.raw_trickle_ice_sdpfrag());
  response.set_etag(request.if_match());
  co_return response;
}

TEST_F(IngressControlTest, NodesPassOnWhatWhipClientsAsk) {
  auto session = Await(
      io_, SessionRpc::Make(bus_, "WH_a", {.delete_whip = Deleted, .restart_whip_ice = Restarted}));
  const auto peer = Await(io_, PeerClient::Make(bus_));
  ::rpc::ICERestartWHIPResourceRequest restart;
  restart.set_resource_id("WH_a");
  restart.set_raw_trickle_ice_sdpfrag("fragment \xFF");
  restart.set_if_match("*");
  const auto restarted = Await(io_, (*peer)->RestartWhipIce(restart));
  ASSERT_TRUE(restarted) << restarted.error().message;
  EXPECT_EQ(restarted->trickle_ice_sdpfrag(), "fragment \xEF\xBF\xBD");  // as text that Go reads
  EXPECT_EQ(restarted->etag(), "*");

  ::rpc::DeleteWHIPResourceRequest remove;
  remove.set_resource_id("WH_a");
  EXPECT_EQ(Await(io_, (*peer)->DeleteWhip(remove)).error().code, "not_found");
  remove.set_stream_key("secret");
  EXPECT_TRUE(Await(io_, (*peer)->DeleteWhip(remove)));
  session->reset();
  EXPECT_EQ(Await(io_, (*peer)->DeleteWhip(remove)).error().code, "not_found");
}

TEST_F(IngressControlTest, LivekitServerStillReachesASessionThatIsOver) {
  auto session = Await(
      io_, SessionRpc::Make(bus_, "IN_a", {.delete_ingress = Stopped, .debug_info = Described}));
  const auto client = MakeClient("IngressHandler");
  (*session)->Retire();
  ExpectDeleted(*client);
  // Nodes that look for one that runs do not.
  const auto peer = Await(io_, PeerClient::Make(bus_));
  EXPECT_EQ(Await(io_, (*peer)->DebugInfo("IN_a")).error().code, "unavailable");
}

TEST_F(IngressControlTest, ASessionThatIsOverLeavesOrdersToTheNextOneOfItsIngress) {
  int answered_by_first = 0;
  auto first =
      Await(io_, SessionRpc::Make(bus_, "IN_a", {.delete_ingress = [&](const auto& request) {
                                    ++answered_by_first;
                                    return Stopped(request);
                                  }}));
  (*first)->Retire();
  const auto second = Await(io_, SessionRpc::Make(bus_, "IN_a", {.delete_ingress = Stopped}));
  const auto client = MakeClient("IngressHandler");
  const auto deleted = Await(io_, client->Call("DeleteIngress", "IN_a", ""));
  ASSERT_TRUE(deleted) << deleted.error().message;
  RunUntil(io_, [this] { return bus_.tasks().running() == 0; });
  EXPECT_EQ(answered_by_first, 0);
}

boost::asio::awaitable<RpcResult<::ingress::peer::HolderResponse>> HeldByA(
    ::ingress::peer::HolderRequest) {
  ::ingress::peer::HolderResponse response;
  response.set_ingress_id("IN_a");
  response.set_room("a/b");
  response.set_identity("c");
  response.set_live(true);
  co_return response;
}

TEST_F(IngressControlTest, ANodeFindsTheSessionOfAParticipant) {
  auto session =
      Await(io_, SessionRpc::Make(bus_, SessionRpc::TopicOf("a/b", "c"), {.holder = HeldByA}));
  const auto peer = Await(io_, PeerClient::Make(bus_));
  const auto holder = Await(io_, (*peer)->Holder("a/b", "c"));
  ASSERT_TRUE(holder) << holder.error().message;
  EXPECT_EQ(holder->ingress_id(), "IN_a");
  EXPECT_TRUE(holder->live());
  // The same topic, another participant.
  EXPECT_EQ(Await(io_, (*peer)->Holder("a", "b/c")).error().code, "unavailable");
  EXPECT_EQ(Await(io_, (*peer)->Holder("a/b", "d")).error().code, "unavailable");
}

/// A node, and what a caller of IngressInternal gets from it.
class NodeRpcTest : public IngressControlTest {
 protected:
  NodeRpcTest() {
    node_ = std::move(*Await(
        io_, NodeRpc::Make(bus_, {.list_active_ingress = [] { return OneSession(); },
                                  .start_ingress = [this](const ::rpc::StartIngressRequest& request)
                                      -> RpcResult<::livekit::IngressInfo> {
                                    asked_for_ = request.info().ingress_id();
                                    return RpcFail("unimplemented", "RTMP only");
                                  }})));
  }
  ~NodeRpcTest() override { node_.reset(); }

  static ::rpc::ListActiveIngressResponse OneSession() {
    ::rpc::ListActiveIngressResponse response;
    response.add_ingress_ids("IN_a");
    auto* session = response.add_ingress_sessions();
    session->set_ingress_id("IN_a");
    session->set_resource_id("RT_a");
    return response;
  }

  static ::internal::Request MakeRequest() {
    ::internal::Request request;
    request.set_request_id("REQ_1");
    request.set_client_id("CLI_x");
    request.set_expiry(ToNanoseconds(WallClock::now() + std::chrono::seconds(60)));
    return request;
  }

  void AskToStart() {
    ::rpc::StartIngressRequest argument;
    argument.mutable_info()->set_ingress_id("IN_url");
    ::internal::Request request = MakeRequest();
    request.set_raw_request(argument.SerializeAsString());
    ASSERT_TRUE(Await(io_, bus_.Publish("IngressInternal|StartIngress|REQ", Pack(request))));
    Settle(io_);
  }

  void Grant(const std::string& server_id) {
    ::internal::ClaimResponse grant;
    grant.set_request_id("REQ_1");
    grant.set_server_id(server_id);
    ASSERT_TRUE(Await(io_, bus_.Publish("IngressInternal|StartIngress|RCLAIM", Pack(grant))));
    Settle(io_);
  }

  std::string asked_for_;
  std::unique_ptr<NodeRpc> node_;
  Recorder responses_{io_, bus_, "IngressInternal|CLI_x|RES"};
  Recorder bids_{io_, bus_, "IngressInternal|CLI_x|CLAIM"};
};

TEST_F(NodeRpcTest, ListsItsSessions) {
  ::internal::Request request = MakeRequest();
  request.set_multi(true);
  ASSERT_TRUE(Await(io_, bus_.Publish("IngressInternal|ListActiveIngress|REQ", Pack(request))));
  Settle(io_);
  EXPECT_TRUE(bids_.payloads().empty());
  ASSERT_EQ(responses_.payloads().size(), 1U);
  const auto response = Unpack<::internal::Response>(responses_.payloads()[0]);
  ::rpc::ListActiveIngressResponse listed;
  ASSERT_TRUE(listed.ParseFromString(response->raw_response()));
  EXPECT_EQ(listed.ingress_sessions(0).resource_id(), "RT_a");
}

TEST_F(NodeRpcTest, LeavesAUrlToANodeThatPullsIt) {
  AskToStart();
  EXPECT_TRUE(bids_.payloads().empty()) << "others come first";
  Grant("SRV_other");
  RunUntil(io_, [this] { return bus_.tasks().running() == 0; });
  EXPECT_TRUE(bids_.payloads().empty());
  EXPECT_TRUE(responses_.payloads().empty());
  EXPECT_EQ(asked_for_, "");
}

TEST_F(NodeRpcTest, SaysWhyAUrlIsNotPulledWhenNobodyElseBids) {
  AskToStart();
  RunUntil(io_, [this] { return !bids_.payloads().empty(); });
  const auto bid = Unpack<::internal::ClaimRequest>(bids_.payloads()[0]).value();
  EXPECT_GT(bid.affinity(), 0);
  EXPECT_LT(bid.affinity(), 0.01F) << "a node of LiveKit's own ingress bids 1";
  EXPECT_TRUE(responses_.payloads().empty());
  Grant(bid.server_id());
  ASSERT_EQ(responses_.payloads().size(), 1U);
  const auto response = Unpack<::internal::Response>(responses_.payloads()[0]);
  EXPECT_EQ(response->code(), "unimplemented");
  EXPECT_EQ(response->error(), "RTMP only");
  EXPECT_EQ(asked_for_, "IN_url");
}

}  // namespace
}  // namespace ingress::rpc
