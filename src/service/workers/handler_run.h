#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "domain/admission.h"
#include "ingress_ipc.pb.h"
#include "net/event.h"
#include "net/task_scope.h"
#include "observability/logger.h"
#include "service/workers/handler_limits.h"
#include "service/workers/handler_process.h"
#include "service/workers/handler_watch.h"
#include "service/workers/load_meter.h"
#include "service/workers/worker.h"

namespace ingress::service {

/// One handler process at work for a session: its job, its words, its end.
///
/// Confined to its executor; held by shared pointers. Begin(), then await Run() before it is
/// destroyed.
class HandlerRun final : public Worker, public std::enable_shared_from_this<HandlerRun> {
 public:
  HandlerRun(const boost::asio::any_io_executor& executor, std::unique_ptr<HandlerProcess> process,
             observability::Logger logger);

  /// Gives the handler its job. Errors: those of ipc::FrameSocket::Send().
  boost::asio::awaitable<Result<void>> Begin(ipc::Job job);

  boost::asio::awaitable<HandlerEnding> Run(Says says) override;
  void Stop(std::string reason) override;
  void Kill() override;
  void Tell(ipc::ToHandler message, UniqueFd descriptor = {}) override;
  boost::asio::awaitable<Result<std::string>> Ask() override;
  void SetLogger(observability::Logger logger) override;
  SessionLoad load() const override { return load_.load(); }
  int pid() const override { return process_->pid(); }
  const std::string& dtls_fingerprint() const override { return process_->dtls_fingerprint(); }

 private:
  boost::asio::awaitable<void> Receive(const Says& says);
  void Handle(ipc::FromHandler message, const Says& says, TimePoint now);
  boost::asio::awaitable<void> PassBatchOrders(const Says& says);
  boost::asio::awaitable<void> Watch();
  boost::asio::awaitable<void> Send(ipc::ToHandler message, UniqueFd descriptor);
  boost::asio::awaitable<Result<std::string>> AwaitDump(std::uint64_t id);
  HandlerEnding MakeEnd(const ipc::ExitStatus& exit) const;

  std::unique_ptr<HandlerProcess> process_;
  observability::Logger logger_;
  net::TaskScope tasks_;
  net::Event end_;     // it is gone
  net::Event dumped_;  // an answer has come, or none will
  net::Event batch_ordered_;
  std::optional<std::chrono::milliseconds> batch_order_;  // not passed on yet
  HandlerWatch watch_;
  MessageBudget budget_;
  LoadMeter load_;
  std::optional<ipc::Finished> finished_;  // its last word
  std::optional<ipc::Dump> dump_;          // its last answer
  std::string violation_;                  // of HandlerLimits; empty for none
  std::uint64_t asked_ = 0;
  std::uint64_t oom_kills_before_;
  bool hung_ = false;
  bool killed_ = false;  // by us
  bool gone_ = false;
};

}  // namespace ingress::service
