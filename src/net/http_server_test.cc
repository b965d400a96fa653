#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <list>
#include <mutex>
#include <thread>

#include "net/event.h"
#include "support/test_certificate.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// A client that blocks; the server runs on a thread of its own.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(context_) {
    socket_.connect(tcp::endpoint(asio::ip::make_address("127.0.0.1"), port));
  }

  void Send(const std::string& bytes) {
    boost::system::error_code ignored;  // a server that refuses may close first
    asio::write(socket_, asio::buffer(bytes), ignored);
  }

  // Everything up to the server's close.
  std::string ReadAll() {
    std::string text;
    boost::system::error_code error;
    asio::read(socket_, asio::dynamic_buffer(text), error);
    return text;
  }

  // One response, whose body has `body_size` bytes.
  std::string ReadResponse(std::size_t body_size) {
    const std::size_t header =
        asio::read_until(socket_, asio::dynamic_buffer(pending_), "\r\n\r\n");
    if (pending_.size() < header + body_size) {
      asio::read(socket_, asio::dynamic_buffer(pending_),
                 asio::transfer_exactly(header + body_size - pending_.size()));
    }
    const std::string response = pending_.substr(0, header + body_size);
    pending_.erase(0, response.size());
    return response;
  }

  void CloseSending() { socket_.shutdown(tcp::socket::shutdown_send); }

 private:
  asio::io_context context_;
  tcp::socket socket_;
  std::string pending_;
};

class HttpServerTest : public testing::Test {
 protected:
  void Start(HttpServerOptions options = {}) {
    options.address = "127.0.0.1";
    auto handler = [this](const HttpRequest& request) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      return reply_;
    };
    server_ = HttpServer::Listen(context_.get_executor(), options, handler).value();
    server_->Start();
    thread_ = std::jthread([this] { context_.run(); });
  }

  void StopServer() { asio::co_spawn(context_, server_->Stop(), asio::use_future).get(); }

  void TearDown() override {
    if (server_) StopServer();
    work_.reset();
  }

  std::string Exchange(const std::string& request) {
    Client client(server_->port());
    client.Send(request);
    return client.ReadAll();
  }

  HttpRequest LastRequest() {
    const std::lock_guard lock(mutex_);
    return requests_.back();
  }

  /// As if strangers had cost the server's thread so much.
  void Charge(std::chrono::milliseconds cost) {
    asio::co_spawn(context_, ChargeThrottle(cost), asio::use_future).get();
  }
  asio::awaitable<void> ChargeThrottle(std::chrono::milliseconds cost) {
    throttle_.Charge(cost);
    co_return;
  }

  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  StepThrottle throttle_{context_.get_executor()};
  HttpResponse reply_{.status = 200, .body = "Healthy"};
  std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  std::vector<std::string> crowding_;      // of the server's thread
  std::vector<std::string> tls_failures_;  // likewise
  std::unique_ptr<HttpServer> server_;
  std::jthread thread_;
};

TEST_F(HttpServerTest, AnswersARequest) {
  Start();
  const std::string answer =
      Exchange("GET /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nX-One: v\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nHealthy"));
  const HttpRequest request = LastRequest();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/a%20b");
  EXPECT_EQ(request.query, "x=1&y");
  EXPECT_EQ(request.headers.at("x-one"), "v");
  EXPECT_THAT(request.peer, StartsWith("127.0.0.1:"));
  EXPECT_EQ(request.party, "127.0.0.1");
}

TEST_F(HttpServerTest, HandsOverABodyAndSendsFurtherHeaders) {
  reply_ = {.status = 503, .content_type = "application/json", .body = "{}"};
  reply_.headers.emplace_back("Retry-After", "5");
  Start();
  const std::string answer =
      Exchange("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nConnection: close\r\n\r\nabcd");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 5\r\n"));
  EXPECT_EQ(LastRequest().body, "abcd");
}

TEST_F(HttpServerTest, SendsHeadersOfOneNameOneByOne) {
  reply_ = {
      .status = 204, .content_type = "", .body = "", .headers = {{"Link", "a"}, {"Link", "b"}}};
  Start();
  const std::string answer = Exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Link: a\r\nLink: b\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Type")));
}

TEST_F(HttpServerTest, LetsItsOwnAnswersBeCompleted) {
  Start({.on_refusal = [](HttpResponse refusal) {
    refusal.headers.emplace_back("Access-Control-Allow-Origin", "*");
    return refusal;
  }});
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
              HasSubstr("Access-Control-Allow-Origin: *\r\n"));
}

TEST_F(HttpServerTest, ServesSeveralRequestsOnAConnectionEvenPipelined) {
  Start();
  Client client(server_->port());
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  client.Send(get);
  EXPECT_THAT(client.ReadResponse(7), EndsWith("Healthy"));
  client.Send(get + get);
  EXPECT_THAT(client.ReadResponse(7), EndsWith("Healthy"));
  EXPECT_THAT(client.ReadResponse(7), EndsWith("Healthy"));
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
  Start();
  Client client(server_->port());
  client.Send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(0), HasSubstr("Content-Length: 7\r\n"));
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(7), StartsWith("HTTP/1.1 200"));  // nothing was left over
}

TEST_F(HttpServerTest, ClosesAfterAnHttp10Request) {
  Start();
  EXPECT_THAT(Exchange("GET / HTTP/1.0\r\n\r\n"), EndsWith("Healthy"));
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttp) {
  Start();
  EXPECT_THAT(Exchange("\x16\x03\x01 not http at all\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_TRUE(requests_.empty());
}

TEST_F(HttpServerTest, RefusesAHeaderAboveItsLimit) {
  Start({.max_header_bytes = 1024});
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(
      Exchange("GET / HTTP/1.1\r\nX: " + std::string(500, 'x') + "\r\nConnection: close\r\n\r\n"),
      StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, RefusesABodyAboveItsLimit) {
  Start({.max_body_bytes = 10});
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n" + std::string(11, 'x')),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" +
                       std::string(11, 'x') + "\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, RefusesAChunkLineOrATrailerThatNeverEnds) {
  Start({.max_header_bytes = 1024, .idle = 5s});
  const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(Exchange(head + "5;" + std::string(20'000, 'x')), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Exchange(head + "0\r\nX: " + std::string(20'000, 'x')), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, DisconnectsAClientThatDoesNotFinishItsRequest) {
  Start({.first_byte = 20ms, .idle = 20ms});
  EXPECT_EQ(Exchange("GET / HTTP/1.1\r\nHost:"), "");
  EXPECT_EQ(Exchange(""), "");
}

TEST_F(HttpServerTest, TakesAClientThatLeavesInTheMiddle) {
  Start();
  {
    Client client(server_->port());
    client.Send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
    client.CloseSending();
    EXPECT_EQ(client.ReadAll(), "");
  }
  EXPECT_THAT(Exchange("GET / HTTP/1.0\r\n\r\n"), EndsWith("Healthy"));
}

TEST_F(HttpServerTest, WaitsLongerForTheNextRequestThanForTheFirst) {
  Start({.first_byte = 20ms});
  Client client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(7), EndsWith("Healthy"));
  EXPECT_EQ(Exchange(""), "") << "the other has waited as long by now";
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(7), EndsWith("Healthy"));
}

TEST_F(HttpServerTest, GivesUpTheOldestThatAsksNothingForOneTooMany) {
  Start({.max_connections = 2,
         .on_crowded = [this](const std::string& peer) { crowding_.push_back(peer); }});
  Client asks(server_->port());
  asks.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n");
  EXPECT_THAT(asks.ReadResponse(7), EndsWith("Healthy"));
  Client silent(server_->port());
  EXPECT_THAT(Exchange("GET / HTTP/1.0\r\n\r\n"), EndsWith("Healthy"));
  EXPECT_EQ(silent.ReadAll(), "");
  asks.Send("Host: h\r\n\r\n");
  EXPECT_THAT(asks.ReadResponse(7), EndsWith("Healthy"));
  StopServer();
  EXPECT_THAT(crowding_, ElementsAre(StartsWith("127.0.0.1:")));
}

TEST_F(HttpServerTest, ServesTheNewestWhileOthersHoldEveryPlace) {
  Start({.max_connections = 3});
  std::list<Client> idle;
  for (int i = 0; i < 20; ++i) {
    idle.emplace_back(server_->port()).Send(i % 2 == 0 ? "" : "GET / HTTP/1.1\r\n");
    EXPECT_THAT(Exchange("GET / HTTP/1.0\r\n\r\n"), EndsWith("Healthy")) << i;
  }
}

TEST_F(HttpServerTest, StopClosesConnectionsAndFreesThePort) {
  Start();
  Client client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(7), EndsWith("Healthy"));
  const std::uint16_t port = server_->port();
  StopServer();
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_TRUE(HttpServer::Listen(context_.get_executor(), {.address = "127.0.0.1", .port = port},
                                 [](const HttpRequest&) { return HttpResponse{}; })
                  .has_value());
}

asio::awaitable<HttpResponse> AnswerLate(std::promise<void>& asked, Event answer) {
  asked.set_value();
  co_await answer.WaitUntil(TimePoint::max());
  co_return HttpResponse{.body = "Healthy"};
}

TEST(HttpServerCrowdTest, RefusesOneTooManyWhileAllAreBeingAnswered) {
  asio::io_context context;
  auto work = asio::make_work_guard(context);
  Event answer;
  std::promise<void> asked;
  auto server = HttpServer::ListenAsync(
                    context.get_executor(), {.address = "127.0.0.1", .max_connections = 1},
                    [&](const HttpRequest&) { return AnswerLate(asked, answer); })
                    .value();
  server->Start();
  std::jthread thread([&context] { context.run(); });
  Client first(server->port());
  first.Send("GET / HTTP/1.0\r\n\r\n");
  asked.get_future().wait();
  Client second(server->port());
  EXPECT_EQ(second.ReadAll(), "");
  asio::post(context, [&answer] { answer.Notify(); });
  EXPECT_THAT(first.ReadAll(), EndsWith("Healthy"));
  asio::co_spawn(context, server->Stop(), asio::use_future).get();
  work.reset();
}

TEST(HttpServerListenTest, SaysThatItCannotHaveAPort) {
  asio::io_context context;
  const auto handler = [](const HttpRequest&) { return HttpResponse{}; };
  auto first =
      HttpServer::Listen(context.get_executor(), {.address = "127.0.0.1"}, handler).value();
  const std::uint16_t taken = first->port();
  const auto second =
      HttpServer::Listen(context.get_executor(), {.address = "127.0.0.1", .port = taken}, handler);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(
      HttpServer::Listen(context.get_executor(), {.address = "localhost"}, handler).error().code,
      ErrorCode::kMalformed);
}

TEST_F(HttpServerTest, AnswersInStepsOfTheThrottle) {
  Start({.throttle = &throttle_});
  Client client(server_->port());
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  client.Send(request);
  EXPECT_THAT(client.ReadResponse(reply_.body.size()), StartsWith("HTTP/1.1 200"));
  const auto began = std::chrono::steady_clock::now();
  Charge(15ms);
  client.Send(request);
  EXPECT_THAT(client.ReadResponse(reply_.body.size()), StartsWith("HTTP/1.1 200"));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 15ms);
}

/// What a client of TLS gets for its request; empty where it gets nothing.
std::string ExchangeByTls(std::uint16_t port, const std::string& request) {
  asio::io_context context;
  asio::ssl::context tls(asio::ssl::context::tls_client);
  asio::ssl::stream<tcp::socket> stream(context, tls);
  stream.next_layer().connect({asio::ip::address_v4::loopback(), port});
  boost::system::error_code error;
  stream.handshake(asio::ssl::stream_base::client, error);
  std::string text;
  if (!error) asio::write(stream, asio::buffer(request), error);
  if (!error) asio::read(stream, asio::dynamic_buffer(text), error);
  return text;
}

/// A client of TLS that asks several times; its handshake is done.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port) : stream_(context_, tls_) {
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
    stream_.handshake(asio::ssl::stream_base::client);
  }

  /// The header of the response; empty where there is none.
  std::string Ask(const std::string& request) {
    boost::system::error_code error;
    std::string text;
    asio::write(stream_, asio::buffer(request), error);
    if (!error) asio::read_until(stream_, asio::dynamic_buffer(text), "\r\n\r\n", error);
    return error ? "" : text;
  }

 private:
  asio::io_context context_;
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  asio::ssl::stream<tcp::socket> stream_;
};

TEST_F(HttpServerTest, TakesAnyNumberOfRequestsOnAConnectionOfTls) {
  const TestCertificate own = TestCertificate::Make();
  reply_ = {.status = 204, .content_type = "", .body = ""};
  Start({.throttle = &throttle_,
         .tls = [&own] { return TlsServer::Make(own.certificate, own.key).value(); }});
  TlsClient client(server_->port());
  const std::string request = "POST /w HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n";
  for (int i = 0; i < 10; ++i) {
    ASSERT_THAT(client.Ask(request + std::string(60'000, 'b')), StartsWith("HTTP/1.1 204")) << i;
  }
}

TEST_F(HttpServerTest, SpeaksTlsWithTheCertificateOfTheMoment) {
  const TestCertificate own = TestCertificate::Make();
  Start({.throttle = &throttle_,
         .tls = [server = TlsServer::Make(own.certificate, own.key).value()] { return server; },
         .on_tls_failure = [this](const std::string&,
                                  const Error& error) { tls_failures_.push_back(error.context); }});
  const std::string body(50'000, 'b');  // several records
  EXPECT_THAT(
      ExchangeByTls(server_->port(), "POST /w HTTP/1.0\r\nContent-Length: 50000\r\n\r\n" + body),
      EndsWith("Healthy"));
  EXPECT_EQ(LastRequest().body, body);
  EXPECT_EQ(Exchange("GET / HTTP/1.0\r\n\r\n"), "") << "it is not TLS";
  const auto probe = std::make_unique<Client>(server_->port());  // says nothing
  EXPECT_THAT(ExchangeByTls(server_->port(), "GET / HTTP/1.0\r\n\r\n"), EndsWith("Healthy"));
  StopServer();
  EXPECT_THAT(tls_failures_, ElementsAre(StartsWith("TLS: ")));
}

TEST_F(HttpServerTest, LetsGoWhoDoesNotFinishTheHandshake) {
  const TestCertificate own = TestCertificate::Make();
  Start({.idle = 50ms, .throttle = &throttle_, .tls = [&own] {
           return TlsServer::Make(own.certificate, own.key).value();
         }});
  EXPECT_EQ(Exchange("\x16\x03\x01"), "");
}

TEST_F(HttpServerTest, LetsGoWhoDoesNotBeginTheHandshake) {
  const TestCertificate own = TestCertificate::Make();
  Start({.first_byte = 20ms, .idle = 5s, .throttle = &throttle_, .tls = [&own] {
           return TlsServer::Make(own.certificate, own.key).value();
         }});
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(Exchange(""), "");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST_F(HttpServerTest, GivesUpWhoSaysNothingBeforeWhoSpeaksTls) {
  const TestCertificate own = TestCertificate::Make();
  Start({.max_connections = 2, .first_byte = 20s, .throttle = &throttle_, .tls = [&own] {
           return TlsServer::Make(own.certificate, own.key).value();
         }});
  TlsClient speaks(server_->port());
  std::list<Client> silent;
  for (int i = 0; i < 5; ++i) silent.emplace_back(server_->port());
  for (int i = 0; i < 4; ++i, silent.pop_front()) EXPECT_EQ(silent.front().ReadAll(), "");
  EXPECT_THAT(speaks.Ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace ingress::net
