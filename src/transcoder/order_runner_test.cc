// The work of a transcoder process, without one: orders and answers over a socketpair, with the
// threads of a real pipeline behind it.
#include "transcoder/order_runner.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ipc/testing/test_loop.h"
#include "media/testing/clips.h"

namespace ingress::transcoder {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class OrderRunnerTest : public ::testing::Test {
 protected:
  OrderRunnerTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    handler_.emplace(loop_.executor(), UniqueFd(ends[0]), kChannelLimits);
    runner_.emplace(loop_.executor(), UniqueFd(ends[1]));
    ended_ = loop_.Start(Run());
  }
  ~OrderRunnerTest() override {
    handler_->Close();
    loop_.Await<bool>(ended_);
  }

  /// Layers of half the clip's size and of all of it.
  void Start(std::uint64_t generation) {
    Order order;
    transcoder::Start& start = *order.mutable_start();
    start.set_generation(generation);
    start.set_input_codec(static_cast<std::uint32_t>(clip_.codec));
    start.set_codec_config(clip_.codec_config.data(), clip_.codec_config.size());
    start.set_output_codec(static_cast<std::uint32_t>(VideoCodec::kH264));
    start.set_max_frame_rate(60);
    start.set_decoder_threads(1);
    start.set_max_input_pixels(codec::kDefaultMaxInputPixels);
    for (const std::uint32_t height : {360U, 720U}) {  // the larger has a thread of its own
      Layer& layer = *start.add_layers();
      layer.set_width(height * 16 / 9);
      layer.set_height(height);
      layer.set_bitrate(500'000);
      layer.set_active(true);
    }
    Send(std::move(order));
  }
  void Push(std::size_t picture) {
    const media::CodedPicture& coded = clip_.pictures[picture];
    Order order;
    order.mutable_picture()->set_dts(coded.dts.count());
    order.mutable_picture()->set_pts(coded.pts.count());
    order.mutable_picture()->set_key_frame(coded.key_frame);
    Send(std::move(order), Share(Bytes(coded.payload)));
  }
  /// Fewer than the pipeline lets wait before it leaves some out.
  static constexpr std::size_t kPictures = 8;
  void PushAll() {
    for (std::size_t i = 0; i < kPictures; ++i) Push(i);
  }
  template <typename T>
  void Say(void (Order::*set)(T), T value) {
    Order order;
    (order.*set)(value);
    Send(std::move(order));
  }
  void Sync() {
    Order order;
    order.mutable_sync();
    Send(std::move(order));
  }
  void Send(Order order, SharedBytes attachment = {}) {
    EXPECT_TRUE(loop_.Await(handler_->Send(std::move(order), std::move(attachment))));
  }

  /// Takes answers until one of them is what `last` waits for; fails where that cannot come.
  Answer ReceiveUntil(const std::function<bool(const Answer&)>& last) {
    for (int usages = 0; usages < 30 && !HasFailure();) {  // one per second
      auto answer = loop_.Await(handler_->ReceiveAll());
      EXPECT_TRUE(answer) << answer.error().context;
      if (!answer) break;
      const Answer& message = answer->message;
      if (message.has_frame()) Count(message.frame(), answer->attachment);
      if (last(message)) return message;
      EXPECT_FALSE(message.has_broken()) << message.broken().text();
      if (message.has_usage()) ++usages;
    }
    ADD_FAILURE() << "what was waited for does not come";
    return {};
  }
  Answer ReceiveFrames(std::uint32_t layer, std::size_t count) {
    return ReceiveUntil(
        [&, layer, count](const Answer&) { return frames_[layer].size() >= count; });
  }
  Answer ReceiveSynced() {
    return ReceiveUntil([](const Answer& answer) { return answer.has_synced(); });
  }

  media::VideoClip clip_ = media::ReadVideoClip("h264_baseline.flv");
  ipc::testing::TestLoop loop_;
  std::optional<HandlerEnd> handler_;
  std::optional<OrderRunner> runner_;
  std::map<std::uint32_t, std::vector<Frame>> frames_;  // by layer
  std::size_t empty_ = 0;                               // frames without a picture

 private:
  asio::awaitable<bool> Run() {
    co_await runner_->Run();
    co_return true;
  }
  void Count(const Frame& frame, const Bytes& picture) {
    frames_[frame.layer()].push_back(frame);
    if (picture.empty()) ++empty_;
  }

  ipc::testing::TestLoop::Pending<bool> ended_;
};

TEST_F(OrderRunnerTest, GivesBackEachPictureInEachLayerWithItsTime) {
  Start(1);
  PushAll();
  for (const std::uint32_t layer : {0U, 1U}) ReceiveFrames(layer, kPictures);
  EXPECT_EQ(empty_, 0U);
  for (const std::uint32_t layer : {0U, 1U}) {
    ASSERT_EQ(frames_[layer].size(), kPictures);
    EXPECT_TRUE(frames_[layer].front().key_frame());
    for (std::size_t i = 0; i < kPictures; ++i) {
      EXPECT_EQ(frames_[layer][i].pts(), clip_.pictures[i].pts.count());
      EXPECT_EQ(frames_[layer][i].generation(), 1U);
    }
  }
}

TEST_F(OrderRunnerTest, MakesAKeyFrameOfALayerThatIsAskedForOne) {
  Start(1);
  Push(0);
  ReceiveFrames(0, 1);
  Say(&Order::set_key_frame_of_layer, 0U);
  Push(1);
  Push(2);
  ReceiveFrames(0, 3);
  EXPECT_TRUE(frames_[0][1].key_frame());
  EXPECT_FALSE(frames_[0][2].key_frame());
}

TEST_F(OrderRunnerTest, ALayerThatIsSwitchedOffAndOnAgainBeginsWithAKeyFrame) {
  Start(1);
  Push(0);
  ReceiveFrames(1, 1);
  Order off;
  off.mutable_set_active()->set_layer(1);
  Send(off);
  Push(1);
  Push(2);
  ReceiveFrames(0, 3);
  Sync();
  ReceiveSynced();
  EXPECT_EQ(frames_[1].size(), 1U) << "nobody wanted it";
  off.mutable_set_active()->set_active(true);
  Send(off);
  Push(3);
  ReceiveFrames(1, 2);
  EXPECT_TRUE(frames_[1][1].key_frame());
  EXPECT_EQ(frames_[1][1].pts(), clip_.pictures[3].pts.count());
}

TEST_F(OrderRunnerTest, PicturesBehindTheLiveEdgeAreDecodedAndNotEncoded) {
  Start(1);
  Say<std::int64_t>(&Order::set_skip_before, clip_.pictures[4].pts.count());
  for (std::size_t i = 0; i < 6; ++i) Push(i);
  ReceiveFrames(0, 2);
  EXPECT_EQ(frames_[0][0].pts(), clip_.pictures[4].pts.count());
}

TEST_F(OrderRunnerTest, SaysWhenWhatWasPushedHasBeenDecoded) {
  Start(3);
  PushAll();
  Sync();
  EXPECT_EQ(ReceiveSynced().synced().generation(), 3U);
}

TEST_F(OrderRunnerTest, SaysAtOnceThatNothingWaits) {
  Start(4);
  Sync();
  EXPECT_EQ(ReceiveSynced().synced().generation(), 4U);
  EXPECT_TRUE(frames_.empty());
}

TEST_F(OrderRunnerTest, FramesOfAPipelineThatWasReplacedComeNoMore) {
  for (std::uint64_t generation = 1; generation <= 5; ++generation) {
    Start(generation);
    for (std::size_t i = 0; i < 5; ++i) Push(i);
  }
  ReceiveUntil([this](const Answer& answer) {
    return answer.has_frame() && answer.frame().generation() == 5 && frames_[0].size() > 4;
  });
  for (const auto& [layer, frames] : frames_) {
    std::uint64_t newest = 0;
    for (const Frame& frame : frames) {
      EXPECT_GE(frame.generation(), newest);
      newest = frame.generation();
    }
  }
}

TEST_F(OrderRunnerTest, GoesOnAfterItsPipelineWasGivenBack) {
  Start(1);
  PushAll();
  Order stop;
  stop.mutable_stop();
  Send(stop);
  Push(0);  // there is nothing to take it
  Start(2);
  Push(0);
  ReceiveUntil(
      [](const Answer& answer) { return answer.has_frame() && answer.frame().generation() == 2; });
}

TEST_F(OrderRunnerTest, SaysWhyThereIsNoPipeline) {
  Order order;
  order.mutable_start()->set_generation(7);
  order.mutable_start()->set_max_frame_rate(30);
  Send(order);  // without a layer
  const Answer answer = ReceiveUntil([](const Answer& it) { return it.has_broken(); });
  EXPECT_EQ(answer.broken().generation(), 7U);
  EXPECT_NE(answer.broken().text(), "");
}

TEST_F(OrderRunnerTest, SaysEverySecondWhatItUses) {
  Start(1);
  Push(0);
  const Answer answer = ReceiveUntil([](const Answer& it) { return it.has_usage(); });
  EXPECT_GT(answer.usage().resident_bytes(), 0U);
}

TEST_F(OrderRunnerTest, EndsWithItsHandlerWhateverItsPipelineDoes) {
  Start(1);
  PushAll();
}

}  // namespace
}  // namespace ingress::transcoder
