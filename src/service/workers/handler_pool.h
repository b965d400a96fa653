#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/event.h"
#include "net/task_scope.h"
#include "observability/logger.h"
#include "service/workers/encoder_search.h"
#include "service/workers/handler_process.h"
#include "service/workers/worker.h"

namespace ingress::service {

/// Keeps a few handlers ready, so that a publish need not wait for a process to start.
/// Confined to its executor; Start() once, await Stop() before it is destroyed.
class HandlerPool final : public WorkerSource {
 public:
  struct Options {
    std::size_t warm = 1;                  // handlers kept ready
    std::vector<std::string> environment;  // for the handlers
  };

  HandlerPool(const boost::asio::any_io_executor& executor, Options options,
              observability::Logger logger);

  void Start();
  boost::asio::awaitable<void> Stop();

  /// By a warm handler, or a new one when none is warm. Errors: those of HandlerProcess::Start()
  /// and HandlerRun::Begin().
  boost::asio::awaitable<Result<std::shared_ptr<Worker>>> Employ(
      ipc::Job job, observability::Logger logger) override;

  std::size_t warm() const { return ready_.size(); }

  const EncoderFinding& cannot_encode() const override { return cannot_encode_; }

 private:
  boost::asio::awaitable<Result<std::unique_ptr<HandlerProcess>>> Take();
  void DropEnded();
  boost::asio::awaitable<void> Prepare();
  boost::asio::awaitable<void> Refill();
  boost::asio::awaitable<Result<std::unique_ptr<HandlerProcess>>> StartOne();

  boost::asio::any_io_executor executor_;
  Options options_;
  observability::Logger logger_;
  net::TaskScope tasks_;
  net::Event wanted_;  // a place has become free, or none is wanted any more
  std::deque<std::unique_ptr<HandlerProcess>> ready_;
  EncoderFinding cannot_encode_;
  bool stopping_ = false;
};

}  // namespace ingress::service
