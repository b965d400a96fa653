#include "net/http_server.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "net/acceptor.h"
#include "net/address_group.h"
#include "net/deadline.h"
#include "net/http_connection.h"
#include "net/listen.h"
#include "net/peer_name.h"
#include "net/task_scope.h"
#include "net/tcp_stream.h"
#include "net/tls_stream.h"

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
    for (Client& client : clients_) client.connection.Close();
    co_await tasks_.Join();
  }

 private:
  struct Client {
    enum class Phase { kSilent, kAsking, kAnswered };

    Client(std::unique_ptr<ByteStream> stream, std::size_t max_header_bytes)
        : connection(std::move(stream), max_header_bytes) {}

    HttpConnection connection;
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
      found->connection.Abort();
      return true;
    }
    return false;
  }

  asio::awaitable<void> Serve(tcp::socket socket) {
    beast::error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    TlsStream* tls = nullptr;
    const auto client = clients_.emplace(clients_.end(), MakeStream(std::move(socket), tls),
                                         options_.max_header_bytes);
    if (!error && tls != nullptr) error = co_await ShakeHands(*client, *tls, peer);
    std::chrono::milliseconds begin_within = options_.first_byte;
    while (!error && !stopping_) {
      error = co_await client->connection.AwaitRequest(begin_within);
      if (!error) error = co_await ServeOne(*client, peer);
      client->phase = Client::Phase::kSilent;
      begin_within = options_.idle;
    }
    if (!client->given_up) --serving_;
    clients_.erase(client);
  }

  /// `tls`: the stream, where it is one of TLS.
  std::unique_ptr<ByteStream> MakeStream(tcp::socket socket, TlsStream*& tls) const {
    if (!options_.tls) return std::make_unique<TcpStream>(std::move(socket));
    auto stream = std::make_unique<TlsStream>(std::move(socket), options_.tls());
    tls = stream.get();
    return stream;
  }

  /// Who does not finish in time, or speaks no TLS, is let go without a word: it would not read it.
  /// Who speaks TLS counts as asking until its first request: those that say nothing go first.
  asio::awaitable<beast::error_code> ShakeHands(Client& client, TlsStream& stream,
                                                const tcp::endpoint& peer) {
    const auto silent = co_await client.connection.AwaitInput(options_.first_byte);
    if (silent) co_return silent;
    auto handshake = stream.Handshake(*options_.throttle, AddressGroup(peer.address()),
                                      [&client] { client.phase = Client::Phase::kAsking; });
    const auto shaken = co_await WithDeadline(options_.idle, std::move(handshake), "TLS");
    if (shaken) co_return beast::error_code();
    if (options_.on_tls_failure && !stopping_ && stream.first_byte()) {
      options_.on_tls_failure(NameOf(peer), shaken.error());
    }
    co_return http::make_error_code(http::error::end_of_stream);
  }

  // Reads one request and answers it. An error ends the connection.
  asio::awaitable<beast::error_code> ServeOne(Client& client, tcp::endpoint peer) {
    HttpConnection::Parser parser;
    parser.body_limit(options_.max_body_bytes);
    client.phase = Client::Phase::kAsking;
    const beast::error_code read_error = co_await client.connection.Read(parser, options_.idle);
    if (read_error) {
      auto answer = AnswerTo(read_error);
      if (answer && options_.on_refusal) answer = options_.on_refusal(std::move(*answer));
      if (answer) co_await Refuse(client.connection, std::move(*answer));
      co_return read_error;
    }
    client.phase = Client::Phase::kAnswered;
    const unsigned version = parser.get().version();
    const bool keep_alive = parser.get().keep_alive();
    const bool head = parser.get().method() == http::verb::head;
    const HttpRequest request = ToRequest(parser.release(), peer);
    HttpResponse response = co_await handler_(request);
    const beast::error_code error = co_await client.connection.Write(
        ToMessage(std::move(response), version, keep_alive, head), options_.write);
    if (error || keep_alive) co_return error;
    const beast::error_code ended = client.connection.EndWriting();
    co_return ended ? ended : http::make_error_code(http::error::end_of_stream);
  }

  // Answers with an error and waits a moment for the client to stop sending: closing a socket with
  // unread bytes resets the connection, and the client would never see the answer.
  static asio::awaitable<void> Refuse(HttpConnection& connection, HttpResponse response) {
    constexpr unsigned kHttp11 = 11;
    auto message = ToMessage(std::move(response), kHttp11, false, false);
    beast::error_code error = co_await connection.Write(std::move(message), kDrain);
    if (!error) error = connection.EndWriting();
    if (!error) co_await connection.Drain(kMaxDrained, kDrain);
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
