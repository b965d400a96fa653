#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "dial/http_get.h"
#include "dial/trust.h"
#include "service/node/sfu_verdict.h"

namespace ingress::service {

/// Asks livekit-server whether a participant with a token of ours may join. Makes no room and no
/// participant. Confined to one executor.
class SfuCheck {
 public:
  static constexpr std::chrono::seconds kAnswerWithin{3};

  /// `config`: read at each question. `identity`: of the participant that would join.
  SfuCheck(const config::Config& config, std::string identity)
      : config_(config), identity_(std::move(identity)) {}

  boost::asio::awaitable<SfuVerdict> Ask();

 private:
  boost::asio::awaitable<Result<dial::HttpReply>> Get(std::string token);
  boost::asio::awaitable<Result<void>> ReadTrust();

  const config::Config& config_;
  std::string identity_;
  dial::Trust trust_;  // of trust_file_, as it was at trust_read_
  std::string trust_file_;
  TimePoint trust_read_;
};

}  // namespace ingress::service
