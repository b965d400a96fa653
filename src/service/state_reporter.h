#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "ingress/session_state.h"
#include "observability/logger.h"
#include "rpc/ingress_control.h"

namespace ingress::service {

/// Keeps livekit-server informed about one session: complete states, strictly one after another,
/// repeated with back-off while the bus or the server is away, the last one until it was taken.
///
/// Run() may outlive the session: it ends once the final state was stored, refused for good (the
/// ingress is gone, or a newer session exists), or Abandon() was called.
class StateReporter {
 public:
  StateReporter(boost::asio::any_io_executor executor, rpc::IoInfoClient& io_info,
                std::string ingress_id, SessionState state, observability::Logger logger);

  /// Change it, then Kick().
  SessionState& state() { return state_; }
  void Kick() { wake_.cancel(); }

  boost::asio::awaitable<void> Run();

  /// The process is about to end: gives up after the attempt under way.
  void Abandon();

 private:
  enum class Outcome { kStored, kRefused, kLost };
  boost::asio::awaitable<Outcome> Send(::livekit::IngressState state);

  boost::asio::any_io_executor executor_;
  rpc::IoInfoClient& io_info_;
  std::string ingress_id_;
  SessionState state_;
  observability::Logger logger_;
  boost::asio::steady_timer wake_;
  bool abandoned_ = false;
};

}  // namespace ingress::service
