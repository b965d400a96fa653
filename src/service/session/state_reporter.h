#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "domain/session_state.h"
#include "net/event.h"
#include "observability/logger.h"
#include "rpc/ingress_control.h"
#include "service/session/state_journal.h"
#include "service/session/update_queue.h"

namespace ingress::service {

/// Keeps livekit-server informed about one session: complete states, strictly one after another,
/// repeated while the bus or the server is away, as the node's UpdateQueue lets them, the last one
/// until it was taken. What changes meanwhile travels with the next attempt.
///
/// Run() may outlive the session: it ends once the final state was stored, refused for good (the
/// ingress is gone, or a newer session exists), or Abandon() was called.
class StateReporter {
 public:
  /// `journal`: remembers what could not be told yet; null for none.
  StateReporter(const boost::asio::any_io_executor& executor, rpc::IoInfoClient& io_info,
                UpdateQueue& updates, std::string ingress_id, SessionState state,
                observability::Logger logger, StateJournal* journal = nullptr);

  /// Change it, then Wake().
  SessionState& state() { return state_; }
  void Wake() { wake_.Notify(); }

  /// Sends nothing before Open(): who reads of a session shall be able to reach it.
  void HoldBack() { held_back_ = true; }
  void Open();

  void SetLogger(observability::Logger logger) { logger_ = std::move(logger); }

  /// `callback` is called, by the executor, when the ingress turns out to be gone before it has got
  /// a state: DeleteIngress, which reads the state, could not know of this session. An ingress that
  /// is gone later tells nothing: its session was asked to end, or the server lost its memory.
  void OnUnknown(std::function<void()> callback) { on_unknown_ = std::move(callback); }

  boost::asio::awaitable<void> Run();

  /// Returns true when Run() is done: nothing more will be sent.
  static boost::asio::awaitable<bool> AwaitDone(std::shared_ptr<StateReporter> reporter);

  /// Sends nothing more after the attempt under way, because the ingress goes away.
  void Abandon();

  /// The same because the process goes away: the journal keeps what is not told.
  void LeaveToJournal();

 private:
  enum class Outcome {
    kStored,
    kRefused,   // for good
    kFailed,    // the server could not; others may have more luck
    kNoAnswer,  // neither had they
  };
  boost::asio::awaitable<void> SendUntilFinal();
  boost::asio::awaitable<void> AwaitChange();
  boost::asio::awaitable<std::optional<Outcome>> SendInTurn(::livekit::IngressState update);
  void Remember(const ::livekit::IngressState& update);
  boost::asio::awaitable<Outcome> Send(::livekit::IngressState state);

  boost::asio::any_io_executor executor_;
  rpc::IoInfoClient& io_info_;
  UpdateQueue& updates_;
  std::string ingress_id_;
  SessionState state_;
  observability::Logger logger_;
  StateJournal* journal_;
  net::Event wake_;
  net::Event given_up_;                  // a new state does not cut the pause before a retry short
  UpdateQueue::Place* place_ = nullptr;  // of the update that waits for its turn
  net::Event finished_;
  std::function<void()> on_unknown_;
  bool stored_ = false;  // a state, once
  bool held_back_ = false;
  bool abandoned_ = false;
  bool left_to_journal_ = false;
  bool done_ = false;
};

}  // namespace ingress::service
