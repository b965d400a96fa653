#include "relay_client/stream_client.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <utility>

#include "flv/stream_reader.h"
#include "net/await.h"
#include "net/deadline.h"
#include "relay_client/chunked_body.h"

namespace ingress::relay_client {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

using net::kAwait;
constexpr std::size_t kReadSize = 64 * 1024;          // bytes taken from the socket at once
constexpr std::size_t kMaxResponseHeader = 8 * 1024;  // bytes

struct Target {
  tcp::endpoint endpoint;
  std::string request;
};

Result<Target> ParseUrl(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  if (!url) return Fail(ErrorCode::kMalformed, "relay url: " + url.error().message());
  if (url->scheme() != "http" || url->port_number() == 0 ||
      url->host_type() != boost::urls::host_type::ipv4) {
    return Fail(ErrorCode::kMalformed, "relay url: not http://<IPv4 address>:<port>/…");
  }
  const auto address = asio::ip::address_v4(url->host_ipv4_address().to_uint());
  const std::string authority(url->encoded_host_and_port());
  return Target{.endpoint = {address, url->port_number()},
                .request = "GET " + std::string(url->encoded_target()) +
                           " HTTP/1.1\r\nHost: " + authority + "\r\nAccept: video/x-flv\r\n\r\n"};
}

Result<void> CheckStatus(unsigned status) {
  if (status == 200) return {};
  const std::string context = "relay: HTTP status " + std::to_string(status);
  if (status == 403) return Fail(ErrorCode::kUnauthorized, context);
  if (status == 404) return Fail(ErrorCode::kNotFound, context);
  return Fail(ErrorCode::kUnavailable, context);
}

}  // namespace

class StreamClient::Impl {
 public:
  Impl(const asio::any_io_executor& executor, Options options)
      : options_(options), socket_(executor) {}

  asio::awaitable<Result<void>> Connect(tcp::endpoint endpoint) {
    boost::system::error_code ec;
    socket_.open(endpoint.protocol(), ec);
    // Before connect, because the window is settled there.
    if (!ec)
      socket_.set_option(asio::socket_base::receive_buffer_size(options_.receive_buffer), ec);
    if (!ec) std::tie(ec) = co_await socket_.async_connect(endpoint, kAwait);
    if (!ec) socket_.set_option(tcp::no_delay(true), ec);
    if (ec) co_return Fail(ErrorCode::kUnavailable, "relay: connect: " + ec.message());
    co_return Result<void>{};
  }

  asio::awaitable<Result<void>> Request(std::string request) {
    const auto [write_ec, written] =
        co_await asio::async_write(socket_, asio::buffer(request), kAwait);
    if (write_ec) co_return Fail(ErrorCode::kClosed, "relay: request: " + write_ec.message());
    http::response_parser<http::empty_body> parser;
    parser.header_limit(kMaxResponseHeader);
    boost::beast::flat_buffer buffer(2 * kMaxResponseHeader);
    const auto [ec, size] = co_await http::async_read_header(socket_, buffer, parser, kAwait);
    if (ec) co_return Fail(ErrorCode::kUnavailable, "relay: response: " + ec.message());
    if (auto status = CheckStatus(parser.get().result_int()); !status) co_return status;
    if (!parser.chunked()) co_return Fail(ErrorCode::kMalformed, "relay: response: not chunked");
    const auto rest = buffer.data();
    co_return Receive({static_cast<const std::uint8_t*>(rest.data()), rest.size()});
  }

  // Beast reads no body here: its parser and its composed operations cost a pass-through handler,
  // which has little else to do, a tenth of its time.
  asio::awaitable<Result<std::vector<flv::Tag>>> Read() {
    std::vector<flv::Tag> tags = reader_.TakeTags();
    while (tags.empty() && !body_.done()) {
      const auto [ec, size] = co_await socket_.async_read_some(asio::buffer(chunk_), kAwait);
      if (ec) co_return Fail(ErrorCode::kClosed, "relay: read: " + ec.message());
      if (auto received = Receive(ByteView(chunk_).first(size)); !received) {
        co_return Wrap("relay", std::move(received.error()));
      }
      tags = reader_.TakeTags();
    }
    co_return tags;
  }

  void Close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  const Options& options() const { return options_; }

 private:
  Result<void> Receive(ByteView data) {
    return body_.Receive(data, [this](ByteView content) { return reader_.Receive(content); });
  }

  Options options_;
  tcp::socket socket_;
  Bytes chunk_ = Bytes(kReadSize);
  ChunkedBody body_;
  flv::StreamReader reader_;
};

asio::awaitable<Result<std::unique_ptr<StreamClient>>> StreamClient::Connect(
    asio::any_io_executor executor, std::string url, Options options) {
  Result<Target> target = ParseUrl(url);
  if (!target) co_return std::unexpected(std::move(target.error()));

  auto impl = std::make_unique<Impl>(executor, options);
  Result<void> step = co_await net::WithDeadline(options.connect_deadline,
                                                 impl->Connect(target->endpoint), "relay connect");
  if (!step) co_return std::unexpected(std::move(step.error()));
  step = co_await net::WithDeadline(options.response_deadline,
                                    impl->Request(std::move(target->request)), "relay response");
  if (!step) co_return std::unexpected(std::move(step.error()));
  co_return std::unique_ptr<StreamClient>(new StreamClient(std::move(impl)));
}

StreamClient::StreamClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

StreamClient::~StreamClient() = default;

asio::awaitable<Result<std::vector<flv::Tag>>> StreamClient::Read() { return impl_->Read(); }

void StreamClient::Close() { impl_->Close(); }

}  // namespace ingress::relay_client
