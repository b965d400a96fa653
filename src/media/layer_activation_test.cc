#include "media/layer_activation.h"

#include <gtest/gtest.h>

#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace ingress::media {
namespace {

using namespace std::chrono_literals;

TEST(LayerActivation, BeginsActiveAndWithAKeyFrame) {
  LayerActivation layer;
  const auto generation = layer.GenerationAt(0ms);
  ASSERT_TRUE(generation);
  EXPECT_TRUE(layer.IsFirst(*generation));
  EXPECT_FALSE(layer.IsFirst(*generation)) << "only one picture is the first";
  EXPECT_FALSE(layer.Takes(*generation, /*key_frame=*/false)) << "a stream cannot begin with it";
  EXPECT_TRUE(layer.Takes(*generation, true));
  EXPECT_TRUE(layer.Takes(*generation, false));
}

TEST(LayerActivation, EncodesNothingWhileInactive) {
  LayerActivation layer;
  const auto generation = layer.GenerationAt(0ms);
  layer.Deactivate();
  EXPECT_FALSE(layer.active());
  EXPECT_FALSE(layer.GenerationAt(40ms));
  EXPECT_FALSE(layer.Takes(*generation, true)) << "what the encoder still had";
}

TEST(LayerActivation, AKeyFrameOfBeforeARestartDoesNotPassAsTheNewStream) {
  LayerActivation layer;
  const auto old = layer.GenerationAt(0ms);
  layer.Deactivate();
  layer.Activate();
  EXPECT_FALSE(layer.Takes(*old, true)) << "it waited for the encoder";
  EXPECT_FALSE(layer.Takes(*old, false));
  const auto fresh = layer.GenerationAt(40ms);
  ASSERT_TRUE(fresh);
  EXPECT_TRUE(layer.IsFirst(*fresh));
  EXPECT_TRUE(layer.Takes(*fresh, true));
  EXPECT_FALSE(layer.Takes(*old, false)) << "later than the new key frame";
}

TEST(LayerActivation, SeveralRestartsBetweenTwoPicturesAreOne) {
  LayerActivation layer;
  for (int i = 0; i < 3; ++i) {
    layer.Deactivate();
    layer.Activate();
  }
  const auto generation = layer.GenerationAt(0ms);
  ASSERT_TRUE(generation);
  EXPECT_TRUE(layer.IsFirst(*generation));
  EXPECT_TRUE(layer.Takes(*generation, true));
}

TEST(LayerActivation, ActivatesFromATimeOn) {
  LayerActivation layer;
  layer.Deactivate();
  layer.Activate(100ms);
  EXPECT_FALSE(layer.GenerationAt(60ms));
  EXPECT_TRUE(layer.GenerationAt(100ms));
}

TEST(LayerActivation, ActivatingAnActiveLayerChangesNothing) {
  LayerActivation layer;
  const auto before = layer.GenerationAt(0ms);
  layer.Activate(100ms);
  EXPECT_EQ(layer.GenerationAt(0ms), before);
}

// The owner restarts the layer while the decoder's and the encoder's threads work. Whatever the
// order, each stream that goes out begins with its own first picture.
TEST(LayerActivation, EachStreamBeginsWithItsOwnFirstPictureWhileThreadsRace) {
  struct Picture {
    std::uint64_t generation = 0;
    bool first = false;
  };
  constexpr int kPictures = 20'000;
  LayerActivation layer;
  std::mutex mutex;
  std::deque<Picture> waiting;
  std::atomic<bool> decoded = false;

  std::thread decoder([&] {
    for (int i = 0; i < kPictures; ++i) {
      const auto generation = layer.GenerationAt(SessionTime(i));
      if (!generation) continue;
      const Picture picture{.generation = *generation, .first = layer.IsFirst(*generation)};
      const std::lock_guard lock(mutex);
      waiting.push_back(picture);
    }
    decoded = true;
  });
  std::vector<Picture> out;
  std::thread encoder([&] {
    while (true) {
      const bool last = decoded;
      std::optional<Picture> next;
      {
        const std::lock_guard lock(mutex);
        if (!waiting.empty()) {
          next = waiting.front();
          waiting.pop_front();
        }
      }
      if (next) {
        // Every fourth is a key frame that a viewer asked for, whatever its generation.
        const bool key_frame = next->first || out.size() % 4 == 0;
        if (layer.Takes(next->generation, key_frame)) out.push_back(*next);
      } else if (last) {
        return;
      }
    }
  });
  while (!decoded) {
    layer.Deactivate();
    layer.Activate();
  }
  decoder.join();
  encoder.join();

  std::uint64_t stream = 0;
  for (const Picture& picture : out) {
    ASSERT_GE(picture.generation, stream) << "a frame of an older stream";
    if (picture.generation != stream) ASSERT_TRUE(picture.first);
    stream = picture.generation;
  }
}

}  // namespace
}  // namespace ingress::media
