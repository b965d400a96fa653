#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>

#include "input/guard/connection_place.h"
#include "input/input.h"
#include "rtmp/connection.h"

namespace ingress::input {

/// The publish of one RTMP connection: brought to the starter, then its media to the session.
class RtmpPublish final : public rtmp::PublishSink {
 public:
  /// `place` and `link`: of the connection. All outlive this object.
  RtmpPublish(Node& node, ConnectionPlace& place, EncoderLink link);

  boost::asio::awaitable<std::expected<void, rtmp::Refusal>> OnPublish(
      rtmp::PublishRequest request) override;
  void OnClosing() override;
  void OnMedia(rtmp::MediaMessage message) override;
  void OnNotice(rtmp::ProtocolNotice notice) override;
  void OnBuffered(std::size_t bytes) override { place_.SetBuffered(bytes); }
  void OnReadDone() override;
  void OnBatchInterval(std::chrono::milliseconds interval) override;
  void OnEnd(rtmp::PublishEnd end) override;

 private:
  Node& node_;
  ConnectionPlace& place_;
  EncoderLink link_;
  observability::Logger logger_;
  std::optional<Attempt> attempt_;  // under way, or over
  bool closing_ = false;
  std::chrono::milliseconds batch_interval_{0};  // of the connection
  std::unique_ptr<SessionLink> session_;
};

}  // namespace ingress::input
