// The relay's endpoint read by the handler's client, over loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "relay/server.h"
#include "relay_client/stream_client.h"

namespace ingress {
namespace {

using namespace std::chrono_literals;
using relay_client::StreamClient;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
namespace asio = boost::asio;

constexpr auto kGuard = 20s;  // only a broken test waits this long

flv::Tag VideoTag(std::uint32_t timestamp, bool key, std::size_t size = 100) {
  flv::Tag tag{.type = flv::TagType::kVideo, .timestamp = timestamp, .payload = Bytes(size)};
  for (std::size_t i = 0; i < size; ++i)
    tag.payload[i] = static_cast<std::uint8_t>(i * 7 + timestamp);
  const Bytes head = {static_cast<std::uint8_t>(key ? 0x17 : 0x27), 0x01, 0, 0, 0};
  std::copy(head.begin(), head.end(), tag.payload.begin());
  return tag;
}

class RelayStreamTest : public ::testing::Test {
 protected:
  RelayStreamTest() {
    server_ = relay::Server::Make(io_.get_executor(), {}).value();
    asio::co_spawn(io_, server_->Run(), [this](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
      server_done_ = true;
    });
    feed_ = server_->Open("RES_1", "secret");
  }
  ~RelayStreamTest() override {
    server_->Stop();
    RunUntil([this] { return server_done_; });
  }

  template <typename Condition>
  void RunUntil(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + kGuard;
    io_.restart();
    while (!condition() && io_.run_one_until(limit) > 0) {
    }
    EXPECT_TRUE(condition()) << "nothing came";
  }

  template <typename T>
  std::shared_ptr<std::optional<T>> Begin(asio::awaitable<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    asio::co_spawn(io_, std::move(task), [result](const std::exception_ptr& error, T value) {
      if (error) std::rethrow_exception(error);
      *result = std::move(value);
    });
    return result;
  }

  template <typename T>
  T Await(asio::awaitable<T> task) {
    const auto result = Begin(std::move(task));
    RunUntil([&] { return result->has_value(); });
    return std::move(**result);
  }

  Result<std::unique_ptr<StreamClient>> Connect(std::string url,
                                                StreamClient::Options options = {}) {
    return Await(StreamClient::Connect(io_.get_executor(), std::move(url), options));
  }
  std::unique_ptr<StreamClient> ConnectToFeed() {
    return Connect(server_->Url("RES_1", "secret")).value();
  }

  asio::io_context io_;
  std::unique_ptr<relay::Server> server_;
  std::unique_ptr<relay::Feed> feed_;
  bool server_done_ = false;
};

TEST_F(RelayStreamTest, CarriesEveryTagUnchanged) {
  auto client = ConnectToFeed();
  std::vector<flv::Tag> sent;
  for (std::uint32_t i = 0; i < 200; ++i) {
    sent.push_back(VideoTag(0xfffffff0U + i * 40, i % 50 == 0, i % 50 == 0 ? 300'000 : 500));
    feed_->Push(sent.back());
    io_.poll();
  }
  feed_->End();

  std::vector<flv::Tag> received;
  while (true) {
    auto tags = Await(client->Read());
    ASSERT_TRUE(tags) << tags.error().context;
    if (tags->empty()) break;
    for (flv::Tag& tag : *tags) received.push_back(std::move(tag));
  }
  ASSERT_EQ(received.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(received[i].timestamp, sent[i].timestamp);
    EXPECT_EQ(received[i].payload, sent[i].payload);
  }
  EXPECT_THAT(Await(client->Read()).value(), IsEmpty());  // the end stays the end
}

TEST_F(RelayStreamTest, DeliversATagWithoutWaitingForTheNext) {
  auto client = ConnectToFeed();
  for (std::uint32_t i = 0; i < 5; ++i) {
    feed_->Push(VideoTag(i * 40, i == 0));
    EXPECT_THAT(Await(client->Read()).value(), SizeIs(1));
  }
}

TEST_F(RelayStreamTest, ReadsAnEmptyPublishToItsEnd) {
  feed_->End();
  EXPECT_THAT(Await(ConnectToFeed()->Read()).value(), IsEmpty());
}

TEST_F(RelayStreamTest, ReadsTheNextGenerationWithANewRequest) {
  auto first = ConnectToFeed();
  feed_->Push(VideoTag(0, true));
  feed_->NewGeneration();
  feed_->Push(VideoTag(7, true));
  EXPECT_EQ(Await(first->Read()).value().at(0).timestamp, 0U);
  EXPECT_THAT(Await(first->Read()).value(), IsEmpty());
  auto second = ConnectToFeed();
  EXPECT_EQ(Await(second->Read()).value().at(0).timestamp, 7U);
}

TEST_F(RelayStreamTest, TellsWhyItWasRefusedWithoutShowingTheToken) {
  const struct {
    std::string url;
    ErrorCode code;
  } cases[] = {
      {server_->Url("RES_1", "geheim"), ErrorCode::kUnauthorized},
      {server_->Url("RES_2", "geheim"), ErrorCode::kNotFound},
      {"http://127.0.0.1:1/rtmp/RES_1?token=geheim", ErrorCode::kUnavailable},
      {"https://127.0.0.1:1/rtmp/RES_1?token=geheim", ErrorCode::kMalformed},
      {"http://relay.example:80/rtmp/RES_1?token=geheim", ErrorCode::kMalformed},
      {"geheim", ErrorCode::kMalformed},
  };
  for (const auto& c : cases) {
    const auto client = Connect(c.url);
    ASSERT_FALSE(client) << c.url;
    EXPECT_EQ(client.error().code, c.code) << c.url;
    EXPECT_THAT(client.error().context, Not(HasSubstr("geheim")));
  }
}

TEST_F(RelayStreamTest, GivesUpOnAServerThatDoesNotAnswer) {
  asio::ip::tcp::acceptor silent(io_, {asio::ip::address_v4::loopback(), 0});
  const std::string url =
      "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/rtmp/RES_1";
  const auto client = Connect(url, {.response_deadline = 50ms});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::kTimeout);
}

TEST_F(RelayStreamTest, TellsABrokenConnectionFromTheEnd) {
  auto client = ConnectToFeed();
  feed_->Push(VideoTag(0, true));
  EXPECT_THAT(Await(client->Read()).value(), SizeIs(1));
  server_->Stop();
  const auto tags = Await(client->Read());
  ASSERT_FALSE(tags);
  EXPECT_EQ(tags.error().code, ErrorCode::kClosed);
}

TEST_F(RelayStreamTest, EndsAPendingReadWhenClosed) {
  auto client = ConnectToFeed();
  const auto pending = Begin(client->Read());
  io_.poll();
  EXPECT_FALSE(pending->has_value());
  client->Close();
  RunUntil([&] { return pending->has_value(); });
  ASSERT_FALSE(**pending);
  EXPECT_EQ((*pending)->error().code, ErrorCode::kClosed);
}

TEST_F(RelayStreamTest, TakesAnotherHandlerAfterOneThatLeft) {
  ConnectToFeed()->Close();
  RunUntil([&] { return !feed_->counters().main_reader; });
  auto next = ConnectToFeed();
  feed_->Push(VideoTag(40, true));
  EXPECT_EQ(Await(next->Read()).value().at(0).timestamp, 40U);
  EXPECT_TRUE(feed_->counters().main_reader);
}

}  // namespace
}  // namespace ingress
