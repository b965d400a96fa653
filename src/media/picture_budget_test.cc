#include "media/picture_budget.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "media/libav_ptr.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace ingress::media {
namespace {

class PictureBudgetTest : public testing::Test {
 protected:
  static constexpr int kWidth = 640;
  static constexpr int kHeight = 360;
  static constexpr std::uint64_t kPicture = std::uint64_t{kWidth} * kHeight * 3 / 2;

  PictureBudgetTest() {
    const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_H264);
    context_.reset(avcodec_alloc_context3(codec));
    budget_.Serve(*context_);
    EXPECT_EQ(avcodec_open2(context_.get(), codec, nullptr), 0);
    context_->width = context_->coded_width = kWidth;
    context_->height = context_->coded_height = kHeight;
    context_->pix_fmt = AV_PIX_FMT_YUV420P;
  }

  /// A picture as libavcodec asks for it; null when there is none.
  AvPtr<AVFrame> Borrow() {
    AvPtr<AVFrame> frame(av_frame_alloc());
    frame->width = kWidth;
    frame->height = kHeight;
    frame->format = AV_PIX_FMT_YUV420P;
    const int result = context_->get_buffer2(context_.get(), frame.get(), 0);
    if (result == 0) return frame;
    EXPECT_EQ(result, AVERROR(ENOMEM));
    EXPECT_EQ(frame->buf[0], nullptr);
    return nullptr;
  }

  PictureBudget budget_{4 * kPicture};
  AvPtr<AVCodecContext> context_;
};

TEST_F(PictureBudgetTest, LendsPicturesUntilItIsUsedUp) {
  std::vector<AvPtr<AVFrame>> lent;
  while (auto picture = Borrow()) lent.push_back(std::move(picture));
  EXPECT_EQ(lent.size(), 3U) << "libavcodec adds some lines to each";
  EXPECT_GE(budget_.bytes_in_use(), lent.size() * kPicture);
  lent.pop_back();
  EXPECT_NE(Borrow(), nullptr);
}

TEST_F(PictureBudgetTest, CountsAPictureUntilNobodyHoldsIt) {
  auto picture = Borrow();
  const std::uint64_t one = budget_.bytes_in_use();
  AvPtr<AVFrame> other(av_frame_clone(picture.get()));
  EXPECT_EQ(budget_.bytes_in_use(), one) << "the same picture";
  picture.reset();
  EXPECT_EQ(budget_.bytes_in_use(), one);
  EXPECT_EQ(other->data[0][0], *other->buf[0]->data) << "its memory is there";
  other.reset();
  EXPECT_EQ(budget_.bytes_in_use(), 0U);
}

TEST_F(PictureBudgetTest, TakesPicturesBackThatOutliveTheDecoder) {
  AvPtr<AVFrame> picture;
  {
    PictureBudget budget(4 * kPicture);
    budget.Serve(*context_);
    picture = Borrow();
    context_.reset();
  }
  ASSERT_NE(picture, nullptr);
  picture->data[0][0] = 1;
}

}  // namespace
}  // namespace ingress::media
