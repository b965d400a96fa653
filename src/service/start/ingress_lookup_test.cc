#include "service/start/ingress_lookup.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>
#include <optional>

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Found = rpc::RpcResult<::rpc::GetIngressInfoResponse>;

/// Answers GetIngressInfo with the scripted codes in turn, then always finds the ingress.
class ScriptedServer final : public rpc::IoInfoClient {
 public:
  asio::awaitable<Found> GetIngressInfo(std::string stream_key) override {
    ++asked;
    ::rpc::GetIngressInfoResponse response;
    response.mutable_info()->set_stream_key(std::move(stream_key));
    if (codes.empty()) co_return response;
    const std::string code = codes.front();
    codes.pop_front();
    co_return rpc::RpcFail(code, "scripted");
  }

  asio::awaitable<rpc::RpcResult<void>> UpdateIngressState(std::string,
                                                           ::livekit::IngressState) override {
    co_return rpc::RpcFail("unimplemented", "not scripted");
  }

  std::deque<std::string> codes;
  int asked = 0;
};

Found LookUp(ScriptedServer& server, std::chrono::steady_clock::duration ask_again_for) {
  asio::io_context context;
  std::optional<Found> found;
  asio::co_spawn(context, LookUpIngress(server, "key", ask_again_for),
                 [&found](const std::exception_ptr& failure, Found result) {
                   if (!failure) found = std::move(result);
                 });
  context.run();
  return std::move(*found);
}

TEST(LookUpIngressTest, AsksAgainWhileNobodyAnswers) {
  ScriptedServer server;
  server.codes = {"unavailable", "unavailable"};
  const Found found = LookUp(server, 1min);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->info().stream_key(), "key");
  EXPECT_EQ(server.asked, 3);
}

TEST(LookUpIngressTest, PassesAnAnswerOnAtOnce) {
  ScriptedServer server;
  server.codes = {"not_found"};
  EXPECT_EQ(LookUp(server, 1min).error().code, "not_found");
  EXPECT_EQ(server.asked, 1);
}

TEST(LookUpIngressTest, GivesUpWhenItsTimeIsOver) {
  ScriptedServer server;
  server.codes = {"unavailable"};
  EXPECT_EQ(LookUp(server, 0ms).error().code, "unavailable");
  EXPECT_EQ(server.asked, 1);
}

}  // namespace
}  // namespace ingress::service
