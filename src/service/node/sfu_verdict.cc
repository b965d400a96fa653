#include "service/node/sfu_verdict.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "token/access_token.h"

namespace ingress::service {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxQuoted = 160;  // bytes of the server's words
constexpr seconds kLeeway{60};           // livekit-server's, for the times in a token
constexpr seconds kDateGrain{5};  // how far off the server's date may be: whole seconds, delay
constexpr unsigned kOk = 200;
constexpr unsigned kRedirect = 300;
constexpr unsigned kBadRequest = 400;
constexpr unsigned kUnauthorized = 401;
constexpr unsigned kForbidden = 403;
constexpr unsigned kNotFound = 404;
constexpr unsigned kServerError = 500;

std::string Quote(const dial::HttpReply& reply, std::string_view token) {
  std::string words = PrintableUtf8(token::RedactToken(reply.body, token), kMaxQuoted);
  return "HTTP " + std::to_string(reply.status) + (words.empty() ? "" : ": " + words);
}

SfuVerdict NotLiveKit(std::string cause, std::string_view hint = {}) {
  return {.state = SfuState::kNotLiveKit,
          .cause = std::move(cause),
          .remedy = hint.empty()
                        ? "correct ws_url: host, port and path, and ws:// or wss://, as those of "
                          "livekit-server"
                        : std::string(hint)};
}

SfuVerdict BadClock(std::optional<seconds> offset, const std::string& quoted) {
  const std::string off =
      offset ? fmt::format("the clock of this node is {} s {} livekit-server's",
                           std::abs(offset->count()), offset->count() > 0 ? "ahead of" : "behind")
             : "the clocks of this node and of livekit-server differ";
  return {.state = SfuState::kClock,
          .cause = off + ", which does not take our tokens (" + quoted + ")",
          .remedy = "set both clocks by NTP"};
}

SfuVerdict JudgeRefusal(const dial::HttpReply& reply, std::string_view token,
                        std::optional<seconds> offset) {
  const std::string quoted = Quote(reply, token);
  const bool by_time =
      reply.body.contains("not valid yet") || reply.body.contains("token is expired");
  if (by_time || (offset && std::chrono::abs(*offset) > kLeeway - kDateGrain)) {
    return BadClock(offset, quoted);
  }
  SfuVerdict verdict{.state = SfuState::kToken,
                     .cause = "it does not take our token (" + quoted + ")",
                     .remedy = "make api_key and api_secret a pair of livekit-server's \"keys\""};
  if (reply.body.contains("invalid API key")) {
    verdict.remedy = "correct api_key: it is not among livekit-server's \"keys\"";
  } else if (reply.body.contains("signature is invalid")) {
    verdict.remedy = "correct api_secret: it is not the one that livekit-server has for api_key";
  }
  return verdict;
}

SfuVerdict Judge(const dial::HttpReply& reply, std::string_view token,
                 std::optional<seconds> offset) {
  const std::string quoted = Quote(reply, token);
  if (reply.status == kUnauthorized || reply.status == kForbidden) {
    return JudgeRefusal(reply, token, offset);
  }
  // Where rooms are not made by joining, that one is missing is said last, after the token.
  const bool token_taken = reply.status == kNotFound && reply.body.contains("room does not exist");
  if (token_taken || (reply.status == kOk && !reply.body.starts_with('<'))) {
    return {.state = SfuState::kReady};
  }
  if (reply.status >= kServerError) {
    return {.state = SfuState::kRefused,
            .cause = "it takes no participants now (" + quoted + ")",
            .remedy = "look at livekit-server's log, or that of the proxy before it"};
  }
  if (reply.status == kBadRequest && reply.body.contains("HTTPS server")) {
    return NotLiveKit("the port speaks TLS (" + quoted + ")", "write wss:// in ws_url");
  }
  if (reply.status >= kRedirect && reply.status < kBadRequest) {
    return NotLiveKit("it sends us elsewhere (" + quoted + ")",
                      "write wss:// in ws_url, or the URL "
                      "that it sends us to");
  }
  return NotLiveKit("what answers there is not livekit-server (" + quoted + ")");
}

}  // namespace

std::string_view ToString(SfuState state) {
  switch (state) {
    case SfuState::kUntried:
      return "untried";
    case SfuState::kReady:
      return "ready";
    case SfuState::kUnreachable:
      return "unreachable";
    case SfuState::kSilent:
      return "silent";
    case SfuState::kRefused:
      return "refused";
    case SfuState::kNotLiveKit:
      return "not_livekit";
    case SfuState::kCertificate:
      return "certificate";
    case SfuState::kToken:
      return "token";
    case SfuState::kClock:
      return "clock";
  }
  return "unknown";
}

SfuVerdict JudgeReply(const dial::HttpReply& reply, std::string_view token, WallTime now) {
  std::optional<seconds> offset;
  if (reply.date) offset = std::chrono::duration_cast<seconds>(now - *reply.date);
  SfuVerdict verdict = Judge(reply, token, offset);
  verdict.clock_offset = offset;
  return verdict;
}

SfuVerdict JudgeError(const Error& error) {
  switch (error.code) {
    case ErrorCode::kCertificate:
      return {.state = SfuState::kCertificate,
              .cause = error.context,
              .remedy =
                  "give livekit-server a certificate for the name in ws_url, or name the file "
                  "of its authority in tls.ca_cert_file"};
    case ErrorCode::kMalformed:
    case ErrorCode::kClosed:
      return NotLiveKit(error.context);
    case ErrorCode::kTimeout:
      return {.state = SfuState::kSilent,
              .cause = error.context,
              .remedy =
                  "look whether livekit-server is stopped or overloaded, and whether a "
                  "firewall is between"};
    default:
      return {.state = SfuState::kUnreachable,
              .cause = error.context,
              .remedy = "start livekit-server, or correct ws_url"};
  }
}

}  // namespace ingress::service
