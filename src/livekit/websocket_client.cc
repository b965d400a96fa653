#include "livekit/websocket_client.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>

#include "dial/dial.h"
#include "net/await.h"
#include "token/access_token.h"

namespace ingress::livekit {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

using dial::PlainStream;
using dial::TlsStream;

using net::kAwait;
constexpr std::size_t kMaxQuotedBody = 200;  // characters of the server's words in an error

PlainStream& LowestOf(PlainStream& stream) { return stream; }
PlainStream& LowestOf(TlsStream& stream) { return stream.next_layer(); }

template <typename Stream>
class WebSocketOver final : public WebSocketClient {
 public:
  explicit WebSocketOver(std::unique_ptr<Stream> stream)
      : stream_(std::move(stream)), socket_(*stream_) {
    socket_.binary(true);
    socket_.auto_fragment(false);
    socket_.read_message_max(kMaxSignalMessage);
    socket_.set_option(websocket::stream_base::timeout{
        .handshake_timeout = kUpgradeTimeout,
        .idle_timeout = websocket::stream_base::none(),  // the signal client's pings watch for it
        .keep_alive_pings = false});
  }

  asio::awaitable<Result<void>> Upgrade(const ServerRequest& request) {
    socket_.set_option(websocket::stream_base::decorator([&](websocket::request_type& upgrade) {
      upgrade.set(http::field::authorization, "Bearer " + request.token);
      upgrade.set(http::field::user_agent, "livekit-ingress-cpp");
    }));
    websocket::response_type response;
    auto [error] = co_await socket_.async_handshake(response, request.server.authority(),
                                                    request.target, kAwait);
    if (!error) co_return Result<void>{};
    if (error == websocket::error::upgrade_declined) {
      co_return std::unexpected(
          ErrorOfStatus(response.result_int(), std::move(response.body()), request.token));
    }
    co_return std::unexpected(dial::ExchangeError("websocket upgrade", error));
  }

  asio::awaitable<Result<Bytes>> Read() override {
    auto [error, size] = co_await socket_.async_read(buffer_, kAwait);
    if (error) {
      const bool too_big = error == websocket::error::message_too_big;
      co_return Fail(too_big ? ErrorCode::kLimitExceeded : ErrorCode::kClosed,
                     "websocket read: " + error.message());
    }
    const auto data = buffer_.cdata();
    const ByteView bytes(static_cast<const std::uint8_t*>(data.data()), data.size());
    Bytes message(bytes.begin(), bytes.end());
    buffer_.consume(buffer_.size());
    co_return message;
  }

  asio::awaitable<Result<void>> Write(Bytes message) override {
    auto [error, size] = co_await socket_.async_write(asio::buffer(message), kAwait);
    if (error) co_return Fail(ErrorCode::kClosed, "websocket write: " + error.message());
    co_return Result<void>{};
  }

  void Abort() override { LowestOf(*stream_).close(); }

  asio::ip::address remote_address() const override {
    boost::system::error_code error;
    const auto endpoint = LowestOf(*stream_).socket().remote_endpoint(error);
    return error ? asio::ip::address() : endpoint.address();
  }

 private:
  std::unique_ptr<Stream> stream_;
  websocket::stream<Stream&, /*deflateSupported=*/false> socket_;  // messages are small protobufs
  beast::flat_buffer buffer_;
};

template <typename Stream>
asio::awaitable<Result<std::unique_ptr<WebSocketClient>>> UpgradeOver(
    std::unique_ptr<Stream> stream, const ServerRequest& request) {
  auto client = std::make_unique<WebSocketOver<Stream>>(std::move(stream));
  auto upgraded = co_await client->Upgrade(request);
  if (!upgraded) co_return std::unexpected(upgraded.error());
  co_return std::unique_ptr<WebSocketClient>(std::move(client));
}

ErrorCode CodeOfStatus(unsigned status) {
  if (status == 401 || status == 403) return ErrorCode::kUnauthorized;
  if (status == 404) return ErrorCode::kNotFound;
  if (status >= 400 && status < 500) return ErrorCode::kMalformed;
  // livekit-server's answer when the room does not take the participant, for example when full.
  if (status == 500) return ErrorCode::kConflict;
  return ErrorCode::kUnavailable;
}

}  // namespace

Error ErrorOfStatus(unsigned status, std::string body, const std::string& token) {
  std::string words = token::RedactToken(std::move(body), token);
  while (!words.empty() && (words.back() == '\n' || words.back() == ' ')) words.pop_back();
  if (words.size() > kMaxQuotedBody) words.resize(kMaxQuotedBody);
  std::string context = "HTTP " + std::to_string(status);
  if (!words.empty()) context += ": " + words;
  return {CodeOfStatus(status), std::move(context)};
}

asio::awaitable<Result<std::unique_ptr<WebSocketClient>>> WebSocketClient::Connect(
    ServerRequest request) {
  auto tcp = co_await dial::DialTcp(request.server);
  if (!tcp) co_return std::unexpected(tcp.error());
  if (!request.server.tls) {
    auto plain = std::make_unique<PlainStream>(std::move(*tcp));
    co_return co_await UpgradeOver(std::move(plain), request);
  }
  auto tls = co_await dial::DialTls(std::move(*tcp), request.server);
  if (!tls) co_return std::unexpected(tls.error());
  co_return co_await UpgradeOver(std::move(*tls), request);
}

}  // namespace ingress::livekit
