// What a session is told and asked at every moment of its life: before it runs, while it joins,
// publishes and leaves, and after that.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "handler/session_runner.h"
#include "relay/server.h"
#include "relay_client/relay_source.h"
#include "support/sfu_run_until.h"
#include "support/sfu_server.h"
#include "token/access_token.h"

namespace ingress::handler {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

// onMetaData with audiocodecid 10: there will be sound and no video.
constexpr std::string_view kSoundOnly(
    "\x02\x00\x0AonMetaData\x08\x00\x00\x00\x01\x00\x0C"
    "audiocodecid\x00\x40\x24\x00\x00\x00\x00\x00\x00\x00\x00\x09",
    44);
constexpr std::string_view kAacHeader("\xAF\x00\x12\x10", 4);

input::SourceFactory SourceOf(std::string url) {
  return [url = std::move(url)](const asio::any_io_executor& executor) {
    return std::make_unique<relay_client::RelaySource>(executor, url);
  };
}

/// A session with all that it talks to, and its encoder.
class World {
 public:
  World() : sfu_(io_) {
    relay_ = relay::Server::Make(io_.get_executor(), {}).value();
    Spawn(relay_->Run(), [this] { relay_done_ = true; });
    feed_ = relay_->Open("RT_1", "secret");
    Push(flv::TagType::kScript, kSoundOnly);
    Push(flv::TagType::kAudio, kAacHeader);
    runner_ =
        SessionRunner::Make(io_.get_executor(), MakeJob(), SourceOf(relay_->Url("RT_1", "secret")),
                            {}, observability::Logger::Null())
            .value();
  }
  ~World() {
    feed_.reset();
    relay_->Stop();
    EXPECT_TRUE(test::RunUntil(io_, [this] { return relay_done_; }));
    runner_.reset();
    io_.restart();
    io_.poll();  // what the room and the server still have to say
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void Start() {
    asio::co_spawn(io_, runner_->Run(),
                   [this](const std::exception_ptr& error, std::optional<Failure> failure) {
                     if (error) std::rethrow_exception(error);
                     failure_ = std::move(failure);
                     ended_ = true;
                   });
  }

  /// One handler of the loop.
  void Step() {
    io_.restart();
    io_.run_one_for(std::chrono::milliseconds(10));
  }

  void RunToTheEnd() {
    EXPECT_TRUE(test::RunUntil(io_, [this] { return ended_; })) << "it does not end";
  }

  json::object Dump() const { return runner_->session().Dump(); }
  bool published() const { return Dump().at("published").at("audio").as_bool(); }

  PublishSession& session() { return runner_->session(); }
  test::SfuServer& sfu() { return sfu_; }
  bool ended() const { return ended_; }
  const std::optional<Failure>& failure() const { return failure_; }

 private:
  void Spawn(asio::awaitable<void> task, std::function<void()> done) {
    asio::co_spawn(io_, std::move(task), [done](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
      done();
    });
  }

  void Push(flv::TagType type, std::string_view body) {
    feed_->Push({.type = type, .timestamp = 0, .payload = Bytes(body.begin(), body.end())});
  }

  ipc::Job MakeJob() const {
    ipc::Job job;
    job.set_resource_id("RT_1");
    job.set_ws_url(sfu_.url());
    job.set_token(token::MakeAccessToken("devkey", "devsecret-devsecret-devsecret-00",
                                         {.room = "stage", .identity = "cam"}, WallClock::now())
                      .value());
    job.mutable_info()->set_ingress_id("IN_1");
    job.mutable_info()->set_room_name("stage");
    return job;
  }

  asio::io_context io_{1};
  test::SfuServer sfu_;
  std::unique_ptr<relay::Server> relay_;
  std::unique_ptr<relay::Feed> feed_;
  bool relay_done_ = false;
  std::unique_ptr<SessionRunner> runner_;
  bool ended_ = false;
  std::optional<Failure> failure_;
};

TEST(SessionOrdersTest, IsLegalToAskAndToTellAtEveryMoment) {
  World world;
  int moments = 0;
  const auto ask = [&] {
    ++moments;
    EXPECT_TRUE(world.Dump().contains("graph"));
    EXPECT_EQ(world.session().children_usage().resident_bytes, 0U);
    if (moments % 16 == 1) world.session().UpdateParticipant("name " + std::to_string(moments), "");
  };
  ask();
  world.Start();
  constexpr int kLimit = 100'000;
  while (moments < kLimit && !world.published()) {
    world.Step();
    ask();
  }
  ASSERT_TRUE(world.published());
  for (int i = 0; i < 100; ++i) {
    world.Step();
    ask();
  }
  world.session().Stop("enough");
  while (moments < kLimit && !world.ended()) {
    ask();
    world.Step();
  }
  ASSERT_TRUE(world.ended());
  EXPECT_FALSE(world.failure());
  ask();
  world.session().Stop("once more");
}

/// Stops after so many steps. Whether it was published by then.
bool StopAfter(int steps) {
  World world;
  if (steps > 0) world.Start();
  for (int i = 1; i < steps; ++i) world.Step();
  const bool published = world.published();
  world.session().Stop("now");
  if (steps == 0) world.Start();
  world.RunToTheEnd();
  EXPECT_FALSE(world.failure()) << "stopped after " << steps
                                << " steps: " << world.failure()->Message();
  return published;
}

TEST(SessionOrdersTest, StopsAtEveryMoment) {
  constexpr int kLimit = 10'000;
  // The first moments one by one, then in growing strides.
  int steps = 0;
  while (!StopAfter(steps) && steps < kLimit) steps += 1 + steps / 12;
  EXPECT_LT(steps, kLimit) << "it was never published";
}

TEST(SessionOrdersTest, KeepsAnUpdateThatCameBeforeThereWasARoom) {
  World world;
  world.session().UpdateParticipant("New Name", "new metadata");
  world.Start();
  const auto told = [&] {
    for (const auto& request : world.sfu().requests) {
      if (request.has_update_metadata() && request.update_metadata().name() == "New Name" &&
          request.update_metadata().metadata() == "new metadata") {
        return true;
      }
    }
    return false;
  };
  for (int i = 0; i < 10'000 && !told(); ++i) world.Step();
  EXPECT_TRUE(told());
  world.session().Stop("enough");
  world.RunToTheEnd();
}

TEST(SessionOrdersTest, RefusesAnEncodingThatDoesNotExist) {
  asio::io_context io(1);
  ipc::Job job;
  job.mutable_info()->mutable_audio()->set_preset(
      static_cast<::livekit::IngressAudioEncodingPreset>(99));
  const auto made = SessionRunner::Make(io.get_executor(), std::move(job), SourceOf(""), {},
                                        observability::Logger::Null());
  EXPECT_FALSE(made);
}

}  // namespace
}  // namespace ingress::handler
