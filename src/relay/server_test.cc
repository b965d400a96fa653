#include "relay/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "relay/testing/test_peer.h"
#include "relay/testing/test_tags.h"

namespace ingress::relay {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;
namespace asio = boost::asio;

constexpr auto kGuard = 20s;  // only a broken test waits this long

class ServerTest : public ::testing::Test {
 protected:
  ~ServerTest() override {
    if (!server_) return;
    server_->Stop();
    RunUntil(server_done_);
    EXPECT_TRUE(server_done_);
  }

  void Start(Server::Options options = {}) {
    auto made = Server::Make(io_.get_executor(), options);
    ASSERT_TRUE(made) << made.error().context;
    server_ = std::move(*made);
    asio::co_spawn(io_, server_->Run(), [this](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
      server_done_ = true;
    });
    feed_ = server_->Open("RES_1", "secret");
  }

  /// Runs everything until `task` has its result.
  template <typename T>
  T Await(asio::awaitable<T> task) {
    std::optional<T> result;
    bool done = false;
    asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& error, T value) {
      if (error) std::rethrow_exception(error);
      result = std::move(value);
      done = true;
    });
    RunUntil(done);
    EXPECT_TRUE(done) << "nothing came";
    return result.value_or(T{});
  }

  void RunUntil(const bool& done) {
    RunUntil([&done] { return done; });
  }
  void RunUntil(const std::function<bool()>& condition) {
    const auto limit = std::chrono::steady_clock::now() + kGuard;
    while (!condition() && std::chrono::steady_clock::now() < limit) io_.run_one_until(limit);
  }
  void RunUntilMainReaderLeft() {
    RunUntil([this] { return !feed_->counters().main_reader; });
  }

  Peer Connect() { return {io_.get_executor(), server_->port()}; }

  Peer ConnectAndGet(std::string_view target = "/rtmp/RES_1?token=secret") {
    Peer peer = Connect();
    peer.Get(target);
    EXPECT_TRUE(Await(peer.ReadUntil("FLV")));
    return peer;
  }

  std::string StatusOf(std::string_view request) {
    Peer peer = Connect();
    peer.Send(request);
    const std::string reply = Await(peer.ReadToEnd());
    return reply.substr(0, reply.find("\r\n"));
  }

  asio::io_context io_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Feed> feed_;
  bool server_done_ = false;
};

TEST_F(ServerTest, AnswersWithFlvInChunks) {
  Start();
  feed_->Push(Metadata(0));
  feed_->Push(VideoHeader(0));
  feed_->Push(Key(40));
  feed_->End();
  Peer peer = Connect();
  peer.Get("/rtmp/RES_1?token=secret");
  const std::string reply = Await(peer.ReadToEnd());
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n"));
  EXPECT_NE(reply.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  const std::string_view file_header("\r\n\r\nd\r\nFLV\x01\x05\0\0\0\x09\0\0\0\0\r\n", 22);
  EXPECT_NE(reply.find(file_header), std::string::npos);
  EXPECT_THAT(peer.Tags(), ElementsAre("m@0", "hv@0", "K@40"));
  EXPECT_TRUE(peer.complete());
}

TEST_F(ServerTest, RefusesWithAStatus) {
  Start({.request_deadline = 200ms});
  const struct {
    std::string request;
    std::string status;
  } cases[] = {
      {"GET /rtmp/RES_2?token=secret HTTP/1.1\r\n\r\n", "404 Not Found"},
      {"GET /rtmp/RES_1?token=secreT HTTP/1.1\r\n\r\n", "403 Forbidden"},
      {"GET /rtmp/RES_1 HTTP/1.1\r\n\r\n", "403 Forbidden"},
      {"GET /rtmp/RES_1/video?token=secret HTTP/1.1\r\n\r\n", "404 Not Found"},
      {"GET / HTTP/1.1\r\n\r\n", "404 Not Found"},
      {"POST /rtmp/RES_1?token=secret HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
       "405 Method Not Allowed"},
      {"HEAD /rtmp/RES_1?token=secret HTTP/1.1\r\n\r\n", "405 Method Not Allowed"},
      {"GET * HTTP/1.1\r\n\r\n", "400 Bad Request"},
      {"nonsense\r\n\r\n", "400 Bad Request"},
      {"GET / HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n",
       "431 Request Header Fields Too Large"},
      {"GET /rtmp/RES_1?tok", "408 Request Timeout"},
  };
  for (const auto& c : cases) EXPECT_EQ(StatusOf(c.request), "HTTP/1.1 " + c.status) << c.request;
  EXPECT_FALSE(feed_->counters().main_reader);
}

TEST_F(ServerTest, ServesHttp10WithoutChunks) {
  Start();
  feed_->Push(Key(40));
  feed_->End();
  Peer peer = Connect();
  peer.Send("GET /rtmp/RES_1?token=secret HTTP/1.0\r\n\r\n");
  const std::string reply = Await(peer.ReadToEnd());
  EXPECT_THAT(reply, StartsWith("HTTP/1.0 200 OK\r\n"));
  EXPECT_EQ(reply.find("chunked"), std::string::npos);
  const std::size_t body = reply.find("\r\n\r\n") + 4;
  EXPECT_EQ(reply.substr(body, 3), "FLV");
  EXPECT_EQ(reply.size() - body, 13 + 11 + Key(40).payload.size() + 4);
}

TEST_F(ServerTest, WritesAGroupWhenItIsComplete) {
  Start();
  feed_->SetGrouping(true);
  feed_->Push(Audio(0));
  Peer peer = ConnectAndGet();
  EXPECT_THAT(Await(peer.ReadTags(1)), ElementsAre("a@0"));
  feed_->Push(Audio(20));
  feed_->Push(Audio(40));
  EXPECT_GT(feed_->counters().lag, 0ms);
  feed_->OnReadDone();
  EXPECT_EQ(feed_->counters().lag, 0ms);
  EXPECT_THAT(Await(peer.ReadTags(3)), ElementsAre("a@0", "a@20", "a@40"));
}

TEST_F(ServerTest, WritesATagAsSoonAsItIsPushed) {
  Start();
  Peer peer = ConnectAndGet();
  for (std::uint32_t i = 1; i <= 5; ++i) {
    feed_->Push(Audio(20 * i));
    EXPECT_EQ(Await(peer.ReadTags(i)).size(), i);
  }
  EXPECT_EQ(feed_->counters().tags, 5U);
  EXPECT_TRUE(feed_->counters().main_reader);
}

TEST_F(ServerTest, EndsTheBodyInOrderWhenThePublishEnds) {
  Start();
  Peer peer = ConnectAndGet();
  feed_->Push(Key(0));
  feed_->End();
  feed_->Push(Key(40));
  Await(peer.ReadToEnd());
  EXPECT_THAT(peer.Tags(), ElementsAre("K@0"));
  EXPECT_TRUE(peer.complete());
  EXPECT_EQ(StatusOf("GET /rtmp/RES_1?token=secret HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 Not Found");
}

TEST_F(ServerTest, EndsReadersAndForgetsTheResourceWhenTheFeedGoes) {
  Start();
  Peer peer = ConnectAndGet();
  feed_->Push(Key(0));
  feed_.reset();
  Await(peer.ReadToEnd());
  EXPECT_THAT(peer.Tags(), ElementsAre("K@0"));
  EXPECT_TRUE(peer.complete());
  EXPECT_EQ(StatusOf("GET /rtmp/RES_1?token=secret HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 Not Found");
}

TEST_F(ServerTest, LetsANewerFeedTakeANameOver) {
  Start();
  auto newer = server_->Open("RES_1", "other");
  feed_.reset();
  Peer peer = ConnectAndGet("/rtmp/RES_1?token=other");
  newer->Push(Key(0));
  EXPECT_THAT(Await(peer.ReadTags(1)), ElementsAre("K@0"));
}

TEST_F(ServerTest, ServesFurtherReadersAsTaps) {
  Start();
  Peer main = ConnectAndGet();
  for (const flv::Tag& tag : {VideoHeader(0), Key(0), Inter(40), Key(80), Inter(120)}) {
    feed_->Push(tag);
  }
  EXPECT_THAT(Await(main.ReadTags(5)), ElementsAre("hv@0", "K@0", "i@40", "K@80", "i@120"));
  Peer tap = ConnectAndGet();
  EXPECT_THAT(Await(tap.ReadTags(3)), ElementsAre("hv@0", "K@80", "i@120"));
  EXPECT_EQ(feed_->counters().taps, 1U);

  tap.Close();
  feed_->Push(Inter(160));
  EXPECT_EQ(Await(main.ReadTags(6)).back(), "i@160");
}

TEST_F(ServerTest, KeepsTheMainPlaceForTheHandlerWhenATapAsksFirst) {
  Start();
  feed_->Push(Key(0));
  feed_->Push(Key(40));
  Peer tap = ConnectAndGet("/rtmp/RES_1?token=secret&tap=1");
  Peer main = ConnectAndGet();
  EXPECT_THAT(Await(tap.ReadTags(1)), ElementsAre("K@40"));
  EXPECT_THAT(Await(main.ReadTags(2)), ElementsAre("K@0", "K@40"));
}

TEST_F(ServerTest, StartsOverWithANewGeneration) {
  Start();
  Peer old_reader = ConnectAndGet();
  feed_->Push(VideoHeader(0));
  feed_->Push(Key(0));
  feed_->NewGeneration();
  feed_->Push(Key(7));
  Await(old_reader.ReadToEnd());
  EXPECT_THAT(old_reader.Tags(), ElementsAre("hv@0", "K@0"));
  EXPECT_TRUE(old_reader.complete());

  Peer new_reader = ConnectAndGet();
  EXPECT_THAT(Await(new_reader.ReadTags(1)), ElementsAre("K@7"));
  EXPECT_TRUE(feed_->counters().main_reader);
  EXPECT_EQ(feed_->counters().tags, 3U);
}

TEST_F(ServerTest, TheMainReaderWaitsForAnEncoderThatMayComeBack) {
  Start();
  Peer first = ConnectAndGet();
  feed_->Push(Key(0));
  feed_->Pause();
  Await(first.ReadToEnd());
  EXPECT_TRUE(first.complete());
  EXPECT_EQ(StatusOf("GET /rtmp/RES_1?token=secret&tap=1 HTTP/1.1\r\n\r\n"),
            "HTTP/1.1 404 Not Found");

  Peer again = ConnectAndGet();
  feed_->NewGeneration();
  feed_->Push(Key(7));
  EXPECT_THAT(Await(again.ReadTags(1)), ElementsAre("K@7"));
}

TEST_F(ServerTest, AnEncoderThatDoesNotComeBackLeavesAnEmptyBody) {
  Start();
  Peer first = ConnectAndGet();
  feed_->Push(Key(0));
  feed_->Pause();
  Await(first.ReadToEnd());
  Peer again = ConnectAndGet();
  feed_->End();
  Await(again.ReadToEnd());
  EXPECT_TRUE(again.complete());
  EXPECT_TRUE(again.Tags().empty());
  EXPECT_EQ(StatusOf("GET /rtmp/RES_1?token=secret HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 Not Found");
}

TEST_F(ServerTest, NoticesThatTheMainReaderHasGone) {
  Start();
  Peer main = ConnectAndGet();
  Peer tap = ConnectAndGet("/rtmp/RES_1?token=secret&tap=1");
  EXPECT_TRUE(feed_->counters().main_reader);
  main.Close();
  RunUntilMainReaderLeft();
  EXPECT_FALSE(feed_->counters().main_reader);
  EXPECT_EQ(feed_->counters().taps, 1U);
}

TEST_F(ServerTest, DropsAReaderThatTakesNothingAndNeverBlocksThePublisher) {
  Start({.buffer = {.bytes = 1 << 20, .media = 30s}, .write_deadline = 200ms});
  Peer main = ConnectAndGet();
  for (std::uint32_t i = 0; i < 100; ++i) {
    feed_->Push(i % 10 == 0 ? Key(i * 40, 100'000) : Inter(i * 40, 100'000));
    io_.poll();
  }
  EXPECT_LE(feed_->counters().queued_bytes, 1U << 20);
  EXPECT_GT(feed_->counters().dropped.bytes_cap, 50U);
  EXPECT_TRUE(feed_->counters().main_reader);
  RunUntilMainReaderLeft();
  EXPECT_FALSE(feed_->counters().main_reader);
}

TEST_F(ServerTest, ResumesASlowReaderAtAKeyFrame) {
  Start({.buffer = {.bytes = 1 << 20, .media = 30s}});
  Peer main = ConnectAndGet();
  for (std::uint32_t i = 0; i < 100; ++i) {
    feed_->Push(i % 10 == 0 ? Key(i * 40, 100'000) : Inter(i * 40, 100'000));
    io_.poll();
  }
  feed_->End();
  Await(main.ReadToEnd());
  EXPECT_TRUE(main.complete());
  const std::vector<std::string> tags = main.Tags();
  ASSERT_FALSE(tags.empty());
  EXPECT_EQ(tags.size() + feed_->counters().dropped.total(), 100U);
  EXPECT_EQ(tags.back(), "i@3960");
  std::uint32_t gaps = 0;
  for (std::size_t i = 1; i < tags.size(); ++i) {
    const int step = std::stoi(tags[i].substr(2)) - std::stoi(tags[i - 1].substr(2));
    if (step == 40) continue;
    ++gaps;
    EXPECT_EQ(tags[i][0], 'K') << tags[i];
  }
  EXPECT_GE(gaps, 1U);
}

TEST_F(ServerTest, StopsWithReadersAttached) {
  Start();
  Peer peer = ConnectAndGet();
  Peer silent = Connect();
  server_->Stop();
  Await(peer.ReadToEnd());
  EXPECT_FALSE(peer.complete());  // the reader can tell a stop from an end
  RunUntil(server_done_);
  EXPECT_TRUE(server_done_);
  feed_->Push(Key(0));
}

TEST_F(ServerTest, ClosesTheOldestStrangerForANewcomer) {
  std::vector<std::string> crowding;
  Start({.max_strangers = 2,
         .on_crowded = [&](const std::string& peer) { crowding.push_back(peer); }});
  Peer first = Connect();
  Peer second = Connect();
  second.Get("/rtmp/RES_1?token=wrong");
  EXPECT_TRUE(Await(second.ReadUntil("403")));
  EXPECT_THAT(crowding, IsEmpty());
  Peer handler = ConnectAndGet();
  EXPECT_EQ(Await(first.ReadToEnd()), "");
  EXPECT_THAT(crowding, ElementsAre(StartsWith("127.0.0.1:")));
  EXPECT_TRUE(feed_->counters().main_reader);
}

TEST_F(ServerTest, AReaderWithARightTokenIsNoStranger) {
  Start({.max_strangers = 1});
  Peer handler = ConnectAndGet();
  for (int i = 0; i < 5; ++i) {
    Peer stranger = Connect();
    stranger.Send("GET ");
    EXPECT_TRUE(feed_->counters().main_reader);
    Peer tap = ConnectAndGet("/rtmp/RES_1?token=secret&tap=1");
  }
  feed_->Push(Key(0));
  EXPECT_THAT(Await(handler.ReadTags(1)), ElementsAre("K@0"));
}

TEST_F(ServerTest, RefusesConnectionsAboveItsLimit) {
  Start({.max_connections = 1});
  Peer peer = ConnectAndGet();
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 503 Service Unavailable");
}

TEST_F(ServerTest, SaysThatThePortIsTaken) {
  Start();
  const auto second = Server::Make(io_.get_executor(), {.port = server_->port()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace ingress::relay
