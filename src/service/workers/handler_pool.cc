#include "service/workers/handler_pool.h"

#include <utility>

#include "base/ids.h"
#include "net/backoff.h"
#include "service/workers/handler_run.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
// How often to look whether those that wait still live.
constexpr auto kLookEvery = std::chrono::seconds(1);

}  // namespace

HandlerPool::HandlerPool(const asio::any_io_executor& executor, Options options,
                         observability::Logger logger)
    : executor_(executor),
      options_(std::move(options)),
      logger_(std::move(logger)),
      tasks_(executor) {}

void HandlerPool::Start() { tasks_.Spawn(Refill()); }

asio::awaitable<void> HandlerPool::Stop() {
  stopping_ = true;
  wanted_.Notify();
  co_await tasks_.Join();
  ready_.clear();
}

asio::awaitable<Result<std::shared_ptr<Worker>>> HandlerPool::Employ(ipc::Job job,
                                                                     observability::Logger logger) {
  auto process = co_await Take();
  if (!process) co_return std::unexpected(process.error());
  auto run = std::make_shared<HandlerRun>(executor_, std::move(*process), std::move(logger));
  if (auto begun = co_await run->Begin(std::move(job)); !begun) {
    co_return std::unexpected(begun.error());
  }
  co_return run;
}

asio::awaitable<Result<std::unique_ptr<HandlerProcess>>> HandlerPool::Take() {
  DropEnded();
  wanted_.Notify();
  if (ready_.empty()) co_return co_await StartOne();
  std::unique_ptr<HandlerProcess> process = std::move(ready_.front());
  ready_.pop_front();
  co_return process;
}

/// Something killed a handler while it waited: the next publish must not find it.
void HandlerPool::DropEnded() {
  std::erase_if(ready_, [this](const std::unique_ptr<HandlerProcess>& process) {
    const auto& end = process->child().exit_status();
    if (end) logger_.Warn("a warm handler was gone", {{"end", end->Describe()}});
    return end.has_value();
  });
}

asio::awaitable<void> HandlerPool::Prepare() {
  cannot_encode_ = co_await LookForEncoders(executor_, options_.environment, logger_);
  if (!cannot_encode_.h264.empty()) {
    logger_.Error(
        "video cannot be encoded on this node: only streams that viewers can play as they are are "
        "taken",
        {{"error", cannot_encode_.h264}, {"remedy", kEncoderRemedy}});
  } else if (!cannot_encode_.vp8.empty()) {
    logger_.Warn(
        "the node cannot encode VP8: streams fail whose ingress asks for VP8 or whose room does "
        "not "
        "take H.264",
        {{"error", cannot_encode_.vp8}, {"remedy", kVp8Remedy}});
  }
}

asio::awaitable<void> HandlerPool::Refill() {
  co_await Prepare();
  net::Backoff backoff({});
  while (!stopping_) {
    DropEnded();
    if (ready_.size() >= options_.warm) {
      co_await wanted_.WaitFor(kLookEvery);
      continue;
    }
    auto process = co_await StartOne();
    if (process) {
      backoff.Reset();
      if (!stopping_) ready_.push_back(std::move(*process));
      continue;
    }
    const auto delay = backoff.Next(RandomU32());
    logger_.Error("cannot start a handler",
                  {{"error", process.error()}, {"retryInMs", delay.count()}});
    co_await wanted_.WaitFor(delay);
  }
}

asio::awaitable<Result<std::unique_ptr<HandlerProcess>>> HandlerPool::StartOne() {
  HandlerProcess::Options options{.environment = options_.environment, .logger = logger_};
  co_return co_await HandlerProcess::Start(executor_, std::move(options));
}

}  // namespace ingress::service
