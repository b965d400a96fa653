#include "control/psrpc_control_plane.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "rpc/in_process_bus.h"
#include "support/given_time.h"

namespace ingress::control {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class PsrpcControlPlaneTest : public ::testing::Test {
 protected:
  PsrpcControlPlaneTest() {
    plane_.Start({.list_active_ingress = [] { return ::rpc::ListActiveIngressResponse(); },
                  .start_ingress =
                      [](const ::rpc::StartIngressRequest&) {
                        return rpc::RpcResult<::livekit::IngressInfo>(
                            rpc::RpcFail("unimplemented", "no"));
                      }});
  }
  ~PsrpcControlPlaneTest() override {
    asio::co_spawn(loop_, plane_.Stop(), [](const std::exception_ptr&) {});
    time_.Pass(5s);
  }

  template <typename T>
  std::optional<T> Await(asio::awaitable<T> task) {
    std::optional<T> result;
    asio::co_spawn(loop_, std::move(task), [&result](const std::exception_ptr& error, T value) {
      if (error) std::rethrow_exception(error);
      result.emplace(std::move(value));
    });
    time_.Pass(5s);
    return result;
  }

  asio::io_context loop_;
  ::ingress::testing::GivenTime time_{loop_};
  PsrpcControlPlane plane_{loop_.get_executor(),
                           std::make_unique<rpc::InProcessBus>(loop_.get_executor())};
};

asio::awaitable<rpc::RpcResult<::ingress::peer::DebugInfoResponse>> Describe() {
  ::ingress::peer::DebugInfoResponse response;
  response.set_json("{}");
  co_return response;
}

TEST_F(PsrpcControlPlaneTest, NeedsNoRedis) {
  const auto ready = Await(plane_.AwaitReady(1s));
  ASSERT_TRUE(ready);
  EXPECT_TRUE(ready->has_value());
  EXPECT_TRUE(plane_.condition().connected);
}

TEST_F(PsrpcControlPlaneTest, LetsASessionBeReachedForAsLongAsItIsServed) {
  ASSERT_TRUE(Await(plane_.AwaitReady(1s)).value());
  auto served = Await(plane_.ServeSession(
      "IN_1", {.debug_info = [](const ::ingress::peer::DebugInfoRequest&) { return Describe(); }}));
  ASSERT_TRUE(served && *served);
  EXPECT_EQ(Await(plane_.nodes().DebugInfo("IN_1")).value(), "{}");
  (*served)->reset();
  EXPECT_EQ(Await(plane_.nodes().DebugInfo("IN_1"))->error().code, "unavailable");
}

TEST_F(PsrpcControlPlaneTest, LocksAStartUntilItIsGivenBack) {
  auto first = Await(plane_.LockStart("IN_1"));
  ASSERT_TRUE(first);
  std::unique_ptr<StartLock> second;
  asio::co_spawn(loop_, plane_.LockStart("IN_1"),
                 [&second](const std::exception_ptr&, std::unique_ptr<StartLock> lock) {
                   second = std::move(lock);
                 });
  time_.Pass(1s);
  EXPECT_EQ(second, nullptr);
  first.reset();
  time_.Pass(1s);
  EXPECT_NE(second, nullptr);
}

}  // namespace
}  // namespace ingress::control
