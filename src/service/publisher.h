#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ingress/failure.h"
#include "rtmp/connection.h"
#include "service/context.h"
#include "service/session.h"

namespace ingress::service {

/// What stands behind one encoder's connection: decides about its publish and passes its media on
/// to the session it became.
class Publisher final : public rtmp::PublishSink {
 public:
  /// `close`: ends the encoder's connection and tells it why; outlives this object.
  Publisher(Context& context, std::function<void(const Failure& failure)> close);

  boost::asio::awaitable<std::expected<void, rtmp::Refusal>> OnPublish(
      rtmp::PublishRequest request) override;
  void OnMedia(rtmp::MediaMessage message) override;
  void OnEnd(rtmp::PublishEnd end) override;

 private:
  using Started = std::expected<std::shared_ptr<Session>, Failure>;

  boost::asio::awaitable<Started> Start(const rtmp::PublishRequest& request);
  boost::asio::awaitable<Started> StartKnown(::rpc::GetIngressInfoResponse lookup);
  boost::asio::awaitable<Started> Launch(::rpc::GetIngressInfoResponse lookup,
                                         std::string resource_id,
                                         std::shared_ptr<StateReporter> reporter);
  std::expected<void, Failure> Check(const ::livekit::IngressInfo& info) const;
  std::expected<ipc::Job, Failure> MakeJob(::rpc::GetIngressInfoResponse lookup,
                                           const std::string& resource_id,
                                           const std::string& relay_token) const;
  void Count(const std::optional<Failure>& failure);

  Context& context_;
  std::function<void(const Failure& failure)> close_;
  observability::Logger logger_;
  std::shared_ptr<Session> session_;
};

}  // namespace ingress::service
