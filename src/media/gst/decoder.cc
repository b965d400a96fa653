#include "media/gst/decoder.h"

#include <utility>

#include "media/gst/colours.h"
#include "media/gst/decoded_picture.h"
#include "media/gst/session_time.h"
#include "media/libav_log.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace ingress::media::gst {
namespace {

// Pictures are coded in whole units of up to 64 pixels; codec::CheckDecoderNeed() does not count
// the edge.
constexpr std::int64_t kEdgePixels = std::int64_t{2} * 64 * codec::kMaxPictureSide;

AVCodecID IdOf(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::kH264:
      return AV_CODEC_ID_H264;
    case VideoCodec::kHevc:
      return AV_CODEC_ID_HEVC;
    case VideoCodec::kVp8:
      return AV_CODEC_ID_VP8;
    case VideoCodec::kVp9:
      return AV_CODEC_ID_VP9;
    case VideoCodec::kAv1:
      return AV_CODEC_ID_AV1;
  }
  return AV_CODEC_ID_NONE;
}

void FreePayload(void* payload, std::uint8_t* /*data*/) { delete static_cast<Bytes*>(payload); }

/// The bytes without a copy where they have room behind them, which libavcodec reads beyond.
AvPtr<AVBufferRef> Wrap(Bytes payload) {
  payload.resize(payload.size() + AV_INPUT_BUFFER_PADDING_SIZE);
  auto owned = std::make_unique<Bytes>(std::move(payload));
  AvPtr<AVBufferRef> buffer(av_buffer_create(owned->data(), owned->size(), FreePayload, owned.get(),
                                             AV_BUFFER_FLAG_READONLY));
  if (buffer) static_cast<void>(owned.release());
  return buffer;
}

ByteView CaptionsOf(const AVFrame& frame) {
  const AVFrameSideData* captions = av_frame_get_side_data(&frame, AV_FRAME_DATA_A53_CC);
  return captions != nullptr ? ByteView(captions->data, captions->size) : ByteView();
}

bool IsDamaged(const AVFrame& frame) {
  return frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
}

}  // namespace

Result<std::unique_ptr<Decoder>> Decoder::Make(const Options& options, Callbacks callbacks) {
  std::unique_ptr<Decoder> decoder(new Decoder(options, std::move(callbacks)));
  if (auto opened = decoder->Open(options); !opened) {
    return std::unexpected(std::move(opened.error()));
  }
  return decoder;
}

Result<void> Decoder::Open(const Options& options) {
  SilenceLibav();
  const AVCodec* codec = avcodec_find_decoder(IdOf(options.codec));
  if (codec == nullptr) return Fail(ErrorCode::kUnsupported, "no decoder for this video codec");
  context_.reset(avcodec_alloc_context3(codec));
  packet_.reset(av_packet_alloc());
  if (!context_ || !packet_) return Fail(ErrorCode::kInternal, "video decoder: no memory");
  context_->thread_count = options.threads;
  context_->thread_type = FF_THREAD_SLICE;  // pictures side by side would each be held back
  context_->max_pixels = options.max_pixels + kEdgePixels;
  budget_.Serve(*context_);
  context_->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;  // a damaged picture is better than none
  // In strict mode libavcodec holds back as many pictures as the level allows unless the SPS says
  // better.
  context_->strict_std_compliance = FF_COMPLIANCE_NORMAL;
  if (const int error = avcodec_open2(context_.get(), codec, nullptr); error < 0) {
    return Fail(ErrorCode::kUnsupported, "video decoder: " + LibavErrorText(error));
  }
  return {};
}

void Decoder::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Decoder::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Decoder::Push(Input input) {
  {
    const std::lock_guard lock(mutex_);
    Queue& queue = input.catching_up ? queues_.catching_up : queues_.live;
    ++queue.pictures;
    queue.bytes += input.payload.size();
    waiting_.push_back(std::move(input));
  }
  changed_.notify_one();
}

void Decoder::Drain() {
  {
    const std::lock_guard lock(mutex_);
    draining_ = !waiting_.empty();
    if (draining_) return;
  }
  callbacks_.on_drained();
}

Decoder::Queues Decoder::queues() const {
  const std::lock_guard lock(mutex_);
  return queues_;
}

void Decoder::Run() {
  Input next;
  while (Take(next)) Decode(std::move(next));
}

/// Waits for a picture; false when there will be none.
bool Decoder::Take(Input& next) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  if (stopping_) return false;
  next = std::move(waiting_.front());
  waiting_.pop_front();
  Queue& queue = next.catching_up ? queues_.catching_up : queues_.live;
  --queue.pictures;
  queue.bytes -= next.payload.size();
  const bool drained = waiting_.empty() && std::exchange(draining_, false);
  lock.unlock();
  if (drained) callbacks_.on_drained();
  return true;
}

void Decoder::Decode(Input input) {
  const std::size_t size = input.payload.size();
  AvPtr<AVBufferRef> buffer = Wrap(std::move(input.payload));
  if (!buffer) return callbacks_.on_decode_error();
  packet_->data = buffer->data;
  packet_->size = static_cast<int>(size);
  packet_->buf = buffer.release();
  packet_->dts = input.dts.count();
  packet_->pts = input.pts.count();
  // Never full: whatever comes out is taken below.
  const int sent = avcodec_send_packet(context_.get(), packet_.get());
  av_packet_unref(packet_.get());
  if (sent < 0) callbacks_.on_decode_error();
  while (true) {
    AvPtr<AVFrame> frame(av_frame_alloc());
    if (!frame) return callbacks_.on_decode_error();
    const int received = avcodec_receive_frame(context_.get(), frame.get());
    if (received == AVERROR(EAGAIN)) return;
    if (received < 0) return callbacks_.on_decode_error();
    OnFrame(std::move(frame));
  }
}

void Decoder::OnFrame(AvPtr<AVFrame> frame) {
  if (IsDamaged(*frame)) callbacks_.on_decode_error();
  if (frame->pts == AV_NOPTS_VALUE) return;
  auto info = DescribePicture(*frame, context_->framerate);
  if (!info) return callbacks_.on_broken(info.error().context);
  CompleteColours(*info);
  const std::shared_ptr<const AVFrame> shared(std::move(frame));
  const GstPtr<GstBuffer> picture = WrapPicture(shared, *info);
  GST_BUFFER_PTS(picture.get()) = ToGst(SessionTime(shared->pts));
  callbacks_.on_picture({.buffer = picture.get(), .info = *info, .captions = CaptionsOf(*shared)});
}

}  // namespace ingress::media::gst
