#include "media/picture_budget.h"

#include <utility>

#include "media/libav_ptr.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace ingress::media {

/// A picture in use. It owns the first of the picture's buffers.
struct PictureBudget::Loan {
  std::shared_ptr<State> state;
  AvPtr<AVBufferRef> buffer;
  std::uint64_t bytes = 0;
};

void PictureBudget::Serve(AVCodecContext& context) {
  context.opaque = this;
  context.get_buffer2 = Lend;
}

int PictureBudget::Lend(AVCodecContext* context, AVFrame* frame, int flags) {
  const int made = avcodec_default_get_buffer2(context, frame, flags);
  if (made < 0) return made;
  std::uint64_t bytes = 0;
  for (const AVBufferRef* buffer : frame->buf) bytes += buffer != nullptr ? buffer->size : 0;
  const auto& state = static_cast<PictureBudget*>(context->opaque)->state_;
  if (state->in_use.fetch_add(bytes) + bytes > state->budget) {
    state->in_use -= bytes;
    av_frame_unref(frame);
    return AVERROR(ENOMEM);
  }
  AVBufferRef* const first = frame->buf[0];
  auto loan = std::make_unique<Loan>(state, AvPtr<AVBufferRef>(first), bytes);
  frame->buf[0] = av_buffer_create(first->data, first->size, Return, loan.get(), 0);
  if (frame->buf[0] == nullptr) {
    state->in_use -= bytes;
    av_frame_unref(frame);
    return AVERROR(ENOMEM);
  }
  static_cast<void>(loan.release());
  return 0;
}

void PictureBudget::Return(void* loan, std::uint8_t* /*data*/) {
  const std::unique_ptr<Loan> ended(static_cast<Loan*>(loan));
  ended->state->in_use -= ended->bytes;
}

}  // namespace ingress::media
