#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "control/control_plane.h"
#include "domain/admission.h"
#include "domain/failure.h"
#include "domain/input_kind.h"
#include "domain/route.h"
#include "input/publish.h"
#include "livekit_ingress.pb.h"
#include "net/event.h"
#include "net/task_scope.h"
#include "observability/logger.h"
#include "relay/feed.h"
#include "rpc/ingress_control.h"
#include "service/session/encoder_arbiter.h"
#include "service/session/session_metrics.h"
#include "service/session/session_state_machine.h"
#include "service/session/state_reporter.h"
#include "service/workers/worker.h"

namespace ingress::service {

class Launcher;

/// One publish of an ingress: its feed, its handler, its RPC topics and its state, from acceptance
/// until everything of it is gone. Encoders may come and go meanwhile, and so may handlers.
///
/// SessionStateMachine decides; this class carries out. Confined to its executor; held by shared
/// pointers because an RPC answer still owed may outlive the table's entry.
class IngestSession : public std::enable_shared_from_this<IngestSession> {
 public:
  struct Parts {
    boost::asio::any_io_executor executor;
    control::ControlPlane& control;
    InputKind kind = InputKind::kRtmp;
    ::livekit::IngressInfo info;
    std::string resource_id;
    std::unique_ptr<relay::Feed> feed;  // null: media goes to the handler, past the service
    std::unique_ptr<Launcher> launcher;
    std::shared_ptr<StateReporter> reporter;
    observability::Logger logger;
    SessionStateMachine::Options timing;
    EncoderArbiter arbiter;
    std::unique_ptr<control::StartLock>
        start_lock;  // given back once the session can be found by RPC
    SessionMetrics& metrics;
    UpdateQueue& updates;
    /// Called when a handler was replaced, with the failure of the old one's.
    std::function<void(const Failure& failure)> on_restart;
  };

  explicit IngestSession(Parts parts);
  ~IngestSession();

  /// Puts the first handler to work. Errors: those of Launcher::Launch().
  boost::asio::awaitable<std::expected<void, Failure>> Begin();

  /// Supervises the session until it is over.
  boost::asio::awaitable<void> Run();

  /// After Run(): livekit-server, which may have read before that the session runs, is answered
  /// until some seconds after it has the last state, or until `stopping`, which `stop` tells.
  boost::asio::awaitable<void> StayReachable(net::Event stop, const bool& stopping);

  /// Whether an encoder that comes now gets this session rather than a new one.
  bool resumable() const { return state_machine_.resumable(); }

  EncoderArbiter::Verdict Judge(const std::string& address) {
    ListenToEncoder();
    return arbiter_.Judge(address, Clock::now());
  }

  /// Gives the session to an encoder; who has it is told and closed. Only while resumable().
  /// Returns the number by which the encoder speaks from now on; others are not listened to.
  std::uint64_t Attach(input::EncoderLink link);

  /// The ingress as livekit-server has it now: what changed is applied.
  void Adopt(::livekit::IngressInfo info);

  // From the encoder's connection.
  void OnMedia(std::uint64_t encoder, input::Media media);
  void OnReadDone() {
    if (feed_) feed_->OnReadDone();
  }
  /// Its media is read at this interval from now on, as the handler has ordered.
  void OnBatchInterval(std::uint64_t encoder, std::chrono::milliseconds interval);
  std::string dtls_fingerprint() const {
    return worker_ ? worker_->dtls_fingerprint() : std::string();
  }
  void TellHandler(std::uint64_t encoder, std::string body, UniqueFd socket);
  void OnEncoderEnd(std::uint64_t encoder, const input::PublishEnd& end);

  /// Ends the session for `failure` (which may be a clean end, such as a deletion).
  void Stop(const Failure& failure);

  /// Returns true when the session is over: the handler has left the room and is gone.
  static boost::asio::awaitable<bool> AwaitEnd(std::shared_ptr<IngestSession> session);
  bool ended() const { return ended_; }

  /// The inner state of session and handler for people: a JSON object.
  static boost::asio::awaitable<std::string> Describe(std::shared_ptr<IngestSession> session);

  void SetLogLevel(LogLevel level);

  /// `logger` with the room and participant of now.
  observability::Logger Named(const observability::Logger& logger) const;

  InputKind kind() const { return kind_; }
  const std::string& ingress_id() const { return info_.ingress_id(); }
  const std::string& resource_id() const { return resource_id_; }
  SessionLoad load() const { return worker_ ? worker_->load() : SessionLoad{}; }
  std::optional<Route> route() const;  // of the video; empty: not known yet
  const ipc::State& media_state() const { return media_state_; }
  const ipc::Counters& counters() const { return counters_; }
  relay::FeedCounters feed_counters() const;
  const std::shared_ptr<StateReporter>& reporter() const { return reporter_; }
  const std::optional<Failure>& failure() const { return state_machine_.failure(); }

 private:
  boost::asio::awaitable<void> RegisterRpc();
  boost::asio::awaitable<void> RegisterParticipant();
  static boost::asio::awaitable<rpc::RpcResult<::livekit::IngressState>> DeleteByRpc(
      std::weak_ptr<IngestSession> weak);
  static boost::asio::awaitable<rpc::RpcResult<::livekit::IngressState>> UpdateByRpc(
      std::weak_ptr<IngestSession> weak, ::livekit::UpdateIngressRequest request);
  static boost::asio::awaitable<rpc::RpcResult<::ingress::peer::HandOverResponse>> HandOverByRpc(
      std::weak_ptr<IngestSession> weak, ::ingress::peer::HandOverRequest request);
  static boost::asio::awaitable<rpc::RpcResult<::ingress::peer::DebugInfoResponse>> DebugInfoByRpc(
      std::weak_ptr<IngestSession> weak);
  static boost::asio::awaitable<rpc::RpcResult<::ingress::peer::HolderResponse>> HolderByRpc(
      std::weak_ptr<IngestSession> weak);
  static boost::asio::awaitable<bool> AwaitStored(std::shared_ptr<IngestSession> session);
  boost::asio::awaitable<void> StartHandler();
  boost::asio::awaitable<std::expected<void, Failure>> Launch();
  void TellParticipant();
  void NameInLog();
  boost::asio::awaitable<void> WatchDeadline();

  void Do(const SessionStateMachine::Actions& actions);
  void Do(SessionStateMachine::Action action);
  void CloseEncoder(const Failure& failure);
  void ForgetEncoder();
  void ListenToEncoder();
  void EndInput();
  void OnInputEvent(const ipc::InputEvent& event);
  void OnHandlerReplaced(const Failure& failure);
  void OnState(const ipc::State& state);
  void OnCounters(const ipc::Counters& counters);
  void TellMedia();
  void SetBatchInterval(std::chrono::milliseconds interval);
  void End();

  boost::asio::any_io_executor executor_;
  control::ControlPlane& control_;
  InputKind kind_;
  ::livekit::IngressInfo info_;
  std::string resource_id_;
  std::unique_ptr<relay::Feed> feed_;
  std::unique_ptr<Launcher> launcher_;
  std::shared_ptr<StateReporter> reporter_;
  observability::Logger logger_;
  std::function<void(const Failure& failure)> on_restart_;

  SessionStateMachine state_machine_;
  EncoderArbiter arbiter_;
  std::chrono::milliseconds participant_kept_;  // without a word of the encoder
  input::EncoderLink encoder_;
  std::uint64_t encoder_number_ = 0;
  bool client_heard_ = false;  // of media that goes past us: the handler gets something
  std::shared_ptr<Worker> worker_;
  ipc::State media_state_;  // the worker's last one
  ipc::Counters counters_;
  std::chrono::milliseconds batch_interval_{0};  // as the worker has ordered
  std::chrono::milliseconds told_interval_{0};   // in force, as the worker was told last
  std::uint64_t relay_drops_ = 0;                // that metrics know of
  std::uint64_t received_bytes_ = 0;             // of coded media, that metrics do not know of yet
  std::unique_ptr<rpc::SessionRpc> rpc_;
  std::unique_ptr<rpc::SessionRpc> participant_rpc_;  // the topic of room and identity
  std::unique_ptr<control::StartLock> start_lock_;
  SessionMetrics& metrics_;
  UpdateQueue& updates_;
  net::TaskScope tasks_;
  bool ended_ = false;
  net::Event deadline_moved_;
  net::Event end_;
};

}  // namespace ingress::service
