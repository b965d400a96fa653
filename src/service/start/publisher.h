#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "domain/failure.h"
#include "net/fair_semaphore.h"
#include "rtmp/connection.h"
#include "service/guard/connection_place.h"
#include "service/session/encoder_arbiter.h"
#include "service/session/ingest_session.h"
#include "service/session/start_lock.h"
#include "service/start/context.h"
#include "service/start/publish_backlog.h"
#include "service/start/stream_key_mutex.h"

namespace ingress::service {

/// What stands behind one encoder's connection: decides about its publish and passes its media on
/// to the session it became.
class Publisher final : public rtmp::PublishSink {
 public:
  /// `place`: of the encoder's connection. `close`: ends that and tells it why. Both outlive this
  /// object.
  Publisher(Context& context, ConnectionPlace& place,
            std::function<void(const Failure& failure)> close);

  boost::asio::awaitable<std::expected<void, rtmp::Refusal>> OnPublish(
      rtmp::PublishRequest request) override;
  void OnClosing() override;
  void OnMedia(rtmp::MediaMessage message) override;
  void OnNotice(rtmp::ProtocolNotice notice) override;
  void OnBuffered(std::size_t bytes) override { place_.SetBuffered(bytes); }
  void OnReadDone() override;
  std::chrono::milliseconds batch_interval() const override;
  void OnEnd(rtmp::PublishEnd end) override;

 private:
  using Started = std::expected<std::shared_ptr<IngestSession>, Failure>;

  boost::asio::awaitable<Started> Start(const rtmp::PublishRequest& request);
  std::expected<void, Failure> MayAsk(const std::string& stream_key);
  void TakeWaitingPlace(const std::string& stream_key);
  boost::asio::awaitable<std::expected<::rpc::GetIngressInfoResponse, Failure>> LookUp(
      const std::string& stream_key);
  boost::asio::awaitable<Started> StartKnown(::rpc::GetIngressInfoResponse lookup);
  Started Join(const std::shared_ptr<IngestSession>& session, ::livekit::IngressInfo info);
  boost::asio::awaitable<Started> StartNew(::rpc::GetIngressInfoResponse lookup);
  boost::asio::awaitable<std::expected<void, Failure>> TakeFromOtherNode(
      ::livekit::IngressInfo& info, EncoderArbiter& arbiter);
  boost::asio::awaitable<Started> Launch(const ::rpc::GetIngressInfoResponse& lookup,
                                         std::string resource_id,
                                         std::shared_ptr<StateReporter> reporter,
                                         EncoderArbiter arbiter, std::unique_ptr<StartLock> lock);
  std::expected<void, Failure> CheckNode() const;
  boost::asio::awaitable<std::expected<void, Failure>> CheckParticipant(
      const ::livekit::IngressInfo& info);
  void GiveUpWaiting(const Failure& failure);
  void Attach(std::shared_ptr<IngestSession> session);
  void Count(const std::optional<Failure>& failure);
  void LogRefusal(const Failure& failure, const std::string& encoder) const;

  Context& context_;
  ConnectionPlace& place_;
  std::function<void(const Failure& failure)> close_;
  observability::Logger logger_;
  std::string address_;  // of the encoder, without the port
  std::optional<StreamKeyMutex::Visitor> visitor_;
  std::optional<net::FairSemaphore::Waiter> lookup_waiter_;
  std::optional<BacklogPlace> waiting_;  // for the key's turn, then for a lookup's
  bool shed_ = false;                    // that place was another's need
  std::string for_operator_;             // why the lookup failed, which a stranger is not told
  bool closing_ = false;
  std::shared_ptr<IngestSession> session_;
  std::uint64_t number_ = 0;  // by which the session knows this encoder
};

}  // namespace ingress::service
