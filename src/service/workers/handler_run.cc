#include "service/workers/handler_run.h"

#include <algorithm>
#include <utility>

#include "ipc/wire.h"
#include "net/deadline.h"
#include "service/node/oom_kills.h"
#include "service/workers/handler_end.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kLookEvery = 250ms;
constexpr auto kExitWithin = 1s;  // from its last word
constexpr auto kStackWithin = 200ms;
constexpr auto kDumpWithin = 2s;

}  // namespace

HandlerRun::HandlerRun(const asio::any_io_executor& executor,
                       std::unique_ptr<HandlerProcess> process, observability::Logger logger)
    : process_(std::move(process)),
      logger_(std::move(logger)),
      tasks_(executor),
      watch_(Clock::now()),
      budget_(Clock::now()),
      oom_kills_before_(OomKills()) {
  process_->SetLogger(logger_);
}

void HandlerRun::SetLogger(observability::Logger logger) {
  logger_ = std::move(logger);
  process_->SetLogger(logger_);
}

asio::awaitable<Result<void>> HandlerRun::Begin(ipc::Job job) {
  watch_.OnWord(Clock::now());
  ipc::ToHandler message;
  *message.mutable_job() = std::move(job);
  co_return co_await process_->channel().Send(std::move(message));
}

asio::awaitable<HandlerEnding> HandlerRun::Run(Says says) {
  tasks_.Spawn(Watch());
  tasks_.Spawn(PassBatchOrders(says));
  co_await Receive(says);
  if (!finished_) process_->child().Kill();
  const auto exit = co_await process_->child().Terminate(kExitWithin);
  gone_ = true;
  process_->channel().Close();
  end_.Notify();
  dumped_.Notify();
  batch_ordered_.Notify();
  co_await tasks_.Join();
  co_return MakeEnd(exit);
}

HandlerEnding HandlerRun::MakeEnd(const ipc::ExitStatus& exit) const {
  HandlerEnding end = JudgeHandlerEnd({.last_word = finished_,
                                       .violation = violation_,
                                       .hung = hung_,
                                       .killed_by_us = killed_,
                                       .kernel_ran_out_of_memory = OomKills() > oom_kills_before_},
                                      exit);
  if (end.kind == HandlerEnding::Kind::kDied) {
    logger_.Error("the handler failed", {{observability::field::kCode, end.failure->name()},
                                         {"end", exit.Describe()},
                                         {"violation", violation_},
                                         {"pid", pid()}});
  }
  return end;
}

/// Until its last word, or its first that breaks HandlerLimits.
asio::awaitable<void> HandlerRun::Receive(const Says& says) {
  while (!finished_) {
    auto message = co_await process_->channel().Receive();
    if (!message) {
      if (message.error().code == ErrorCode::kLimitExceeded) violation_ = message.error().context;
      co_return;
    }
    const TimePoint now = Clock::now();
    if (!budget_.Take(now)) violation_ = "more messages than its share";
    if (auto found = FindViolation(*message)) violation_ = std::move(*found);
    if (!violation_.empty()) co_return;
    watch_.OnWord(now);
    Handle(std::move(*message), says, now);
  }
}

void HandlerRun::Handle(ipc::FromHandler message, const Says& says, TimePoint now) {
  switch (message.message_case()) {
    case ipc::FromHandler::kHeartbeat:
      return load_.OnHeartbeat(message.heartbeat().cpu_seconds(),
                               message.heartbeat().resident_bytes(), now);
    case ipc::FromHandler::kState:
      load_.OnRoute(ipc::FromWire(message.state().route()), now);
      // Headers of a stream may name any size; the session ends for it elsewhere.
      load_.OnDecoderMemory(std::min(message.state().decoder_memory(), HandlerLimits::kMemory),
                            now);
      return says.state(message.state());
    case ipc::FromHandler::kCounters:
      return says.counters(message.counters());
    case ipc::FromHandler::kSetBatchInterval:
      batch_order_ = std::chrono::milliseconds(message.set_batch_interval().milliseconds());
      return batch_ordered_.Notify();
    case ipc::FromHandler::kInput:
      return says.input(message.input());
    case ipc::FromHandler::kDump:
      dump_ = std::move(*message.mutable_dump());
      return dumped_.Notify();
    case ipc::FromHandler::kFinished:
      finished_ = std::move(*message.mutable_finished());
      return;
    case ipc::FromHandler::kHello:
    case ipc::FromHandler::MESSAGE_NOT_SET:
      return;
  }
}

/// Passes on the newest order, and the next not before kBatchOrderEvery.
asio::awaitable<void> HandlerRun::PassBatchOrders(const Says& says) {
  while (true) {
    co_await batch_ordered_.WaitUntilTrue([this] { return gone_ || batch_order_; });
    if (gone_) co_return;
    says.set_batch_interval(*std::exchange(batch_order_, std::nullopt));
    co_await end_.WaitFor(HandlerLimits::kBatchOrderEvery);
  }
}

asio::awaitable<void> HandlerRun::Watch() {
  while (!gone_ && !finished_) {
    co_await end_.WaitFor(kLookEvery);
    const TimePoint now = Clock::now();
    if (gone_ || finished_ || !watch_.Overdue(now)) continue;
    if (!watch_.Hangs(process_->Look(), now)) continue;
    logger_.Error("the handler does not answer, ending it",
                  {{"silentMs", watch_.silence(now).count()}, {"pid", pid()}});
    hung_ = true;
    // Where it stands comes as lines of its output.
    process_->child().RequestStack();
    co_await end_.WaitFor(kStackWithin);
    if (!gone_) Kill();
    co_return;
  }
}

void HandlerRun::Stop(std::string reason) {
  ipc::ToHandler message;
  message.mutable_stop()->set_reason(std::move(reason));
  Tell(std::move(message));
}

void HandlerRun::Kill() {
  killed_ = true;
  process_->child().Kill();
}

void HandlerRun::Tell(ipc::ToHandler message, UniqueFd descriptor) {
  if (!gone_) tasks_.Spawn(Send(std::move(message), std::move(descriptor)));
}

asio::awaitable<void> HandlerRun::Send(ipc::ToHandler message, UniqueFd descriptor) {
  // A handler that takes nothing is dealt with by Watch().
  co_await process_->channel().Send(std::move(message), {}, std::move(descriptor));
}

asio::awaitable<Result<std::string>> HandlerRun::Ask() {
  const auto self = shared_from_this();
  const std::uint64_t id = ++asked_;
  ipc::ToHandler message;
  message.mutable_ask()->set_id(id);
  Tell(std::move(message));
  co_return co_await net::WithDeadline(kDumpWithin, AwaitDump(id), "answer of the handler");
}

asio::awaitable<Result<std::string>> HandlerRun::AwaitDump(std::uint64_t id) {
  while (!gone_) {
    if (dump_ && dump_->id() >= id) co_return dump_->json();
    co_await dumped_.WaitUntil(TimePoint::max());
  }
  co_return Fail(ErrorCode::kClosed, "the handler is gone");
}

}  // namespace ingress::service
