#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "domain/admission.h"
#include "domain/failure.h"
#include "ingress_ipc.pb.h"
#include "net/task_scope.h"
#include "observability/logger.h"
#include "service/workers/handler_end.h"
#include "service/workers/handler_process.h"
#include "service/workers/handler_watch.h"
#include "service/workers/load_meter.h"

namespace ingress::service {

/// One handler at work for a session: its job, its words, its end.
///
/// Confined to its executor. Begin(), then await Run() before it is destroyed.
class HandlerRun {
 public:
  using OnReport = std::function<void(const ipc::Report& report)>;

  using End = HandlerEnding;

  HandlerRun(const boost::asio::any_io_executor& executor, std::unique_ptr<HandlerProcess> process,
             observability::Logger logger);

  /// Gives the handler its job. Errors: those of ipc::FrameSocket::Send().
  boost::asio::awaitable<Result<void>> Begin(ipc::Job job);

  /// Listens to the handler until its process is gone.
  boost::asio::awaitable<End> Run(OnReport on_report);

  /// Asks it to leave the room and end.
  void Stop(std::string reason);
  void Kill();

  /// Tells it something else. Lost when the handler is on its way out.
  void Tell(ipc::ToHandler message);

  /// What the handler says of its inner state: a JSON object.
  /// Errors: kTimeout, kClosed when it does not answer.
  static boost::asio::awaitable<Result<std::string>> Ask(std::shared_ptr<HandlerRun> run);

  void SetLogger(observability::Logger logger);

  SessionLoad load() const { return load_.load(); }
  int pid() const { return process_->pid(); }

 private:
  boost::asio::awaitable<void> Receive(const OnReport& on_report);
  boost::asio::awaitable<void> Watch();
  boost::asio::awaitable<void> Send(ipc::ToHandler message);
  boost::asio::awaitable<Result<std::string>> AwaitDump(std::uint64_t id);
  End MakeEnd(const ipc::ExitStatus& exit) const;

  std::unique_ptr<HandlerProcess> process_;
  observability::Logger logger_;
  net::TaskScope tasks_;
  boost::asio::steady_timer pulse_;
  boost::asio::steady_timer dumped_;  // cancelled when an answer has come
  HandlerWatch watch_;
  LoadMeter load_;
  std::optional<ipc::Finished> finished_;  // its last word
  std::optional<ipc::Dump> dump_;          // its last answer
  std::uint64_t asked_ = 0;
  std::uint64_t oom_kills_before_;
  bool hung_ = false;
  bool killed_ = false;  // by us
  bool gone_ = false;
};

}  // namespace ingress::service
