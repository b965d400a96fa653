#include "transcoder/main.h"

#include <malloc.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/process_title.h"
#include "base/process_usage.h"
#include "base/stack_trace.h"
#include "ipc/prepare.h"
#include "media/video_transcoder.h"
#include "net/event.h"
#include "net/task_scope.h"
#include "sandbox/confine.h"
#include "transcoder/channel.h"

namespace ingress::transcoder {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kUsageEvery = 1s;
constexpr auto kSyncPoll = 4ms;

/// Pictures come and go at the end of the heap. Left to itself, malloc can fall into giving that
/// end back with each and taking it anew with the next: one page fault per page, about 10 % of the
/// processor time when all layers are encoded.
void KeepHeap() {
  constexpr int kMapsFrom = 32 << 20;  // bytes; glibc takes no more. A 4K picture has 12 MB
  constexpr int kGivesBackFrom = 64 << 20;
  mallopt(M_MMAP_THRESHOLD, kMapsFrom);
  mallopt(M_TRIM_THRESHOLD, kGivesBackFrom);
}

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
  return missing.empty() ? error : Error{ErrorCode::kNotFound, missing};
}

/// Takes orders from the socketpair, one after another, and runs one pipeline at a time.
class TranscoderMain {
 public:
  explicit TranscoderMain(const asio::any_io_executor& executor)
      : executor_(executor),
        channel_(executor, UniqueFd(ipc::kChildSocketFd), kChannelLimits),
        tasks_(executor) {}

  asio::awaitable<void> Run() {
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

 private:
  void Handle(const Order& order, Bytes attachment) {
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

  void Steer(const Order& order, Bytes attachment) {
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
        tasks_.Spawn(AnswerWhenSynced(generation_));
        return;
      default:
        return;
    }
  }

  void Activate(const SetActive& order) {
    if (order.has_from()) {
      pipeline_->ActivateFrom(order.layer(), SessionTime(order.from()));
    } else {
      pipeline_->SetActive(order.layer(), order.active());
    }
  }

  void Push(const Picture& picture, Bytes payload) {
    pipeline_->Push({.payload = std::move(payload),
                     .dts = SessionTime(picture.dts()),
                     .pts = SessionTime(picture.pts()),
                     .key_frame = picture.key_frame()});
  }

  void MakePipeline(const Start& start) {
    pipeline_.reset();
    const std::uint64_t generation = generation_ = start.generation();
    auto made = media::MakeVideoTranscoder(
        OptionsOf(start),
        {.on_frames =
             [this, generation](std::vector<media::LayerFrame> frames) {
               asio::post(executor_, [this, generation, frames = std::move(frames)]() mutable {
                 for (media::LayerFrame& one : frames) SendFrame(generation, std::move(one));
               });
             },
         .on_error =
             [this, generation](Error error) {
               asio::post(executor_, [this, generation, error = std::move(error)] {
                 SendBroken(generation, error);
               });
             }});
    if (!made) {
      return SendBroken(generation,
                        Explain(made.error(), static_cast<VideoCodec>(start.output_codec())));
    }
    pipeline_ = std::move(*made);
    for (int i = 0; i < start.layers_size(); ++i) {
      if (!start.layers(i).active()) pipeline_->SetActive(static_cast<std::size_t>(i), false);
    }
  }

  void SendFrame(std::uint64_t generation, media::LayerFrame made) {
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

  void SendBroken(std::uint64_t generation, const Error& error) {
    Answer answer;
    answer.mutable_broken()->set_generation(generation);
    answer.mutable_broken()->set_code(static_cast<std::uint32_t>(error.code));
    answer.mutable_broken()->set_text(error.context);
    Send(std::move(answer));
  }

  asio::awaitable<void> AnswerWhenSynced(std::uint64_t generation) {
    while (!closed_ && pipeline_ && generation == generation_) {
      if (pipeline_->counters().queued == 0) {
        Answer answer;
        answer.mutable_synced()->set_generation(generation);
        Send(std::move(answer));
        co_return;
      }
      co_await end_.WaitFor(kSyncPoll);
    }
  }

  asio::awaitable<void> ReportUsage() {
    while (!closed_) {
      co_await end_.WaitFor(kUsageEvery);
      if (closed_) co_return;
      if (pipeline_) SendUsage();
    }
  }

  void SendUsage() {
    const ProcessUsage used = ReadProcessUsage();
    Answer answer;
    answer.mutable_usage()->set_cpu_seconds(used.cpu_seconds);
    answer.mutable_usage()->set_resident_bytes(used.resident_bytes);
    Send(std::move(answer));
  }

  void Send(Answer answer, SharedBytes attachment = {}) {
    if (!closed_) tasks_.Spawn(SendAnswer(std::move(answer), std::move(attachment)));
  }

  asio::awaitable<void> SendAnswer(Answer answer, SharedBytes attachment) {
    // A broken channel ends ReceiveAll() in Run().
    co_await channel_.Send(std::move(answer), std::move(attachment));
  }

  asio::any_io_executor executor_;
  ProcessEnd channel_;
  net::TaskScope tasks_;
  net::Event end_;
  std::unique_ptr<media::VideoTranscoder> pipeline_;
  std::uint64_t generation_ = 0;
  bool closed_ = false;
};

}  // namespace

int Main(const std::string& subject) {
  SetProcessTitle("transcoder", subject);
  sandbox::ConfineLoading();
  std::signal(SIGINT, SIG_IGN);  // a terminal's Ctrl-C reaches us too; the handler decides
  std::signal(SIGPIPE, SIG_IGN);
  KeepHeap();
  PrepareStackTraces();  // a person may ask all our processes for their stacks at once
  ReadProcessUsage();    // opens what a confined process could not
  // An order may wait meanwhile. A failure shows again, with its text, when a pipeline is made.
  (void)media::LoadVideoLibraries();
  sandbox::ConfineTranscoder();
  asio::io_context context(1);
  TranscoderMain transcoder(context.get_executor());
  asio::co_spawn(context, transcoder.Run(), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
  return 0;
}

int Prepare() {
  sandbox::ConfinePreparation();
  const auto loaded = media::LoadVideoLibraries();
  const auto tell = [](std::string_view beginning, const std::string& why) {
    const std::string line = std::string(beginning) + why;
    std::fprintf(stderr, "%s\n", line.c_str());
  };
  const std::string no_video = loaded ? loaded->h264 : loaded.error().context;
  if (!no_video.empty()) tell(ipc::kNoVideoLibraries, no_video);
  if (loaded && !loaded->vp8.empty()) tell(ipc::kNoVp8, loaded->vp8);
  return no_video.empty() ? 0 : 1;
}

}  // namespace ingress::transcoder
