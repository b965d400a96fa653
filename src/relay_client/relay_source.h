#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "input/source/source.h"
#include "relay_client/stream_client.h"

namespace ingress::relay_client {

/// What encoders publish to the service: read from its relay, one request per generation. RTMP has
/// no way back, so nothing is asked of the encoder.
class RelaySource final : public input::Source {
 public:
  /// `url`: as StreamClient::Connect() wants it.
  RelaySource(boost::asio::any_io_executor executor, std::string url)
      : executor_(std::move(executor)), url_(std::move(url)) {}

  boost::asio::awaitable<Result<Next>> Open() override;
  boost::asio::awaitable<Result<stream::Units>> Read() override;
  void Close() override;

 private:
  boost::asio::any_io_executor executor_;
  std::string url_;
  std::unique_ptr<StreamClient> stream_;  // once a generation was opened
};

}  // namespace ingress::relay_client
