#include "transcoder/process_client.h"

#include <string>
#include <utility>

namespace ingress::transcoder {
namespace {

namespace asio = boost::asio;

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

/// One process: runs one pipeline at a time.
class ProcessClient::Process {
 public:
  Process(const asio::any_io_executor& executor, std::unique_ptr<Child> child,
          ipc::FrameSocket::Limits limits)
      : child_(std::move(child)),
        channel_(executor, child_->TakeSocket(), limits),
        tasks_(executor) {
    tasks_.Spawn(ReceiveAnswers());
  }

  void Start(const media::VideoTranscoderOptions& options, const std::vector<bool>& active,
             Callbacks callbacks, TimePoint now) {
    callbacks_ = std::move(callbacks);
    Order order;
    *order.mutable_start() = StartOrder(options, active);
    order.mutable_start()->set_generation(++generation_);
    running_ = true;
    last_heard_ = now;
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
        if (Current(answer.synced().generation())) callbacks_.on_synced(last_heard_);
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
    callbacks_.on_frame(frame.layer(),
                        EncodedFrame{.payload = std::move(payload),
                                     .pts = SessionTime(frame.pts()),
                                     .duration = SessionTime(frame.duration()),
                                     .key_frame = frame.key_frame()},
                        last_heard_);
  }

  bool Current(std::uint64_t generation) const { return running_ && generation == generation_; }

  void Break(const Error& error) {
    if (!running_) return;
    running_ = false;
    callbacks_.on_broken(error, Clock::now());
  }

  std::unique_ptr<Child> child_;
  HandlerEnd channel_;
  net::TaskScope tasks_;
  Callbacks callbacks_;
  std::uint64_t generation_ = 0;
  bool running_ = false;  // a pipeline was started and has not broken
  bool closed_ = false;
  ProcessUsage usage_;
  TimePoint last_heard_{};
};

ProcessClient::ProcessClient(asio::any_io_executor executor, Spawner spawn,
                             ipc::FrameSocket::Limits limits)
    : executor_(std::move(executor)),
      spawn_(std::move(spawn)),
      limits_(limits),
      tasks_(executor_) {}

ProcessClient::~ProcessClient() = default;

Result<void> ProcessClient::Start(const media::VideoTranscoderOptions& options,
                                  const std::vector<bool>& active, Callbacks callbacks,
                                  TimePoint now) {
  if (!process_) {
    auto child = spawn_();
    if (!child) return Wrap("transcoder process", child.error());
    process_ = std::make_unique<Process>(executor_, std::move(*child), limits_);
  }
  callbacks.on_broken = [this, told = std::move(callbacks.on_broken)](const Error& error,
                                                                      TimePoint at) {
    Discard();
    told(error, at);
  };
  process_->Start(options, active, std::move(callbacks), now);
  return {};
}

void ProcessClient::Stop() {
  if (process_) process_->Stop();
}

void ProcessClient::Discard() {
  if (!process_) return;
  cpu_seconds_of_past_ += process_->usage().cpu_seconds;
  tasks_.Spawn(CloseProcess(std::move(process_)));
}

void ProcessClient::Push(const SharedPicture& picture) {
  if (!process_) return;
  Order order;
  Picture& message = *order.mutable_picture();
  message.set_dts(picture.dts.count());
  message.set_pts(picture.pts.count());
  message.set_key_frame(picture.key_frame);
  process_->Send(std::move(order), picture.payload);
}

void ProcessClient::SetActive(std::size_t layer, bool active) {
  if (!process_) return;
  Order order;
  order.mutable_set_active()->set_layer(static_cast<std::uint32_t>(layer));
  order.mutable_set_active()->set_active(active);
  process_->Send(std::move(order));
}

void ProcessClient::ActivateFrom(std::size_t layer, SessionTime pts) {
  if (!process_) return;
  Order order;
  order.mutable_set_active()->set_layer(static_cast<std::uint32_t>(layer));
  order.mutable_set_active()->set_active(true);
  order.mutable_set_active()->set_from(pts.count());
  process_->Send(std::move(order));
}

void ProcessClient::RequestKeyFrame(std::size_t layer) {
  if (!process_) return;
  Order order;
  order.set_key_frame_of_layer(static_cast<std::uint32_t>(layer));
  process_->Send(std::move(order));
}

void ProcessClient::SkipBefore(SessionTime pts) {
  if (!process_) return;
  Order order;
  order.set_skip_before(pts.count());
  process_->Send(std::move(order));
}

void ProcessClient::SetBitrate(std::size_t layer, int bits_per_second) {
  if (!process_) return;
  Order order;
  order.mutable_set_bitrate()->set_layer(static_cast<std::uint32_t>(layer));
  order.mutable_set_bitrate()->set_bitrate(static_cast<std::uint32_t>(bits_per_second));
  process_->Send(std::move(order));
}

void ProcessClient::SetFrameRateDivisor(int divisor) {
  if (!process_) return;
  Order order;
  order.set_frame_rate_divisor(static_cast<std::uint32_t>(divisor));
  process_->Send(std::move(order));
}

void ProcessClient::Sync() {
  if (!process_) return;
  Order order;
  order.mutable_sync();
  process_->Send(std::move(order));
}

ProcessUsage ProcessClient::usage() const {
  ProcessUsage usage = process_ ? process_->usage() : ProcessUsage{};
  usage.cpu_seconds += cpu_seconds_of_past_;
  return usage;
}

TimePoint ProcessClient::last_heard() const {
  return process_ ? process_->last_heard() : TimePoint{};
}

asio::awaitable<void> ProcessClient::CloseProcess(std::unique_ptr<Process> process) {
  co_await process->Close();
}

asio::awaitable<void> ProcessClient::Close() {
  Discard();
  co_await tasks_.Join();
}

}  // namespace ingress::transcoder
