#include "service/node/sfu_check.h"

#include <utility>

#include "base/helper_thread.h"
#include "net/deadline.h"
#include "net/elsewhere.h"
#include "token/access_token.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kTrustGoodFor = 5min;  // certificates are renewed while we run
constexpr auto kTokenGoodFor = 300s;  // a refused one is written into the server's log
constexpr const char* kRoom = "livekit-ingress-check";

}  // namespace

asio::awaitable<SfuVerdict> SfuCheck::Ask() {
  auto token = token::MakeAccessToken(
      config_.api_key, config_.api_secret,
      {.room = kRoom, .identity = identity_, .valid_for = kTokenGoodFor}, WallClock::now());
  if (!token) co_return JudgeError(token.error());
  auto reply =
      co_await net::WithDeadline(kAnswerWithin, Get(*token), "the answer of livekit-server");
  if (!reply) {
    trust_.reset();
    co_return JudgeError(reply.error());
  }
  co_return JudgeReply(*reply, *token, WallClock::now());
}

asio::awaitable<Result<dial::HttpReply>> SfuCheck::Get(std::string token) {
  auto server = dial::ParseServerUrl(config_.ws_url);
  if (!server) co_return std::unexpected(server.error());
  server->ca_cert_file = config_.ca_cert_file;
  if (server->tls) {
    if (auto read = co_await ReadTrust(); !read) co_return std::unexpected(read.error());
  }
  std::string target = server->path + "/rtc/validate";
  dial::ServerRequest request{
      .server = std::move(*server), .target = std::move(target), .token = std::move(token)};
  co_return co_await dial::HttpGet(std::move(request), trust_);
}

/// Certificates may lie on a disk that hangs.
asio::awaitable<Result<void>> SfuCheck::ReadTrust() {
  const bool fresh =
      trust_ && trust_file_ == config_.ca_cert_file && Clock::now() - trust_read_ < kTrustGoodFor;
  if (fresh) co_return Result<void>{};
  trust_file_ = config_.ca_cert_file;
  auto loaded =
      co_await net::Elsewhere(FileThread(), [file = trust_file_] { return dial::LoadTrust(file); });
  if (!loaded) co_return std::unexpected(loaded.error());
  if (!*loaded) co_return std::unexpected(loaded->error());
  trust_ = std::move(**loaded);
  trust_read_ = Clock::now();
  co_return Result<void>{};
}

}  // namespace ingress::service
