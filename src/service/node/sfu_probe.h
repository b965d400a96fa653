#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>

#include "config/config.h"
#include "net/event.h"
#include "net/task_scope.h"
#include "observability/logger.h"
#include "service/node/sfu_check.h"
#include "service/node/sfu_watch.h"

namespace ingress::service {

/// Asks livekit-server, again and again, whether a participant with a token of ours may join: a
/// wrong URL, key, secret, certificate or clock is told at the start and not by the first stream
/// that fails. Makes no room and no participant. Confined to its executor.
///
/// A server that stops answering is not ready within 20 s: the longest pause of SfuWatch, 12 s, two
/// answers of SfuCheck::kAnswerWithin that do not come, and the second between them.
class SfuProbe {
 public:
  /// `config`: read at each attempt. `identity`: of the participant that would join.
  SfuProbe(const boost::asio::any_io_executor& executor, const config::Config& config,
           std::string identity, observability::Logger logger);

  void Start();
  boost::asio::awaitable<void> Stop();

  /// Asks now: the configuration has changed.
  void AskNow() { ask_.Notify(); }

  const SfuWatch& watch() const { return watch_; }

 private:
  boost::asio::awaitable<void> Run();
  void Tell(bool was_ready);

  std::string url_;  // for people
  SfuCheck check_;
  observability::Logger logger_;
  SfuWatch watch_;
  net::TaskScope tasks_;
  net::Event ask_;  // no pause is due any more
  std::string last_note_;
  bool stopping_ = false;
};

}  // namespace ingress::service
