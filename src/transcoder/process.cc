#include "transcoder/process.h"

#include <string>
#include <utility>

#include "ipc/child_process.h"
#include "net/task_scope.h"
#include "transcoder/channel.h"

namespace ingress::transcoder {
namespace {

namespace asio = boost::asio;

constexpr int kOomScore = 700;  // goes before the handler, which can replace it

Start StartOrder(const media::VideoTranscoderOptions& options, const std::vector<bool>& active) {
  Start start;
  start.set_input_codec(static_cast<std::uint32_t>(options.input));
  start.set_codec_config(options.codec_config.data(), options.codec_config.size());
  start.set_output_codec(static_cast<std::uint32_t>(options.output));
  start.set_h264_profile(static_cast<std::uint32_t>(options.profile));
  start.set_max_frame_rate(options.max_frame_rate);
  start.set_decoder_threads(static_cast<std::uint32_t>(options.decoder_threads));
  start.set_keep_range(options.keep_range);
  start.set_max_input_pixels(options.max_input_pixels);
  for (std::size_t i = 0; i < options.layers.size(); ++i) {
    Layer& layer = *start.add_layers();
    layer.set_width(static_cast<std::uint32_t>(options.layers[i].width));
    layer.set_height(static_cast<std::uint32_t>(options.layers[i].height));
    layer.set_bitrate(static_cast<std::uint32_t>(options.layers[i].bitrate));
    layer.set_active(i >= active.size() || active[i]);
  }
  return start;
}

}  // namespace

class Process::Impl {
 public:
  Impl(const asio::any_io_executor& executor, std::unique_ptr<ipc::ChildProcess> child)
      : child_(std::move(child)),
        channel_(executor, child_->TakeSocket(), kChannelLimits),
        tasks_(executor) {
    tasks_.Spawn(ReceiveAnswers());
  }

  void Start(const media::VideoTranscoderOptions& options, const std::vector<bool>& active,
             Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    Order order;
    *order.mutable_start() = StartOrder(options, active);
    order.mutable_start()->set_generation(++generation_);
    running_ = true;
    last_heard_ = Clock::now();
    Send(std::move(order));
  }

  void Stop() {
    if (!running_) return;
    running_ = false;
    Order order;
    order.mutable_stop();
    Send(std::move(order));
  }

  void Send(Order order, SharedBytes attachment = {}) {
    if (!closed_) tasks_.Spawn(SendOrder(std::move(order), std::move(attachment)));
  }

  const ProcessUsage& usage() const { return usage_; }
  TimePoint last_heard() const { return last_heard_; }

  asio::awaitable<void> Close() {
    closed_ = true;
    running_ = false;
    channel_.Close();
    child_->Kill();
    co_await child_->Wait();
    co_await tasks_.Join();
  }

 private:
  asio::awaitable<void> SendOrder(Order order, SharedBytes attachment) {
    auto sent = co_await channel_.Send(std::move(order), std::move(attachment));
    if (!sent) Break(sent.error());
  }

  asio::awaitable<void> ReceiveAnswers() {
    while (!closed_) {
      auto answer = co_await channel_.ReceiveAll();
      if (closed_) co_return;
      if (!answer) {
        const ipc::ExitStatus status = co_await child_->Wait();
        Break({ErrorCode::kInternal, "transcoder process " + status.Describe()});
        co_return;
      }
      OnAnswer(answer->message, std::move(answer->attachment));
    }
  }

  void OnAnswer(const Answer& answer, Bytes attachment) {
    last_heard_ = Clock::now();
    switch (answer.answer_case()) {
      case Answer::kFrame:
        if (Current(answer.frame().generation())) OnFrame(answer.frame(), std::move(attachment));
        return;
      case Answer::kSynced:
        if (Current(answer.synced().generation())) callbacks_.on_synced();
        return;
      case Answer::kBroken:
        if (!Current(answer.broken().generation())) return;
        Break({static_cast<ErrorCode>(answer.broken().code()), answer.broken().text()});
        return;
      case Answer::kUsage:
        usage_ = {.cpu_seconds = answer.usage().cpu_seconds(),
                  .resident_bytes = answer.usage().resident_bytes()};
        return;
      case Answer::ANSWER_NOT_SET:
        return;
    }
  }

  void OnFrame(const Frame& frame, Bytes payload) {
    callbacks_.on_frame(frame.layer(), EncodedFrame{.payload = std::move(payload),
                                                    .pts = SessionTime(frame.pts()),
                                                    .duration = SessionTime(frame.duration()),
                                                    .key_frame = frame.key_frame()});
  }

  bool Current(std::uint64_t generation) const { return running_ && generation == generation_; }

  void Break(Error error) {
    if (!running_) return;
    running_ = false;
    callbacks_.on_error(std::move(error));
  }

  std::unique_ptr<ipc::ChildProcess> child_;
  HandlerEnd channel_;
  net::TaskScope tasks_;
  Callbacks callbacks_;
  std::uint64_t generation_ = 0;
  bool running_ = false;  // a pipeline was started and has not broken
  bool closed_ = false;
  ProcessUsage usage_;
  TimePoint last_heard_ = Clock::now();
};

Result<std::unique_ptr<Process>> Process::Spawn(const asio::any_io_executor& executor,
                                                const std::string& subject) {
  ipc::ChildProcess::SpawnOptions options;
  options.args = {"transcoder", subject};
  options.oom_score_adj = kOomScore;
  auto child = ipc::ChildProcess::Spawn(executor, std::move(options));
  if (!child) return Wrap("transcoder process", child.error());
  return std::unique_ptr<Process>(new Process(std::make_unique<Impl>(executor, std::move(*child))));
}

Process::Process(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Process::~Process() = default;

void Process::Start(const media::VideoTranscoderOptions& options, const std::vector<bool>& active,
                    Callbacks callbacks) {
  impl_->Start(options, active, std::move(callbacks));
}

void Process::Stop() { impl_->Stop(); }

void Process::Push(const SharedPicture& picture) {
  Order order;
  Picture& message = *order.mutable_picture();
  message.set_dts(picture.dts.count());
  message.set_pts(picture.pts.count());
  message.set_key_frame(picture.key_frame);
  impl_->Send(std::move(order), picture.payload);
}

void Process::SetActive(std::size_t layer, bool active) {
  Order order;
  order.mutable_set_active()->set_layer(static_cast<std::uint32_t>(layer));
  order.mutable_set_active()->set_active(active);
  impl_->Send(std::move(order));
}

void Process::ActivateFrom(std::size_t layer, SessionTime pts) {
  Order order;
  order.mutable_set_active()->set_layer(static_cast<std::uint32_t>(layer));
  order.mutable_set_active()->set_active(true);
  order.mutable_set_active()->set_from(pts.count());
  impl_->Send(std::move(order));
}

void Process::RequestKeyFrame(std::size_t layer) {
  Order order;
  order.set_key_frame_of_layer(static_cast<std::uint32_t>(layer));
  impl_->Send(std::move(order));
}

void Process::SkipBefore(SessionTime pts) {
  Order order;
  order.set_skip_before(pts.count());
  impl_->Send(std::move(order));
}

void Process::SetBitrate(std::size_t layer, int bits_per_second) {
  Order order;
  order.mutable_set_bitrate()->set_layer(static_cast<std::uint32_t>(layer));
  order.mutable_set_bitrate()->set_bitrate(static_cast<std::uint32_t>(bits_per_second));
  impl_->Send(std::move(order));
}

void Process::SetFrameRateDivisor(int divisor) {
  Order order;
  order.set_frame_rate_divisor(static_cast<std::uint32_t>(divisor));
  impl_->Send(std::move(order));
}

void Process::Sync() {
  Order order;
  order.mutable_sync();
  impl_->Send(std::move(order));
}

const ProcessUsage& Process::usage() const { return impl_->usage(); }

TimePoint Process::last_heard() const { return impl_->last_heard(); }

asio::awaitable<void> Process::Close() { co_await impl_->Close(); }

}  // namespace ingress::transcoder
