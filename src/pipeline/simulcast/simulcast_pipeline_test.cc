#include "pipeline/simulcast/simulcast_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "codec/testing/nal_units.h"
#include "stream/testing/timestamps.h"
#include "transcoder/testing/fake_client.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kFrame = 40ms;

/// A sender of layers in given time, and what comes of them.
class SimulcastPipelineTest : public ::testing::Test {
 protected:
  struct Layer {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    bool sends = true;
    bool key_frame_due = true;
  };
  struct Sent {
    bool key_frame = false;
    SessionTime pts{};
  };
  /// What the viewers' decoder of a layer has got.
  struct Decoder {
    SessionTime pts = SessionTime::min();
    const SourcePicture* picture = nullptr;
    SessionTime dts{};  // its
  };

  void SetUp() override {
    VideoPipeline::Options options{.encoding = {}, .clock = clock_};
    options.encoding.layers = {
        {.quality = LayerQuality::kHigh, .width = 1280, .height = 720, .bitrate = 2'000'000}};
    pipeline_ = std::make_unique<SimulcastPipeline>(
        transcoder_, options,
        Video::Callbacks{.on_frame = [this](std::size_t layer,
                                            const EncodedFrame& frame) { OnFrame(layer, frame); },
                         .on_held = [] {},
                         .on_enabled = [this](std::size_t layer) { enabled_.push_back(layer); },
                         .on_error = [](const Error& error) { ADD_FAILURE() << error.context; },
                         .request_source_key_frame =
                             [this](std::size_t layer) {
                               asked_.push_back(layer);
                               if (answers_) layers_.at(layer).key_frame_due = true;
                             }},
        observability::Logger::Null());
    pipeline_->OnTransportReady(now_);
    pipeline_->OnAudience(true, now_);
  }

  /// Three layers, in an order that is not that of their sizes.
  void AddThree() {
    layers_ = {{.width = 1280, .height = 720},
               {.width = 320, .height = 176},
               {.width = 640, .height = 352}};
    pipeline_->ExpectLayers(3);
  }

  void Run(std::chrono::milliseconds duration) {
    for (const TimePoint end = now_ + duration; now_ < end; now_ += kFrame) {
      for (std::size_t i = 0; i < layers_.size(); ++i) {
        if (layers_[i].sends) SendFrame(i);
      }
      EXPECT_TRUE(pipeline_->Poll(now_).has_value());
    }
  }

  void Watch(std::vector<bool> wanted) {
    pipeline_->OnDemand(wanted, now_);
    sent_.clear();
  }

  std::vector<std::uint32_t> Heights() const {
    std::vector<std::uint32_t> heights;
    for (const LayerSpec& layer : pipeline_->layers()) heights.push_back(layer.height);
    return heights;
  }

  /// Whether the layer's frames of a run of 25 have come through.
  bool Flows(std::size_t layer) { return sent_[layer].size() >= 24; }

  const SessionClock clock_{.steady_origin = TimePoint{} + 1h, .wall_origin = {}};
  TimePoint now_ = clock_.steady_origin;
  transcoder::testing::FakeClient transcoder_;
  std::unique_ptr<SimulcastPipeline> pipeline_;
  std::vector<Layer> layers_;  // the sender's
  std::map<std::size_t, std::vector<Sent>> sent_;
  std::map<std::size_t, Decoder> decoders_;
  std::vector<std::size_t> asked_;
  std::vector<std::size_t> enabled_;
  bool answers_ = true;

 private:
  /// Times of a layer only grow, and a frame that is no key frame follows the one that it refers
  /// to: the sender's, a frame's time before.
  void OnFrame(std::size_t layer, const EncodedFrame& frame) {
    const auto picture = std::static_pointer_cast<const SourcePicture>(frame.owner);
    Decoder& decoder = decoders_[layer];
    EXPECT_GT(frame.pts, decoder.pts) << layer;
    if (!frame.key_frame) {
      EXPECT_TRUE(decoder.picture != nullptr && picture->dts - decoder.dts == kFrame)
          << "layer " << layer << " at " << frame.pts / 1ms << " ms";
    }
    decoder = {.pts = frame.pts, .picture = picture.get(), .dts = picture->dts};
    sent_[layer].push_back({.key_frame = frame.key_frame, .pts = frame.pts});
  }

  void SendFrame(std::size_t index) {
    Layer& layer = layers_[index];
    const bool key = std::exchange(layer.key_frame_due, false);
    const Bytes data = key ? codec::Prefixed({codec::MakeSps(0, layer.width, layer.height),
                                              codec::MakePps(0, 0), codec::MakeSlice(true, 0)})
                           : codec::Prefixed({codec::MakeSlice(false, 0)});
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.At(now_)).count();
    VideoMessage message = pipeline_->Read({.codec = VideoCodec::kH264,
                                            .key_frame = key,
                                            .layer = static_cast<std::uint8_t>(index),
                                            .time_reference = index == 0,
                                            .dts = stream::AtMs(static_cast<std::uint32_t>(ms)),
                                            .payload = stream::Payload(data)});
    const SessionTime time = clock_.At(now_);
    EXPECT_TRUE(
        pipeline_->OnMessage(std::move(message), {.time = time, .media = time, .live = true}, now_)
            .has_value());
  }
};

TEST_F(SimulcastPipelineTest, PublishesTheSendersLayersByTheirSize) {
  AddThree();
  Run(2 * kFrame);
  ASSERT_TRUE(pipeline_->ready()) << "all have come";
  EXPECT_THAT(Heights(), ElementsAre(176, 352, 720));
  Watch({true, true, true});
  Run(1s);
  for (const std::size_t layer : {0U, 1U, 2U}) EXPECT_TRUE(Flows(layer)) << layer;
  EXPECT_EQ(pipeline_->route(), Route::kPassThrough);
  EXPECT_EQ(pipeline_->layer_route(1), LayerRoute::kPassThrough);
  EXPECT_EQ(transcoder_.starts, 0);
}

TEST_F(SimulcastPipelineTest, SendsWhatIsWantedAndNothingElse) {
  AddThree();
  Run(200ms);
  Watch({false, true, false});
  Run(1s);
  EXPECT_TRUE(Flows(1));
  EXPECT_THAT(sent_[0], IsEmpty());
  EXPECT_THAT(sent_[2], IsEmpty());
  Watch({false, false, false});
  Run(1s);
  EXPECT_THAT(sent_[1], IsEmpty());
  EXPECT_EQ(pipeline_->route(), Route::kIdle);
}

TEST_F(SimulcastPipelineTest, AViewersKeyFrameIsAskedOfTheLayerThatItWatches) {
  AddThree();
  Run(200ms);
  Watch({true, true, true});
  Run(3s);
  asked_.clear();
  pipeline_->RequestKeyFrame(1, now_);
  Run(1s);
  EXPECT_THAT(asked_, ElementsAre(2U)) << "640x352 is the sender's third";
}

TEST_F(SimulcastPipelineTest, WhoComesFromAnotherLayerSeesNoPictureTwice) {
  AddThree();
  Run(400ms);
  Watch({true, true, true});
  Run(80ms);
  asked_.clear();
  sent_.clear();
  pipeline_->RequestKeyFrame(2, now_);
  Run(400ms);
  EXPECT_THAT(asked_, ElementsAre(0U));
  EXPECT_LE(sent_[2].size(), 11U) << "no GOP of before";
}

TEST_F(SimulcastPipelineTest, WaitsForLayersThatAreStillToComeAndNotForLong) {
  AddThree();
  layers_[0].sends = false;
  layers_[2].sends = false;
  Run(SimulcastPipeline::kOthersGrace - kFrame);
  EXPECT_FALSE(pipeline_->ready());
  Run(3 * kFrame);
  ASSERT_TRUE(pipeline_->ready());
  EXPECT_THAT(Heights(), ElementsAre(176, 352, 704)) << "each twice as large as the one below";
  Watch({true, true, true});
  layers_[0].sends = true;
  Run(1200ms);
  EXPECT_TRUE(Flows(0));
  EXPECT_TRUE(Flows(2)) << "it takes its place";
  EXPECT_FALSE(pipeline_->outgrown(now_));
}

TEST_F(SimulcastPipelineTest, ALayerThatPausesLeavesTheOthersAlone) {
  AddThree();
  Run(200ms);
  Watch({true, true, true});
  layers_[0].sends = false;
  Run(2s);
  sent_.clear();
  Run(1s);
  EXPECT_TRUE(Flows(1));
  EXPECT_THAT(sent_[2], IsEmpty());
  layers_[0].sends = true;
  layers_[0].key_frame_due = true;
  sent_.clear();
  Run(1s);
  EXPECT_TRUE(Flows(2));
}

TEST_F(SimulcastPipelineTest, ViewersOfALayerThatPausesAreServedByTheNext) {
  AddThree();
  Run(200ms);
  Watch({true, false, false});
  layers_[1].sends = false;
  Run(SimulcastPipeline::kPaused + 200ms);
  sent_.clear();
  Run(1s);
  EXPECT_TRUE(Flows(1)) << "the smallest of those that come";
  EXPECT_THAT(sent_[2], IsEmpty());
  layers_[1].sends = true;
  layers_[1].key_frame_due = true;
  Run(200ms);
  sent_.clear();
  Run(1s);
  EXPECT_TRUE(Flows(0));
  EXPECT_THAT(sent_[1], IsEmpty());
}

TEST_F(SimulcastPipelineTest, AOneLayerSenderThatTakesOverServesEveryViewer) {
  AddThree();
  Run(200ms);
  Watch({true, false, false});
  Run(1s);
  EXPECT_TRUE(pipeline_->OnConnection(now_).has_value());
  layers_ = {{.width = 1280, .height = 720}};
  pipeline_->ExpectLayers(1);
  sent_.clear();
  Run(1200ms);
  EXPECT_TRUE(Flows(2));
  Run(2s);
  sent_.clear();
  pipeline_->RequestKeyFrame(0, now_);
  Run(600ms);
  EXPECT_TRUE(std::ranges::any_of(sent_[2], &Sent::key_frame)) << "by the layer that serves";
}

TEST_F(SimulcastPipelineTest, ALayerThatGrowsBeyondAnotherTakesItsPlace) {
  layers_ = {{.width = 640, .height = 352}, {.width = 320, .height = 176, .sends = false}};
  pipeline_->ExpectLayers(2);
  Run(500ms);
  EXPECT_THAT(Heights(), ElementsAre(352, 704));
  Watch({true, true});
  layers_[1].sends = true;
  Run(500ms);
  sent_.clear();
  Run(1s);
  EXPECT_TRUE(Flows(0));
  EXPECT_TRUE(Flows(1));
  EXPECT_EQ(pipeline_->layer_route(0), LayerRoute::kPassThrough);
}

TEST_F(SimulcastPipelineTest, ASenderWithMoreLayersThanBeforeGetsAnotherTrack) {
  layers_ = {{.width = 1280, .height = 720}};
  Run(200ms);
  EXPECT_THAT(Heights(), ElementsAre(720));
  EXPECT_TRUE(pipeline_->OnConnection(now_).has_value());
  AddThree();
  Run(SimulcastPipeline::kOthersGrace + 200ms);
  ASSERT_TRUE(pipeline_->outgrown(now_));
  decoders_.clear();
  pipeline_->RenewLayers(now_);
  EXPECT_FALSE(pipeline_->outgrown(now_));
  EXPECT_THAT(Heights(), ElementsAre(176, 352, 720));
  sent_.clear();
  Watch({true, true, true});
  Run(1200ms);
  for (const std::size_t layer : {0U, 1U, 2U}) EXPECT_TRUE(Flows(layer)) << layer;
}

TEST_F(SimulcastPipelineTest, TheSameLayersAfterAReconnectGoOnInTheSameTrack) {
  AddThree();
  Run(200ms);
  Watch({true, true, true});
  Run(1s);
  EXPECT_TRUE(pipeline_->OnConnection(now_).has_value());
  std::swap(layers_[0], layers_[1]);
  for (Layer& layer : layers_) layer.key_frame_due = true;
  sent_.clear();
  Run(1200ms);
  EXPECT_FALSE(pipeline_->outgrown(now_));
  for (const std::size_t layer : {0U, 1U, 2U}) EXPECT_TRUE(Flows(layer)) << layer;
}

TEST_F(SimulcastPipelineTest, TheNextConnectionOfASenderThatIsUnresponsiveBeginsWithItsKeyFrame) {
  answers_ = false;
  layers_ = {{.width = 1280, .height = 720}};
  Run(200ms);
  Watch({true});
  Run(5s);
  EXPECT_TRUE(pipeline_->OnConnection(now_).has_value());
  now_ += 2s;
  decoders_.clear();
  sent_.clear();
  layers_[0].key_frame_due = true;
  Run(1s);
  EXPECT_GE(sent_[0].size(), 23U);
}

TEST_F(SimulcastPipelineTest, OnlyTheOutputsDemandEnablesALayer) {
  AddThree();
  Run(200ms);
  Watch({true, true, true});
  pipeline_->OnUplink(400'000, now_);
  Run(200ms);
  pipeline_->OnUplink(std::nullopt, now_);
  Run(1s);
  EXPECT_THAT(enabled_, IsEmpty());
  Watch({true, false, false});
  Watch({true, true, true});
  EXPECT_THAT(enabled_, ElementsAre(1U, 2U));
}

TEST_F(SimulcastPipelineTest, ANarrowUplinkKeepsTheLowestLayers) {
  AddThree();
  Run(200ms);
  Watch({true, true, true});
  pipeline_->OnUplink(400'000, now_);
  sent_.clear();
  Run(1s);
  EXPECT_TRUE(Flows(0));
  EXPECT_THAT(sent_[2], IsEmpty());
}

}  // namespace
}  // namespace ingress::pipeline
