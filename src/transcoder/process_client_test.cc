// The client of a transcoder process against a scripted one: the test holds the other end of the
// socketpair and says when and how the process ends.
#include "transcoder/process_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ipc/testing/test_loop.h"
#include "net/event.h"

namespace ingress::transcoder {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What a scripted process shares with its test.
struct Script {
  std::optional<ProcessEnd> channel;  // the process' end of the socketpair
  std::optional<ipc::ExitStatus> ended;
  net::Event end;
  bool killed = false;

  void End(ipc::ExitStatus status) {
    if (ended) return;
    ended = status;
    if (channel) channel->Close();
    end.Notify();
  }
};

class ScriptedChild final : public Child {
 public:
  ScriptedChild(std::shared_ptr<Script> script, UniqueFd socket, bool dies_of_kill)
      : script_(std::move(script)), socket_(std::move(socket)), dies_of_kill_(dies_of_kill) {}

  UniqueFd TakeSocket() override { return std::move(socket_); }
  asio::awaitable<ipc::ExitStatus> Wait() override {
    co_await script_->end.WaitUntilTrue([script = script_] { return script->ended.has_value(); });
    co_return *script_->ended;
  }
  void Kill() override {
    script_->killed = true;
    if (dies_of_kill_) script_->End({.kind = ipc::ExitStatus::Kind::kSignalled, .value = SIGKILL});
  }

 private:
  std::shared_ptr<Script> script_;
  UniqueFd socket_;
  const bool dies_of_kill_;
};

class ProcessClientTest : public ::testing::Test {
 protected:
  ~ProcessClientTest() override { Close(); }

  static media::VideoTranscoderOptions TwoLayers() {
    media::VideoTranscoderOptions options;
    options.codec_config = {1, 2, 3};
    options.layers = {{.width = 640, .height = 360, .bitrate = 500'000},
                      {.width = 1280, .height = 720, .bitrate = 1'500'000}};
    return options;
  }

  Client::Callbacks Callbacks() {
    return {.on_frame = [this](std::size_t layer, EncodedFrame frame,
                               TimePoint) { frames_.emplace_back(layer, std::move(frame)); },
            .on_synced = [this](TimePoint) { ++synced_; },
            .on_broken =
                [this](const Error& error, TimePoint) {
                  broken_.push_back(error);
                  if (on_broken_) on_broken_();
                }};
  }

  Result<void> Start() { return client_.Start(TwoLayers(), {true, false}, Callbacks(), start_); }
  /// Starts a pipeline whose order the process has taken.
  void StartAndTake() {
    ASSERT_TRUE(Start());
    ASSERT_TRUE(TakeOrder().has_start());
  }

  Script& process() { return *processes_.back(); }

  using Taken = ipc::Channel<Order, Answer>::Received;
  Taken Take() {
    auto taken = loop_.Await(process().channel->ReceiveAll());
    EXPECT_TRUE(taken) << taken.error().context;
    return taken ? std::move(*taken) : Taken{};
  }
  Order TakeOrder() { return Take().message; }

  void Say(Answer answer, Bytes attachment = {}) {
    EXPECT_TRUE(loop_.Await(process().channel->Send(std::move(answer), Share(attachment))));
  }
  void SayFrame(std::uint64_t generation, std::uint32_t layer, Bytes payload) {
    Answer answer;
    answer.mutable_frame()->set_generation(generation);
    answer.mutable_frame()->set_layer(layer);
    answer.mutable_frame()->set_pts(40);
    answer.mutable_frame()->set_duration(20);
    answer.mutable_frame()->set_key_frame(true);
    Say(std::move(answer), std::move(payload));
  }
  void SayUsage(double cpu_seconds) {
    Answer answer;
    answer.mutable_usage()->set_cpu_seconds(cpu_seconds);
    answer.mutable_usage()->set_resident_bytes(1000);
    Say(std::move(answer));
  }
  void SaySynced(std::uint64_t generation) {
    Answer answer;
    answer.mutable_synced()->set_generation(generation);
    Say(std::move(answer));
  }
  void SayBroken(std::uint64_t generation) {
    Answer answer;
    answer.mutable_broken()->set_generation(generation);
    answer.mutable_broken()->set_code(static_cast<std::uint32_t>(ErrorCode::kNotFound));
    answer.mutable_broken()->set_text("no encoder");
    Say(std::move(answer));
  }

  template <typename Condition>
  void RunUntil(Condition condition) {
    const TimePoint limit = Clock::now() + 20s;  // only a broken test waits this long
    loop_.io().restart();
    while (!condition() && loop_.io().run_one_until(limit) > 0) {
    }
    EXPECT_TRUE(condition());
  }

  void Close() {
    if (std::exchange(closed_, true)) return;
    loop_.Await<bool>(StartClose());
  }
  ipc::testing::TestLoop::Pending<bool> StartClose() { return loop_.Start(CloseClient()); }

  ipc::testing::TestLoop loop_;
  std::vector<std::shared_ptr<Script>> processes_;  // that were spawned
  bool refuses_to_spawn_ = false;
  bool dies_of_kill_ = true;
  std::vector<std::pair<std::size_t, EncodedFrame>> frames_;
  int synced_ = 0;
  std::vector<Error> broken_;
  std::function<void()> on_broken_;
  const TimePoint start_ = Clock::now() - 1h;
  ProcessClient client_{loop_.executor(), [this] { return Spawn(); },
                        ipc::FrameSocket::Limits{.send = 1ms, .outbox = std::size_t{4} << 20}};
  bool closed_ = false;

 private:
  Result<std::unique_ptr<Child>> Spawn() {
    if (refuses_to_spawn_) return Fail(ErrorCode::kInternal, "no more processes");
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    auto script = std::make_shared<Script>();
    script->channel.emplace(loop_.executor(), UniqueFd(ends[1]));
    processes_.push_back(script);
    return std::make_unique<ScriptedChild>(script, UniqueFd(ends[0]), dies_of_kill_);
  }

  asio::awaitable<bool> CloseClient() {
    co_await client_.Close();
    co_return true;
  }
};

TEST_F(ProcessClientTest, OrdersAPipelineFromTheProcessThatItSpawns) {
  ASSERT_TRUE(Start());
  const Order order = TakeOrder();
  ASSERT_TRUE(order.has_start());
  EXPECT_EQ(order.start().codec_config(), "\1\2\3");
  EXPECT_EQ(order.start().generation(), 1U);
  ASSERT_EQ(order.start().layers_size(), 2);
  EXPECT_EQ(order.start().layers(1).width(), 1280U);
  EXPECT_EQ(order.start().layers(1).bitrate(), 1'500'000U);
  EXPECT_TRUE(order.start().layers(0).active());
  EXPECT_FALSE(order.start().layers(1).active());
}

TEST_F(ProcessClientTest, KeepsItsProcessForTheNextPipeline) {
  StartAndTake();
  client_.Stop();
  EXPECT_TRUE(TakeOrder().has_stop());
  ASSERT_TRUE(Start());
  EXPECT_EQ(TakeOrder().start().generation(), 2U);
  EXPECT_EQ(processes_.size(), 1U);
}

TEST_F(ProcessClientTest, SaysThatNoProcessCanBeStartedAndTriesAgainWithTheNextPipeline) {
  refuses_to_spawn_ = true;
  const auto refused = Start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInternal);
  EXPECT_EQ(refused.error().context, "transcoder process: no more processes");
  refuses_to_spawn_ = false;
  StartAndTake();
}

TEST_F(ProcessClientTest, SendsPicturesWithTheirTimesInOrder) {
  StartAndTake();
  client_.Push({.payload = Share(Bytes{1, 2}),
                .dts = SessionTime(10),
                .pts = SessionTime(30),
                .key_frame = true});
  client_.Push({.payload = Share(Bytes{3}), .dts = SessionTime(20), .pts = SessionTime(20)});
  const Taken first = Take();
  EXPECT_EQ(first.message.picture().dts(), 10);
  EXPECT_EQ(first.message.picture().pts(), 30);
  EXPECT_TRUE(first.message.picture().key_frame());
  EXPECT_EQ(first.attachment, (Bytes{1, 2}));
  const Taken second = Take();
  EXPECT_FALSE(second.message.picture().key_frame());
  EXPECT_EQ(second.attachment, Bytes{3});
}

TEST_F(ProcessClientTest, SendsEachSetting) {
  StartAndTake();
  client_.SetActive(1, false);
  Order order = TakeOrder();
  EXPECT_EQ(order.set_active().layer(), 1U);
  EXPECT_FALSE(order.set_active().active());
  EXPECT_FALSE(order.set_active().has_from());
  client_.ActivateFrom(1, SessionTime(70));
  order = TakeOrder();
  EXPECT_TRUE(order.set_active().active());
  EXPECT_EQ(order.set_active().from(), 70);
  client_.RequestKeyFrame(1);
  EXPECT_EQ(TakeOrder().key_frame_of_layer(), 1U);
  client_.SkipBefore(SessionTime(90));
  EXPECT_EQ(TakeOrder().skip_before(), 90);
  client_.SetBitrate(1, 800'000);
  order = TakeOrder();
  EXPECT_EQ(order.set_bitrate().layer(), 1U);
  EXPECT_EQ(order.set_bitrate().bitrate(), 800'000U);
  client_.SetFrameRateDivisor(2);
  EXPECT_EQ(TakeOrder().frame_rate_divisor(), 2U);
  client_.Sync();
  EXPECT_TRUE(TakeOrder().has_sync());
}

TEST_F(ProcessClientTest, NothingHappensWhileThereIsNoProcess) {
  client_.Push({.payload = Share(Bytes{1})});
  client_.SetActive(0, true);
  client_.ActivateFrom(0, SessionTime(1));
  client_.RequestKeyFrame(0);
  client_.SkipBefore(SessionTime(1));
  client_.SetBitrate(0, 1);
  client_.SetFrameRateDivisor(2);
  client_.Sync();
  client_.Stop();
  client_.Discard();
  EXPECT_THAT(processes_, IsEmpty());
  EXPECT_EQ(client_.usage().resident_bytes, 0U);
  EXPECT_EQ(client_.last_heard(), TimePoint{});
}

TEST_F(ProcessClientTest, GivesTheFramesOfTheProcess) {
  StartAndTake();
  SayFrame(1, 1, {7, 8, 9});
  RunUntil([this] { return !frames_.empty(); });
  const auto& [layer, frame] = frames_.front();
  EXPECT_EQ(layer, 1U);
  EXPECT_EQ(frame.payload, (Bytes{7, 8, 9}));
  EXPECT_EQ(frame.pts, SessionTime(40));
  EXPECT_EQ(frame.duration, SessionTime(20));
  EXPECT_TRUE(frame.key_frame);
}

TEST_F(ProcessClientTest, NothingOfAnEarlierPipelineIsTold) {
  StartAndTake();
  StartAndTake();
  SayFrame(1, 0, {1});
  SaySynced(1);
  SayBroken(1);
  SayFrame(2, 0, {2});
  RunUntil([this] { return !frames_.empty(); });
  ASSERT_EQ(frames_.size(), 1U);
  EXPECT_EQ(frames_.front().second.payload, Bytes{2});
  EXPECT_EQ(synced_, 0);
  EXPECT_THAT(broken_, IsEmpty());
}

TEST_F(ProcessClientTest, NothingIsToldAfterStop) {
  StartAndTake();
  client_.Stop();
  SayFrame(1, 0, {1});
  SayBroken(1);
  SayUsage(3);
  RunUntil([this] { return client_.usage().cpu_seconds > 0; });
  EXPECT_THAT(frames_, IsEmpty());
  EXPECT_THAT(broken_, IsEmpty());
  EXPECT_FALSE(process().killed);
}

TEST_F(ProcessClientTest, TellsThatTheDecoderHasCaughtUp) {
  StartAndTake();
  SaySynced(1);
  RunUntil([this] { return synced_ == 1; });
}

TEST_F(ProcessClientTest, APipelineThatBreaksCostsItsProcess) {
  StartAndTake();
  SayBroken(1);
  RunUntil([this] { return !broken_.empty(); });
  EXPECT_EQ(broken_.front().code, ErrorCode::kNotFound);
  EXPECT_EQ(broken_.front().context, "no encoder");
  EXPECT_TRUE(process().killed);
  StartAndTake();
  EXPECT_EQ(processes_.size(), 2U);
}

TEST_F(ProcessClientTest, TellsOnceHowTheProcessDied) {
  StartAndTake();
  process().End({.kind = ipc::ExitStatus::Kind::kSignalled, .value = SIGSEGV});
  RunUntil([this] { return !broken_.empty(); });
  client_.Push({.payload = Share(Bytes{1})});
  Close();
  ASSERT_EQ(broken_.size(), 1U);
  EXPECT_EQ(broken_.front().context, "transcoder process killed by signal 11 (SIGSEGV)");
}

TEST_F(ProcessClientTest, APipelineCanBeStartedWhileItIsToldThatTheLastOneBroke) {
  on_broken_ = [this] { EXPECT_TRUE(Start()); };
  StartAndTake();
  process().End({.kind = ipc::ExitStatus::Kind::kExited, .value = 1});
  RunUntil([this] { return processes_.size() == 2; });
  EXPECT_EQ(TakeOrder().start().generation(), 1U);
  SayFrame(1, 0, {5});
  RunUntil([this] { return !frames_.empty(); });
  EXPECT_EQ(broken_.size(), 1U);
}

TEST_F(ProcessClientTest, TellsThatAProcessWhichTakesNothingMissedItsDeadline) {
  StartAndTake();
  client_.Push({.payload = Share(Bytes(1 << 20))});  // more than the socket holds
  RunUntil([this] { return !broken_.empty(); });
  EXPECT_EQ(broken_.front().code, ErrorCode::kTimeout);
  EXPECT_TRUE(process().killed);
}

TEST_F(ProcessClientTest, TellsThatMoreWaitsThanTheChannelHolds) {
  StartAndTake();
  for (int i = 0; i < 6; ++i) client_.Push({.payload = Share(Bytes(1 << 20))});
  RunUntil([this] { return !broken_.empty(); });
  EXPECT_EQ(broken_.size(), 1U);
  EXPECT_EQ(broken_.front().code, ErrorCode::kLimitExceeded);
}

TEST_F(ProcessClientTest, AProcessThatClosesItsSocketIsToldOfOnceItHasEnded) {
  StartAndTake();
  process().channel->Close();
  loop_.io().restart();
  loop_.io().poll();
  EXPECT_THAT(broken_, IsEmpty()) << "how it ended is not known yet";
  process().End({.kind = ipc::ExitStatus::Kind::kExited, .value = 3});
  RunUntil([this] { return !broken_.empty(); });
  EXPECT_THAT(broken_.front().context, HasSubstr("exited with code 3"));
}

TEST_F(ProcessClientTest, AddsUpTheProcessorTimeOfItsProcesses) {
  StartAndTake();
  SayUsage(2);
  RunUntil([this] { return client_.usage().cpu_seconds == 2; });
  EXPECT_EQ(client_.usage().resident_bytes, 1000U);
  client_.Discard();
  EXPECT_EQ(client_.usage().cpu_seconds, 2);
  EXPECT_EQ(client_.usage().resident_bytes, 0U);
  StartAndTake();
  SayUsage(1.5);
  RunUntil([this] { return client_.usage().cpu_seconds == 3.5; });
}

TEST_F(ProcessClientTest, AStartAndEachAnswerCountAsAWord) {
  StartAndTake();
  EXPECT_EQ(client_.last_heard(), start_);
  SayUsage(1);
  RunUntil([this] { return client_.last_heard() > start_; });
}

TEST_F(ProcessClientTest, CloseWaitsForEachProcess) {
  dies_of_kill_ = false;
  StartAndTake();
  client_.Discard();
  StartAndTake();
  const auto closed = StartClose();
  closed_ = true;
  loop_.io().restart();
  loop_.io().poll();
  EXPECT_TRUE(processes_[0]->killed);
  EXPECT_TRUE(processes_[1]->killed);
  processes_[1]->End({.kind = ipc::ExitStatus::Kind::kSignalled, .value = SIGKILL});
  loop_.io().restart();
  loop_.io().poll();
  EXPECT_FALSE(closed->has_value());
  processes_[0]->End({.kind = ipc::ExitStatus::Kind::kSignalled, .value = SIGKILL});
  EXPECT_TRUE(loop_.Await<bool>(closed));
  EXPECT_THAT(broken_, IsEmpty());
}

}  // namespace
}  // namespace ingress::transcoder
