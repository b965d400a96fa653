#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "flv/tag.h"
#include "ingress/admission.h"
#include "ingress/failure.h"
#include "livekit_ingress.pb.h"
#include "net/task_scope.h"
#include "observability/logger.h"
#include "relay/server.h"
#include "rpc/ingress_control.h"
#include "rtmp/publish.h"
#include "service/handler_process.h"
#include "service/load_meter.h"
#include "service/state_reporter.h"

namespace ingress::service {

/// One accepted publish: its feed, its handler, its RPC topics and its state, from acceptance until
/// everything of it is gone. Confined to its executor; held by shared pointers because an RPC
/// answer still owed may outlive the table's entry.
class Session : public std::enable_shared_from_this<Session> {
 public:
  struct Parts {
    boost::asio::any_io_executor executor;
    rpc::MessageBus& bus;
    ::livekit::IngressInfo info;
    std::string resource_id;
    std::unique_ptr<relay::Feed> feed;
    std::unique_ptr<HandlerProcess> handler;
    std::shared_ptr<StateReporter> reporter;
    observability::Logger logger;
    /// Ends the encoder's connection and tells it why. Called at most once, and only while the
    /// encoder is still there.
    std::function<void(const Failure& failure)> close_encoder;
  };

  explicit Session(Parts parts);

  /// Gives the handler its job.
  boost::asio::awaitable<Result<void>> Begin(ipc::Job job);

  /// Supervises the session until it is over.
  boost::asio::awaitable<void> Run();

  // From the encoder's connection.
  void OnMedia(rtmp::MediaMessage message);
  void OnEncoderEnd(const rtmp::PublishEnd& end);

  /// Ends the session for `failure` (which may be a clean end, such as a deletion).
  void Stop(const Failure& failure);

  /// Returns true when the session is over: the handler has left the room and is gone.
  static boost::asio::awaitable<bool> AwaitEnd(std::shared_ptr<Session> session);
  bool ended() const { return ended_; }

  const std::string& ingress_id() const { return info_.ingress_id(); }
  const std::string& resource_id() const { return resource_id_; }
  SessionLoad load() const { return load_.load(); }
  const std::shared_ptr<StateReporter>& reporter() const { return reporter_; }
  const std::optional<Failure>& failure() const { return reporter_->state().failure(); }

 private:
  boost::asio::awaitable<void> RegisterRpc();
  static boost::asio::awaitable<rpc::RpcResult<::livekit::IngressState>> EndByRpc(
      std::weak_ptr<Session> weak, FailureCode code);
  static boost::asio::awaitable<bool> AwaitStored(std::shared_ptr<Session> session);
  boost::asio::awaitable<void> ReceiveFromHandler();
  boost::asio::awaitable<void> WatchHandler();
  boost::asio::awaitable<void> SendStop(std::string reason);

  void OnReport(const ipc::Report& report);
  void OnFinished(const ipc::Finished& finished);
  void BeginEnding();

  boost::asio::any_io_executor executor_;
  rpc::MessageBus& bus_;
  ::livekit::IngressInfo info_;
  std::string resource_id_;
  std::unique_ptr<relay::Feed> feed_;
  std::unique_ptr<HandlerProcess> handler_;
  std::shared_ptr<StateReporter> reporter_;
  observability::Logger logger_;
  std::function<void(const Failure& failure)> close_encoder_;
  std::unique_ptr<rpc::SessionRpc> rpc_;
  net::TaskScope tasks_;
  LoadMeter load_;

  std::optional<TimePoint> ending_since_;
  TimePoint last_word_ = Clock::now();  // of the handler
  bool finished_ = false;               // the handler said its last word
  bool hung_ = false;
  bool handler_gone_ = false;
  bool ended_ = false;
  boost::asio::steady_timer watch_;
  boost::asio::steady_timer end_;  // cancelled when the session is over
};

}  // namespace ingress::service
