#include "transcoder/order_runner.h"

#include <malloc.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "base/process_usage.h"

namespace ingress::transcoder {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kUsageEvery = 1s;

media::VideoTranscoderOptions OptionsOf(const Start& start) {
  const ByteView config = AsBytes(start.codec_config());
  media::VideoTranscoderOptions options{
      .input = static_cast<VideoCodec>(start.input_codec()),
      .codec_config = Bytes(config.begin(), config.end()),
      .output = static_cast<VideoCodec>(start.output_codec()),
      .profile = static_cast<media::H264Profile>(start.h264_profile()),
      .max_frame_rate = start.max_frame_rate(),
      .layers = {},
      .decoder_threads = static_cast<int>(start.decoder_threads()),
      .keep_range = start.keep_range(),
      .max_input_pixels = start.max_input_pixels()};
  for (const Layer& layer : start.layers()) {
    options.layers.push_back({.width = static_cast<int>(layer.width()),
                              .height = static_cast<int>(layer.height()),
                              .bitrate = static_cast<int>(layer.bitrate())});
  }
  return options;
}

/// Why no pipeline could be made; kNotFound where this host can make none for `output`.
Error Explain(Error error, VideoCodec output) {
  const auto loaded = media::LoadVideoLibraries();
  if (!loaded) return {ErrorCode::kNotFound, loaded.error().context};
  const std::string& missing = loaded->Of(output);
  if (!missing.empty()) return {ErrorCode::kNotFound, missing};
  return error;
}

}  // namespace

asio::awaitable<void> OrderRunner::Run() {
  tasks_.Spawn(ReportUsage());
  while (true) {
    auto order = co_await channel_.ReceiveAll();
    if (!order) break;  // the handler is gone, or is done with us
    Handle(order->message, std::move(order->attachment));
  }
  closed_ = true;
  pipeline_.reset();
  end_.Notify();
  co_await tasks_.Join();
}

void OrderRunner::Handle(const Order& order, Bytes attachment) {
  switch (order.order_case()) {
    case Order::kStart:
      return MakePipeline(order.start());
    case Order::kStop:
      pipeline_.reset();
      malloc_trim(0);
      return;
    default:
      if (pipeline_) Steer(order, std::move(attachment));
  }
}

void OrderRunner::Steer(const Order& order, Bytes attachment) {
  switch (order.order_case()) {
    case Order::kPicture:
      return Push(order.picture(), std::move(attachment));
    case Order::kSetActive:
      return Activate(order.set_active());
    case Order::kKeyFrameOfLayer:
      return pipeline_->RequestKeyFrame(order.key_frame_of_layer());
    case Order::kSkipBefore:
      return pipeline_->SkipBefore(SessionTime(order.skip_before()));
    case Order::kSetBitrate:
      return pipeline_->SetBitrate(order.set_bitrate().layer(),
                                   static_cast<int>(order.set_bitrate().bitrate()));
    case Order::kFrameRateDivisor:
      return pipeline_->SetFrameRateDivisor(static_cast<int>(order.frame_rate_divisor()));
    case Order::kSync:
      return pipeline_->Drain();
    default:
      return;
  }
}

void OrderRunner::Activate(const SetActive& order) {
  if (order.has_from()) {
    pipeline_->ActivateFrom(order.layer(), SessionTime(order.from()));
  } else {
    pipeline_->SetActive(order.layer(), order.active());
  }
}

void OrderRunner::Push(const Picture& picture, Bytes payload) {
  pipeline_->Push({.payload = std::move(payload),
                   .dts = SessionTime(picture.dts()),
                   .pts = SessionTime(picture.pts()),
                   .key_frame = picture.key_frame()});
}

void OrderRunner::MakePipeline(const Start& start) {
  pipeline_.reset();
  const std::uint64_t generation = generation_ = start.generation();
  // On the pipeline's threads.
  auto on_frames = [this, generation](std::vector<media::LayerFrame> frames) {
    asio::post(executor_, [this, generation, frames = std::move(frames)]() mutable {
      for (media::LayerFrame& one : frames) SendFrame(generation, std::move(one));
    });
  };
  auto on_error = [this, generation](Error error) {
    asio::post(executor_,
               [this, generation, error = std::move(error)] { SendBroken(generation, error); });
  };
  auto on_drained = [this, generation] {
    asio::post(executor_, [this, generation] { SendSynced(generation); });
  };
  auto made = media::MakeVideoTranscoder(OptionsOf(start), {.on_frames = std::move(on_frames),
                                                            .on_error = std::move(on_error),
                                                            .on_drained = std::move(on_drained)});
  if (!made) {
    return SendBroken(generation,
                      Explain(made.error(), static_cast<VideoCodec>(start.output_codec())));
  }
  pipeline_ = std::move(*made);
  for (int i = 0; i < start.layers_size(); ++i) {
    if (!start.layers(i).active()) pipeline_->SetActive(static_cast<std::size_t>(i), false);
  }
}

void OrderRunner::SendFrame(std::uint64_t generation, media::LayerFrame made) {
  if (generation != generation_) return;
  EncodedFrame& frame = made.frame;
  Answer answer;
  Frame& message = *answer.mutable_frame();
  message.set_generation(generation);
  message.set_layer(static_cast<std::uint32_t>(made.layer));
  message.set_pts(frame.pts.count());
  message.set_duration(frame.duration.count());
  message.set_key_frame(frame.key_frame);
  Send(std::move(answer), Share(std::move(frame.payload)));
}

void OrderRunner::SendBroken(std::uint64_t generation, const Error& error) {
  Answer answer;
  answer.mutable_broken()->set_generation(generation);
  answer.mutable_broken()->set_code(static_cast<std::uint32_t>(error.code));
  answer.mutable_broken()->set_text(error.context);
  Send(std::move(answer));
}

void OrderRunner::SendSynced(std::uint64_t generation) {
  if (!pipeline_ || generation != generation_) return;
  Answer answer;
  answer.mutable_synced()->set_generation(generation);
  Send(std::move(answer));
}

asio::awaitable<void> OrderRunner::ReportUsage() {
  while (!closed_) {
    co_await end_.WaitFor(kUsageEvery);
    if (closed_) co_return;
    if (pipeline_) SendUsage();
  }
}

void OrderRunner::SendUsage() {
  const ProcessUsage used = ReadProcessUsage();
  Answer answer;
  answer.mutable_usage()->set_cpu_seconds(used.cpu_seconds);
  answer.mutable_usage()->set_resident_bytes(used.resident_bytes);
  Send(std::move(answer));
}

void OrderRunner::Send(Answer answer, SharedBytes attachment) {
  if (!closed_) tasks_.Spawn(SendAnswer(std::move(answer), std::move(attachment)));
}

asio::awaitable<void> OrderRunner::SendAnswer(Answer answer, SharedBytes attachment) {
  // A broken channel ends ReceiveAll() in Run().
  co_await channel_.Send(std::move(answer), std::move(attachment));
}

}  // namespace ingress::transcoder
