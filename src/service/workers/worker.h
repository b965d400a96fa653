#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "domain/admission.h"
#include "ingress_ipc.pb.h"
#include "observability/logger.h"
#include "service/workers/encoder_search.h"
#include "service/workers/handler_ending.h"

namespace ingress::service {

/// Who works on the stream of one session and has its job already: a handler process, as far as a
/// session knows it. Run() is awaited before it is destroyed.
class Worker {
 public:
  /// What a worker says while it runs.
  struct Says {
    std::function<void(const ipc::State& state)> state;
    std::function<void(const ipc::Counters& counters)> counters;
    /// Media is to gather for so long between reads; the answer is an ipc::BatchIntervalSet.
    std::function<void(std::chrono::milliseconds interval)> set_batch_interval;
    /// About an encoder whose media it gets itself.
    std::function<void(const ipc::InputEvent& event)> input;
  };

  virtual ~Worker() = default;

  /// Listens to the worker until it is gone.
  virtual boost::asio::awaitable<HandlerEnding> Run(Says says) = 0;

  /// Asks it to leave the room and end.
  virtual void Stop(std::string reason) = 0;
  virtual void Kill() = 0;

  /// Tells it something else, with a descriptor for it or none. Lost when the worker is on its way
  /// out.
  virtual void Tell(ipc::ToHandler message, UniqueFd descriptor = {}) = 0;

  /// What the worker says of its inner state: a JSON object. The worker is kept meanwhile.
  /// Errors: kTimeout, kClosed when it does not answer.
  virtual boost::asio::awaitable<Result<std::string>> Ask() = 0;

  virtual void SetLogger(observability::Logger logger) = 0;
  virtual SessionLoad load() const = 0;

  /// Of the certificate that it shows to WHIP clients, as in a=fingerprint.
  virtual const std::string& dtls_fingerprint() const = 0;
  virtual int pid() const = 0;
};

/// Where workers come from.
class WorkerSource {
 public:
  virtual ~WorkerSource() = default;

  /// A worker that has got `job`. Errors: the context says why there is none.
  virtual boost::asio::awaitable<Result<std::shared_ptr<Worker>>> Employ(
      ipc::Job job, observability::Logger logger) = 0;

  /// Which video cannot be encoded on this host; empty before that is known.
  virtual const EncoderFinding& cannot_encode() const = 0;
};

}  // namespace ingress::service
