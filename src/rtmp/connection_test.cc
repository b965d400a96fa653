#include "rtmp/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/await.h"
#include "net/event.h"
#include "net/step_throttle.h"
#include "net/tcp_stream.h"
#include "rtmp/testing/scripted_client.h"

namespace ingress::rtmp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Cause = PublishEnd::Cause;

class RecordingSink : public PublishSink {
 public:
  asio::awaitable<std::expected<void, Refusal>> OnPublish(PublishRequest request) override {
    requests.push_back(std::move(request));
    co_await released_.WaitUntilTrue([this] { return !hold; });
    if (on_decision) on_decision();
    co_return decision;
  }
  void OnClosing() override { ++closings; }
  void OnMedia(MediaMessage message) override {
    media.push_back(std::move(message));
    if (on_media) on_media();
  }
  void OnEnd(PublishEnd end) override { ends.push_back(std::move(end)); }
  void OnBuffered(std::size_t bytes) override { buffered = std::max(buffered, bytes); }
  void OnBatchInterval(std::chrono::milliseconds interval) override {
    intervals.push_back(interval);
  }

  void Release() {
    hold = false;
    released_.Notify();
  }

  std::expected<void, Refusal> decision;
  bool hold = false;  // OnPublish waits for Release()
  int closings = 0;
  std::vector<std::chrono::milliseconds> intervals;  // at which it was read
  std::function<void()> on_media;
  std::function<void()> on_decision;
  std::vector<PublishRequest> requests;
  std::vector<MediaMessage> media;
  std::vector<PublishEnd> ends;
  std::size_t buffered = 0;  // at most

 private:
  net::Event released_;
};

class ConnectionTest : public ::testing::Test {
 protected:
  /// Serves one connection while `client` runs, until both are done.
  void Serve(asio::awaitable<void> client, ConnectionLimits limits = {}) {
    asio::co_spawn(context_, AcceptAndRun(limits), Rethrow);
    asio::co_spawn(context_, std::move(client), Rethrow);
    context_.run_for(20s);
    ASSERT_TRUE(outcome_.has_value()) << "Run() did not return";
  }

  asio::awaitable<void> ConnectSocket() {
    co_await socket_.async_connect(acceptor_.local_endpoint(), asio::use_awaitable);
  }

  asio::awaitable<void> Write(Bytes bytes) {
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
  }

  /// Up to the request for a publish.
  asio::awaitable<void> StartPublish() {
    co_await ConnectSocket();
    co_await Write(ScriptedClient::Handshake() + script_.Connect("live") +
                   script_.Command({"createStream", 2, amf::Null{}}) + script_.Publish("key"));
  }

  /// Reads until an onStatus comes; the code is in status_.
  asio::awaitable<void> ReadStatus() {
    while (status_.empty()) {
      Bytes bytes(4096);
      const std::size_t size =
          co_await socket_.async_read_some(asio::buffer(bytes), asio::use_awaitable);
      NoteStatus(ByteView(bytes).first(size));
    }
  }

  /// Reads until the server closes; the error is eof after an orderly close.
  asio::awaitable<void> ReadToEnd() {
    while (!end_) {
      Bytes bytes(4096);
      const auto [error, size] = co_await socket_.async_read_some(asio::buffer(bytes), net::kAwait);
      NoteStatus(ByteView(bytes).first(size));
      if (error) end_ = error;
    }
    socket_.close();
  }

  void NoteStatus(ByteView bytes) {
    for (const Message& message : script_.Read(bytes)) {
      if (message.type != MessageType::kCommandAmf0) continue;
      const auto command = ParseCommand(message.payload);
      if (!command || command->name != "onStatus") continue;
      status_ = *command->Argument(1).Find("code")->AsString();
    }
  }

  static void Rethrow(const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  }

  asio::awaitable<void> AcceptAndRun(ConnectionLimits limits) {
    auto accepted = co_await acceptor_.async_accept(asio::use_awaitable);
    if (send_buffer_ > 0) accepted.set_option(asio::socket_base::send_buffer_size(send_buffer_));
    if (receive_buffer_ > 0) {
      accepted.set_option(asio::socket_base::receive_buffer_size(receive_buffer_));
    }
    const Connection::Peer peer{.name = "192.0.2.7:40000", .address = "192.0.2.7"};
    connection_.emplace(std::make_unique<net::TcpStream>(std::move(accepted)), peer, sink_,
                        throttle_, limits);
    outcome_ = co_await connection_->Run();
  }

  asio::io_context context_;
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  tcp::socket socket_{context_};
  RecordingSink sink_;
  net::StepThrottle throttle_{context_.get_executor()};
  ScriptedClient script_;
  int send_buffer_ = 0;  // of the server, in bytes; 0: the system's
  int receive_buffer_ = 0;
  std::size_t sent_ = 0;  // by SendOnAndOn(), after its request
  std::string status_;
  boost::system::error_code end_;
  std::optional<Connection> connection_;
  std::optional<Result<void>> outcome_;

  // The clients of the tests.
  asio::awaitable<void> PublishThenUnpublish() {
    co_await StartPublish();
    co_await ReadStatus();
    co_await Write(script_.Send(MessageType::kVideo, 6, 1, Bytes(1000, 0x17), 40) +
                   script_.Command({"deleteStream", 0, amf::Null{}, 1}));
    socket_.close();
  }
  asio::awaitable<void> IsRefusedAndStays() {
    co_await StartPublish();
    const TimePoint began = Clock::now();
    co_await ReadStatus();
    while (!outcome_) co_await asio::post(asio::use_awaitable);
    EXPECT_LT(Clock::now() - began, 900ms) << "it waited for the client to hang up";
  }
  asio::awaitable<void> PublishWhileAStrangerWorks() {
    co_await StartPublish();
    co_await ReadStatus();
    net::StepThrottle::Waiter stranger(throttle_, "192.0.2.8");
    const auto step = co_await stranger.Begin();
    co_await Write(script_.Send(MessageType::kVideo, 6, 1, Bytes(1000, 0x17), 40) +
                   script_.Command({"deleteStream", 0, amf::Null{}, 1}));
    socket_.shutdown(tcp::socket::shutdown_send);
    co_await ReadToEnd();
  }
  asio::awaitable<void> PublishThenReadToEnd() {
    co_await StartPublish();
    co_await Write(script_.Send(MessageType::kVideo, 6, 1, {0x27, 0x01, 0, 0, 0, 0x41}));
    co_await ReadToEnd();
  }
  asio::awaitable<void> UnpublishWhileMediaGathers() {
    co_await StartPublish();
    co_await Write(script_.Send(MessageType::kVideo, 6, 1, {0x27, 0x01, 0, 0, 0, 0x41}));
    while (sink_.intervals.empty()) co_await asio::post(asio::use_awaitable);
    co_await Write(script_.Command({"deleteStream", 0, amf::Null{}, 1}));
    connection_->SetBatchInterval(0ms);
    while (sink_.ends.empty()) co_await asio::post(asio::use_awaitable);
    socket_.close();
  }
  asio::awaitable<void> PublishThenReset() {
    co_await StartPublish();
    co_await ReadStatus();
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }
  asio::awaitable<void> LeaveBeforeTheDecision() {
    co_await StartPublish();
    socket_.shutdown(tcp::socket::shutdown_send);
    co_await ReadToEnd();
    EXPECT_EQ(sink_.closings, 1) << "the sink decides in vain";
    sink_.Release();
  }
  asio::awaitable<void> SendMuchBeforeTheDecision() {
    socket_.open(tcp::v4());
    socket_.set_option(asio::socket_base::send_buffer_size(200 * 1024));  // what is not read waits
    co_await StartPublish();
    co_await Write(script_.SetChunkSize(65536));
    for (int i = 0; i < 5; ++i) {
      co_await Write(script_.Send(MessageType::kVideo, 6, 1, Bytes(60 * 1024)));
    }
    EXPECT_THAT(sink_.media, IsEmpty());
    sink_.Release();
    co_await ReadStatus();
    // A close with unread input would be a reset, which takes along what is still to be sent.
    socket_.shutdown(tcp::socket::shutdown_send);
    co_await ReadToEnd();
  }
  asio::awaitable<void> AskMuchAndReadNothing() {
    socket_.open(tcp::v4());
    socket_.set_option(asio::socket_base::receive_buffer_size(4096));
    co_await StartPublish();
    co_await Write(script_.Send(MessageType::kVideo, 6, 1, {0x27, 0x01, 0, 0, 0, 0x41}));
    const Bytes ping = script_.Send(MessageType::kUserControl, 2, 0, {0, 6, 0, 0, 0, 1});
    Bytes pings;
    for (int i = 0; i < 15'000; ++i) pings = std::move(pings) + ping;
    co_await Write(std::move(pings));
    co_await Write(script_.Send(MessageType::kVideo, 6, 1, {0x27, 0x01, 0, 0, 0, 0x41}) +
                   script_.Command({"deleteStream", 0, amf::Null{}, 1}));
    socket_.shutdown(tcp::socket::shutdown_send);
    while (sink_.ends.empty()) co_await asio::post(asio::use_awaitable);
    socket_.close();
  }
  asio::awaitable<void> SendOnAndOn() {
    socket_.open(tcp::v4());
    socket_.set_option(asio::socket_base::send_buffer_size(32 * 1024));
    co_await StartPublish();
    const Bytes media = script_.Send(MessageType::kVideo, 6, 1, Bytes(4000, 0x17));
    constexpr std::size_t kNoEnd = std::size_t{64} << 20;
    for (boost::system::error_code error; !error && sent_ < kNoEnd; sent_ += media.size()) {
      std::tie(error, std::ignore) =
          co_await asio::async_write(socket_, asio::buffer(media), net::kAwait);
    }
    socket_.close();
  }
  asio::awaitable<void> SayThenIsAborted(Bytes bytes) {
    co_await ConnectSocket();
    co_await Write(std::move(bytes));
    co_await socket_.async_wait(tcp::socket::wait_read, asio::use_awaitable);  // it has answered
    connection_->Abort();
    co_await ReadToEnd();
  }
  asio::awaitable<void> IsAbortedBeforeTheDecision() {
    co_await StartPublish();
    while (sink_.requests.empty()) co_await asio::post(asio::use_awaitable);
    connection_->Abort();
    EXPECT_EQ(sink_.closings, 1);
    co_await ReadToEnd();
    EXPECT_FALSE(outcome_) << "the sink has not answered";
    sink_.Release();
  }
  asio::awaitable<void> SayThenReadToEnd(Bytes bytes) {
    co_await ConnectSocket();
    co_await Write(std::move(bytes));
    co_await ReadToEnd();
  }
};

TEST_F(ConnectionTest, RunsAPublishFromHandshakeToUnpublish) {
  Serve(PublishThenUnpublish());
  EXPECT_TRUE(outcome_->has_value());
  EXPECT_EQ(status_, "NetStream.Publish.Start");
  ASSERT_THAT(sink_.requests, SizeIs(1));
  EXPECT_EQ(sink_.requests[0].stream_key, "key");
  EXPECT_EQ(sink_.requests[0].peer, "192.0.2.7:40000");
  ASSERT_THAT(sink_.media, SizeIs(1));
  EXPECT_EQ(sink_.media[0].timestamp, 40u);
  EXPECT_EQ(sink_.media[0].payload, Bytes(1000, 0x17));
  ASSERT_THAT(sink_.ends, SizeIs(1));
  EXPECT_EQ(sink_.ends[0].cause, Cause::kUnpublished);
}

TEST_F(ConnectionTest, TellsTheReasonOfARefusalThenCloses) {
  sink_.decision = std::unexpected(
      Refusal{.code = "NetStream.Publish.BadName", .description = "Unknown stream key."});
  Serve(PublishThenReadToEnd());
  EXPECT_TRUE(outcome_->has_value());
  EXPECT_EQ(status_, "NetStream.Publish.BadName");
  EXPECT_EQ(end_, asio::error::eof);
  EXPECT_THAT(sink_.media, IsEmpty());
  EXPECT_THAT(sink_.ends, IsEmpty());
}

TEST_F(ConnectionTest, DoesNotListenForLongToOneWhoIsRefusedAndSendsOn) {
  receive_buffer_ = 32 * 1024;
  sink_.decision = std::unexpected(
      Refusal{.code = "NetStream.Publish.BadName", .description = "Unknown stream key."});
  Serve(SendOnAndOn());
  EXPECT_TRUE(outcome_->has_value());
  EXPECT_LT(sent_, 2U << 20);
}

TEST_F(ConnectionTest, ClosesAtOnceWhereTheRefusalSaysSo) {
  sink_.decision = std::unexpected(Refusal{
      .code = "NetStream.Publish.BadName", .description = "Too many wrong keys.", .linger = false});
  Serve(IsRefusedAndStays());
  EXPECT_EQ(status_, "NetStream.Publish.BadName");
}

TEST_F(ConnectionTest, TakesAStrangersBytesInStepsOfTheThrottle) {
  throttle_.Charge(10ms);  // so it rests
  const TimePoint began = Clock::now();
  Serve(PublishThenUnpublish());
  EXPECT_EQ(status_, "NetStream.Publish.Start");
  EXPECT_GE(Clock::now() - began, 10ms);
}

TEST_F(ConnectionTest, TakesAnEncodersBytesWhateverStrangersDo) {
  Serve(PublishWhileAStrangerWorks());
  EXPECT_THAT(sink_.media, SizeIs(1));
  EXPECT_THAT(sink_.ends, SizeIs(1));
}

TEST_F(ConnectionTest, ClosesFromOurSideWithAStatus) {
  sink_.on_media = [this] {
    connection_->Close("NetConnection.Connect.Closed", "The ingress was deleted.");
    connection_->Close("again", "");
  };
  Serve(PublishThenReadToEnd());
  EXPECT_TRUE(outcome_->has_value());
  EXPECT_EQ(status_, "NetConnection.Connect.Closed");
  EXPECT_EQ(end_, asio::error::eof);
  ASSERT_THAT(sink_.ends, SizeIs(1));
  EXPECT_EQ(sink_.ends[0].cause, Cause::kClosedByUs);
}

TEST_F(ConnectionTest, ReportsAResetAsADisconnect) {
  Serve(PublishThenReset());
  EXPECT_TRUE(outcome_->has_value());
  ASSERT_THAT(sink_.ends, SizeIs(1));
  EXPECT_EQ(sink_.ends[0].cause, Cause::kDisconnected);
}

TEST_F(ConnectionTest, EndsAPublishWhoseEncoderLeftBeforeItWasAccepted) {
  sink_.hold = true;
  Serve(LeaveBeforeTheDecision());
  ASSERT_THAT(sink_.ends, SizeIs(1));
  EXPECT_EQ(sink_.ends[0].cause, Cause::kDisconnected);
}

TEST_F(ConnectionTest, LosesNothingWhenTheDecisionIsSlow) {
  sink_.hold = true;
  Serve(SendMuchBeforeTheDecision());
  EXPECT_THAT(sink_.media, SizeIs(5));
  EXPECT_THAT(sink_.ends, SizeIs(1));
}

TEST_F(ConnectionTest, KeepsLittleOfAStranger) {
  sink_.hold = true;
  Serve(SendMuchBeforeTheDecision());
  EXPECT_GT(sink_.buffered, 0u);
  EXPECT_LE(sink_.buffered, 2 * kMaxStrangerBytes);
}

TEST_F(ConnectionTest, EndsAtOnceWhenItIsAborted) {
  Serve(SayThenIsAborted(ScriptedClient::Handshake() + script_.Connect("live")));
  EXPECT_TRUE(*outcome_);
  EXPECT_EQ(end_, asio::error::connection_reset);
}

TEST_F(ConnectionTest, AbortsWhileTheSinkDecides) {
  sink_.hold = true;
  sink_.decision = {};
  Serve(IsAbortedBeforeTheDecision());
  EXPECT_TRUE(*outcome_);
  EXPECT_EQ(end_, asio::error::connection_reset);
  ASSERT_THAT(sink_.ends, SizeIs(1)) << "it was accepted after all";
  EXPECT_EQ(sink_.ends[0].cause, Cause::kClosedByUs);
}

TEST_F(ConnectionTest, LosesNothingThatGathers) {
  sink_.on_decision = [this] { connection_->SetBatchInterval(2ms); };
  sink_.hold = true;
  Serve(SendMuchBeforeTheDecision());
  EXPECT_THAT(sink_.media, SizeIs(5));
  ASSERT_THAT(sink_.ends, SizeIs(1));
  EXPECT_EQ(sink_.ends[0].cause, Cause::kDisconnected);
  EXPECT_THAT(sink_.intervals, ElementsAre(2ms));
}

TEST_F(ConnectionTest, ReadsAtOnceAgainWhenItIsToldSo) {
  sink_.on_media = [this] { connection_->SetBatchInterval(1h); };
  Serve(UnpublishWhileMediaGathers());
  EXPECT_THAT(sink_.intervals, ElementsAre(1h, 0ms));
  ASSERT_THAT(sink_.ends, SizeIs(1));
  EXPECT_EQ(sink_.ends[0].cause, Cause::kUnpublished);
}

TEST_F(ConnectionTest, TakesTheMediaOfAnEncoderThatNeverReads) {
  send_buffer_ = 4096;
  Serve(AskMuchAndReadNothing());
  EXPECT_THAT(sink_.media, SizeIs(2));
  ASSERT_THAT(sink_.ends, SizeIs(1));
  EXPECT_EQ(sink_.ends[0].cause, Cause::kUnpublished);
}

TEST_F(ConnectionTest, ClosesWhileMediaGathers) {
  sink_.on_media = [this] {
    connection_->SetBatchInterval(1h);
    asio::post(context_, [this] { connection_->Close("NetConnection.Connect.Closed", ""); });
  };
  Serve(PublishThenReadToEnd());
  EXPECT_TRUE(outcome_->has_value());
  EXPECT_EQ(end_, asio::error::eof);
}

TEST_F(ConnectionTest, ReportsTlsOnThePlainPort) {
  Serve(SayThenReadToEnd({0x16, 0x03, 0x01}));
  ASSERT_FALSE(outcome_->has_value());
  EXPECT_EQ(outcome_->error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(outcome_->error().context, HasSubstr("TLS"));
}

TEST_F(ConnectionTest, EndsAConnectionThatMissesItsDeadline) {
  Serve(SayThenReadToEnd({0x03}), {.handshake = 0s});
  ASSERT_FALSE(outcome_->has_value());
  EXPECT_EQ(outcome_->error().code, ErrorCode::kTimeout);
}

TEST_F(ConnectionTest, EndsAnIdlePublish) {
  Serve(PublishThenReadToEnd(), {.idle = 0s});
  ASSERT_FALSE(outcome_->has_value());
  EXPECT_EQ(outcome_->error().code, ErrorCode::kTimeout);
  ASSERT_THAT(sink_.ends, SizeIs(1));
  EXPECT_EQ(sink_.ends[0].cause, Cause::kTimedOut);
  EXPECT_EQ(status_, "NetStream.Failed");
}

}  // namespace
}  // namespace ingress::rtmp
