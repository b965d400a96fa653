#include "control/static_control_plane.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ingress::control {
namespace {

namespace asio = boost::asio;

::livekit::IngressInfo MakeIngress() {
  ::livekit::IngressInfo info;
  info.set_ingress_id("IN_1");
  info.set_stream_key("key");
  info.set_room_name("room");
  info.set_participant_identity("cam");
  return info;
}

class StaticControlPlaneTest : public ::testing::Test {
 protected:
  template <typename T>
  T Await(asio::awaitable<T> task) {
    std::optional<T> result;
    asio::co_spawn(loop_, std::move(task), [&result](const std::exception_ptr& error, T value) {
      if (error) std::rethrow_exception(error);
      result.emplace(std::move(value));
    });
    loop_.restart();
    loop_.run();
    return std::move(*result);
  }

  /// What a session does with a change.
  asio::awaitable<rpc::RpcResult<::livekit::IngressState>> Follow(
      ::livekit::UpdateIngressRequest request) {
    told_ = request.room_name();
    co_return ::livekit::IngressState();
  }

  asio::io_context loop_;
  std::string told_;
  StaticControlPlane plane_{{MakeIngress()}};
};

TEST_F(StaticControlPlaneTest, KnowsItsIngressesByKey) {
  const auto found = Await(plane_.ingresses().GetIngressInfo("key"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->info().ingress_id(), "IN_1");
  EXPECT_EQ(Await(plane_.ingresses().GetIngressInfo("other")).error().code, "not_found");
}

TEST_F(StaticControlPlaneTest, KeepsTheStatesThatItIsTold) {
  ::livekit::IngressState state;
  state.set_status(::livekit::IngressState::ENDPOINT_PUBLISHING);
  EXPECT_TRUE(Await(plane_.ingresses().UpdateIngressState("IN_1", state)));
  EXPECT_EQ(plane_.Find("IN_1")->state().status(), ::livekit::IngressState::ENDPOINT_PUBLISHING);
  EXPECT_EQ(Await(plane_.ingresses().UpdateIngressState("IN_2", state)).error().code, "not_found");
}

TEST_F(StaticControlPlaneTest, AsksTheSessionToFollowAChange) {
  const auto served = Await(plane_.ServeSession(
      "IN_1", {.update_ingress = [this](::livekit::UpdateIngressRequest request) {
        return Follow(std::move(request));
      }}));
  ::livekit::UpdateIngressRequest request;
  request.set_ingress_id("IN_1");
  request.set_room_name("elsewhere");
  EXPECT_TRUE(Await(plane_.Update(request)));
  EXPECT_EQ(told_, "elsewhere");
  EXPECT_EQ(plane_.Find("IN_1")->room_name(), "elsewhere");
}

TEST_F(StaticControlPlaneTest, ForgetsADeletedIngress) {
  EXPECT_TRUE(Await(plane_.Delete("IN_1")));
  EXPECT_EQ(plane_.Find("IN_1"), nullptr);
  EXPECT_EQ(Await(plane_.Delete("IN_1")).error().code, "not_found");
}

TEST_F(StaticControlPlaneTest, FindsTheSessionThatIsAParticipant) {
  const auto holder = [](const ::ingress::peer::HolderRequest&)
      -> asio::awaitable<rpc::RpcResult<::ingress::peer::HolderResponse>> {
    ::ingress::peer::HolderResponse response;
    response.set_ingress_id("IN_1");
    co_return response;
  };
  EXPECT_EQ(Await(plane_.nodes().Holder("room", "cam")).error().code, "unavailable");
  const auto served = Await(plane_.ServeParticipant("room", "cam", {.holder = holder}));
  EXPECT_EQ(Await(plane_.nodes().Holder("room", "cam"))->ingress_id(), "IN_1");
}

}  // namespace
}  // namespace ingress::control
