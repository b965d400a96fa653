#include "dial/http_get.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <ctime>
#include <memory>
#include <utility>

#include "dial/dial.h"
#include "net/await.h"

namespace ingress::dial {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using net::kAwait;
constexpr std::size_t kMaxReplyBody = 64 * 1024;
constexpr unsigned kHttp11 = 11;

PlainStream& LowestOf(PlainStream& stream) { return stream; }
PlainStream& LowestOf(TlsStream& stream) { return stream.next_layer(); }

template <typename Stream>
asio::awaitable<Result<HttpReply>> GetOver(std::unique_ptr<Stream> stream,
                                           const ServerRequest& request) {
  LowestOf(*stream).expires_after(kDialTimeout);
  http::request<http::empty_body> get(http::verb::get, request.target, kHttp11);
  get.set(http::field::host, request.server.authority());
  get.set(http::field::authorization, "Bearer " + request.token);
  get.keep_alive(false);
  auto [write_error, written] = co_await http::async_write(*stream, get, kAwait);
  if (write_error) co_return std::unexpected(ExchangeError("http", write_error));
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxReplyBody);
  auto [read_error, got] = co_await http::async_read(*stream, buffer, parser, kAwait);
  if (read_error) co_return std::unexpected(ExchangeError("http", read_error));
  HttpReply reply;
  reply.status = parser.get().result_int();
  reply.date = ParseHttpDate(std::string_view(parser.get()[http::field::date]));
  reply.body = std::move(parser.get().body());
  co_return reply;
}

}  // namespace

Error ExchangeError(std::string_view step, boost::system::error_code error) {
  const std::string prefix = std::string(step) + ": ";
  if (error == beast::error::timeout) return {ErrorCode::kTimeout, prefix + "no answer"};
  // Redis, for one, hangs up on HTTP without a word.
  if (error == http::error::end_of_stream) {
    return {ErrorCode::kClosed, prefix + "it hangs up without an answer; is it livekit-server?"};
  }
  const bool http = error.category() == http::make_error_code(http::error::bad_version).category();
  if (http && error != http::error::partial_message) {
    return {ErrorCode::kMalformed,
            prefix + "what answers does not speak HTTP (" + error.message() + ")"};
  }
  return {ErrorCode::kUnavailable, prefix + error.message()};
}

std::optional<WallTime> ParseHttpDate(std::string_view text) {
  constexpr std::size_t kLength = 29;
  if (text.size() != kLength || !text.ends_with(" GMT")) return std::nullopt;
  std::tm parts{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return WallClock::from_time_t(timegm(&parts));
}

asio::awaitable<Result<HttpReply>> HttpGet(ServerRequest request, Trust trust) {
  auto tcp = co_await DialTcp(request.server);
  if (!tcp) co_return std::unexpected(tcp.error());
  if (!request.server.tls) {
    auto plain = std::make_unique<PlainStream>(std::move(*tcp));
    co_return co_await GetOver(std::move(plain), request);
  }
  auto tls = co_await DialTls(std::move(*tcp), request.server, std::move(trust));
  if (!tls) co_return std::unexpected(tls.error());
  co_return co_await GetOver(std::move(*tls), request);
}

}  // namespace ingress::dial
