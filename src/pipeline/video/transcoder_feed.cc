#include "pipeline/video/transcoder_feed.h"

#include <algorithm>
#include <utility>

namespace ingress::pipeline {

namespace asio = boost::asio;

namespace {

transcoder::SharedPicture Shared(const GopCache::Picture& picture) {
  return {.payload = {.owner = picture, .bytes = picture->payload()},
          .dts = picture->dts,
          .pts = picture->pts,
          .key_frame = picture->key_frame};
}

}  // namespace

TranscoderFeed::TranscoderFeed(asio::any_io_executor executor, std::string subject,
                               Callbacks callbacks)
    : executor_(std::move(executor)),
      subject_(std::move(subject)),
      callbacks_(std::move(callbacks)),
      tasks_(executor_) {}

Result<void> TranscoderFeed::Start(const media::VideoTranscoderOptions& options,
                                   const std::vector<bool>& active, const GopCache& gop,
                                   SessionTime encode_from, TimePoint now) {
  if (!process_) {
    auto process = transcoder::Process::Spawn(executor_, subject_);
    if (!process) return std::unexpected(process.error());
    process_ = std::move(*process);
  }
  running_ = true;
  process_->Start(
      options, active,
      {.on_frame = [this](std::size_t layer,
                          EncodedFrame frame) { callbacks_.on_frame(layer, std::move(frame)); },
       .on_synced = [this] { caught_up_ = true; },
       .on_error =
           [this](const Error& error) {
             Discard();
             callbacks_.on_error(error);
           }});
  process_->SkipBefore(encode_from);
  for (const GopCache::Picture& picture : gop.pictures()) process_->Push(Shared(picture));
  Resync(now);
  return {};
}

void TranscoderFeed::Resync(TimePoint now) {
  if (!running_) return;
  caught_up_ = false;
  synced_at_ = now;
  process_->Sync();
}

void TranscoderFeed::Stop(TimePoint now) {
  if (!running_) return;
  running_ = false;
  idle_since_ = now;
  process_->Stop();
}

void TranscoderFeed::Push(const GopCache::Picture& picture) {
  if (running_) process_->Push(Shared(picture));
}

void TranscoderFeed::Poll(TimePoint now) {
  if (now - looked_at_ > kOwnLapse) silent_since_ = now;
  looked_at_ = now;
  if (!process_) return;
  if (running_ && now - synced_at_ > kMaxCatchUp) caught_up_ = true;
  if (!running_ && now - idle_since_ > kKeepIdle) Discard();
  if (running_ && now - std::max(process_->last_heard(), silent_since_) > kHungAfter) {
    Discard();
    callbacks_.on_error({ErrorCode::kTimeout, "the transcoder process does not answer"});
  }
}

void TranscoderFeed::Discard() {
  running_ = false;
  if (!process_) return;
  cpu_seconds_of_past_ += process_->usage().cpu_seconds;
  tasks_.Spawn(CloseProcess(std::move(process_)));
}

ProcessUsage TranscoderFeed::usage() const {
  ProcessUsage usage = process_ ? process_->usage() : ProcessUsage{};
  usage.cpu_seconds += cpu_seconds_of_past_;
  return usage;
}

asio::awaitable<void> TranscoderFeed::CloseProcess(std::unique_ptr<transcoder::Process> process) {
  co_await process->Close();
}

asio::awaitable<void> TranscoderFeed::Close() {
  Discard();
  co_await tasks_.Join();
}

}  // namespace ingress::pipeline
