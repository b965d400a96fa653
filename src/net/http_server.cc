#include "net/http_server.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "net/acceptor.h"
#include "net/address_group.h"
#include "net/await.h"
#include "net/listen.h"
#include "net/peer_name.h"
#include "net/task_scope.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::chrono::seconds kDrain{1};        // for a client to take an error
constexpr std::size_t kMaxDrained = 256 * 1024;  // bytes

HttpRequest ToRequest(http::request<http::string_body>&& message, const tcp::endpoint& peer) {
  HttpRequest request;
  request.method = message.method_string();
  const std::string target(message.target());
  const std::size_t query = target.find('?');
  request.path = target.substr(0, query);
  if (query != std::string::npos) request.query = target.substr(query + 1);
  for (const auto& field : message) {
    request.headers[ToLower(field.name_string())] = std::string(field.value());
  }
  request.body = std::move(message.body());
  request.peer = NameOf(peer);
  request.party = AddressGroup(peer.address());
  return request;
}

http::response<http::string_body> ToMessage(HttpResponse&& response, unsigned version,
                                            bool keep_alive, bool head) {
  http::response<http::string_body> message;
  message.version(version);
  message.result(response.status);
  if (!response.content_type.empty()) {
    message.set(http::field::content_type, response.content_type);
  }
  for (const auto& [name, value] : response.headers) message.insert(name, value);
  message.keep_alive(keep_alive);
  message.body() = std::move(response.body);
  message.prepare_payload();
  if (head) message.body().clear();  // the length that was set stays
  return message;
}

/// The handler's work is one step.
asio::awaitable<HttpResponse> AnswerInTurn(const HttpHandler& handler, StepThrottle* throttle,
                                           const HttpRequest& request) {
  if (throttle == nullptr) co_return handler(request);
  StepThrottle::Waiter turn(*throttle, request.party);
  const auto step = co_await turn.Begin();
  co_return handler(request);
}

/// The handler begins in its turn; what it does after a wait is not counted.
asio::awaitable<HttpResponse> BeginInTurn(const AsyncHttpHandler& handler, StepThrottle* throttle,
                                          const HttpRequest& request) {
  if (throttle != nullptr) {
    StepThrottle::Waiter turn(*throttle, request.party);
    co_await turn.Begin();
  }
  co_return co_await handler(request);
}

// The answer to a request that could not be read; empty when there is nobody to answer.
std::optional<HttpResponse> AnswerTo(const beast::error_code& error) {
  if (error.category() != http::make_error_code(http::error::end_of_stream).category()) return {};
  if (error == http::error::end_of_stream || error == http::error::partial_message) return {};
  if (error == http::error::header_limit) {
    return HttpResponse{.status = 431, .body = "header too large\n"};
  }
  if (error == http::error::body_limit) {
    return HttpResponse{.status = 413, .body = "body too large\n"};
  }
  return HttpResponse{.status = 400, .body = "not a valid HTTP request\n"};
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(tcp::acceptor acceptor, HttpServerOptions options, AsyncHttpHandler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        acceptor_(std::move(acceptor), options_.throttle),
        tasks_(acceptor_.executor()) {}

  std::uint16_t port() const { return acceptor_.port(); }
  std::size_t connections() const { return serving_; }

  void Start() {
    tasks_.Spawn(
        acceptor_.Run({.on_connection = [this](tcp::socket socket) { Accept(std::move(socket)); },
                       .on_error = [this](const beast::error_code&) { GiveUpOne(); }}));
  }

  asio::awaitable<void> Stop() {
    stopping_ = true;
    acceptor_.Close();
    for (Client& client : clients_) client.stream.close();
    co_await tasks_.Join();
  }

 private:
  struct Client {
    enum class Phase { kSilent, kAsking, kAnswered };

    explicit Client(tcp::socket socket) : stream(std::move(socket)) {}

    beast::tcp_stream stream;
    beast::flat_buffer buffer;  // what has come of the next request
    Phase phase = Phase::kSilent;
    bool given_up = false;
  };

  void Accept(tcp::socket socket) {
    const bool crowded = serving_ >= options_.max_connections;
    if (crowded && options_.on_crowded) options_.on_crowded(PeerName(socket));
    if (crowded && !GiveUpOne()) return;  // the socket closes here
    ++serving_;
    tasks_.Spawn(Serve(std::move(socket)));
  }

  // False when all are being answered.
  bool GiveUpOne() {
    for (const auto phase : {Client::Phase::kSilent, Client::Phase::kAsking}) {
      const auto found = std::ranges::find_if(clients_, [phase](const Client& client) {
        return !client.given_up && client.phase == phase;
      });
      if (found == clients_.end()) continue;
      found->given_up = true;
      --serving_;
      beast::error_code ignored;
      found->stream.socket().set_option(asio::socket_base::linger(true, 0), ignored);
      found->stream.close();
      return true;
    }
    return false;
  }

  asio::awaitable<void> Serve(tcp::socket socket) {
    beast::error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (!error) socket.set_option(tcp::no_delay(true), error);  // answers to pipelined requests
    const auto client = clients_.emplace(clients_.end(), std::move(socket));
    std::chrono::milliseconds begin_within = options_.first_byte;
    while (!error && !stopping_) {
      client->phase = Client::Phase::kSilent;
      error = co_await AwaitRequest(*client, begin_within);
      if (!error) error = co_await ServeOne(*client, peer);
      begin_within = options_.idle;
    }
    if (!client->given_up) --serving_;
    clients_.erase(client);
  }

  // Waits for the first bytes of a request.
  asio::awaitable<beast::error_code> AwaitRequest(Client& client,
                                                  std::chrono::milliseconds within) {
    constexpr std::size_t kPiece = 1024;
    if (client.buffer.size() > 0) co_return beast::error_code{};  // it was sent with the last one
    client.stream.expires_after(within);
    auto [error, size] =
        co_await client.stream.async_read_some(client.buffer.prepare(kPiece), kAwait);
    client.buffer.commit(size);
    co_return error;
  }

  // Reads one request and answers it. An error ends the connection.
  asio::awaitable<beast::error_code> ServeOne(Client& client, tcp::endpoint peer) {
    beast::tcp_stream& stream = client.stream;
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
    parser.body_limit(options_.max_body_bytes);
    client.phase = Client::Phase::kAsking;
    stream.expires_after(options_.idle);
    auto [read_error, size] = co_await http::async_read(stream, client.buffer, parser, kAwait);
    if (read_error) {
      auto answer = AnswerTo(read_error);
      if (answer && options_.on_refusal) answer = options_.on_refusal(std::move(*answer));
      if (answer) co_await Refuse(stream, std::move(*answer));
      co_return read_error;
    }
    client.phase = Client::Phase::kAnswered;
    const unsigned version = parser.get().version();
    const bool keep_alive = parser.get().keep_alive();
    const bool head = parser.get().method() == http::verb::head;
    const HttpRequest request = ToRequest(parser.release(), peer);
    HttpResponse response = co_await handler_(request);
    auto message = ToMessage(std::move(response), version, keep_alive, head);
    stream.expires_after(options_.write);
    auto [write_error, written] = co_await http::async_write(stream, message, kAwait);
    if (!write_error && !keep_alive) {
      stream.socket().shutdown(tcp::socket::shutdown_send, write_error);
      co_return http::error::end_of_stream;
    }
    co_return write_error;
  }

  // Answers with an error and waits a moment for the client to stop sending: closing a socket with
  // unread bytes resets the connection, and the client would never see the answer.
  asio::awaitable<void> Refuse(beast::tcp_stream& stream, HttpResponse response) {
    constexpr unsigned kHttp11 = 11;
    auto message = ToMessage(std::move(response), kHttp11, false, false);
    stream.expires_after(kDrain);
    auto [error, size] = co_await http::async_write(stream, message, kAwait);
    if (!error) stream.socket().shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 4096> scratch;
    for (std::size_t drained = 0; !error && drained < kMaxDrained;) {
      auto [read_error, count] = co_await stream.async_read_some(asio::buffer(scratch), kAwait);
      error = read_error;
      drained += count;
    }
  }

  const HttpServerOptions options_;
  const AsyncHttpHandler handler_;
  Acceptor acceptor_;
  bool stopping_ = false;
  std::list<Client> clients_;  // oldest first; each is its Serve()'s
  std::size_t serving_ = 0;    // of them, without those given up
  TaskScope tasks_;
};

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(asio::any_io_executor executor,
                                                       HttpServerOptions options,
                                                       HttpHandler handler) {
  StepThrottle* const throttle = options.throttle;
  return Make(std::move(executor), std::move(options),
              [throttle, handler = std::move(handler)](const HttpRequest& request) {
                return AnswerInTurn(handler, throttle, request);
              });
}

Result<std::unique_ptr<HttpServer>> HttpServer::ListenAsync(asio::any_io_executor executor,
                                                            HttpServerOptions options,
                                                            AsyncHttpHandler handler) {
  StepThrottle* const throttle = options.throttle;
  return Make(std::move(executor), std::move(options),
              [throttle, handler = std::move(handler)](const HttpRequest& request) {
                return BeginInTurn(handler, throttle, request);
              });
}

Result<std::unique_ptr<HttpServer>> HttpServer::Make(asio::any_io_executor executor,
                                                     HttpServerOptions options,
                                                     AsyncHttpHandler handler) {
  auto acceptor = options.address.empty() ? ListenOnAll(executor, options.port)
                                          : ListenOn(executor, options.address, options.port);
  if (!acceptor) return std::unexpected(acceptor.error());
  auto impl = std::make_unique<Impl>(std::move(*acceptor), std::move(options), std::move(handler));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return impl_->port(); }
std::size_t HttpServer::connections() const { return impl_->connections(); }
void HttpServer::Start() { impl_->Start(); }
asio::awaitable<void> HttpServer::Stop() { return impl_->Stop(); }

}  // namespace ingress::net
