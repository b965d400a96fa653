#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>

#include "input/guard/connection_place.h"
#include "input/input.h"
#include "rtmp/connection.h"

namespace ingress::input {

/// The publish of one RTMP connection: brought to the starter, then its media to the session.
class RtmpPublish final : public rtmp::PublishSink {
 public:
  /// `place`: of the connection. `close`: ends that and tells it why. All outlive this object.
  RtmpPublish(Node& node, ConnectionPlace& place,
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
  Node& node_;
  ConnectionPlace& place_;
  std::function<void(const Failure& failure)> close_;
  observability::Logger logger_;
  std::optional<Attempt> attempt_;  // under way, or over
  bool closing_ = false;
  std::unique_ptr<SessionLink> session_;
};

}  // namespace ingress::input
