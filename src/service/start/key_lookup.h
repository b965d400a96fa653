#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <expected>
#include <string>

#include "config/config.h"
#include "domain/failure.h"
#include "input/guard/limit_monitor.h"
#include "input/guard/wrong_key_limit.h"
#include "input/publish.h"
#include "net/fair_semaphore.h"
#include "rpc/ingress_control.h"
#include "rpc_io.pb.h"
#include "service/start/publish_backlog.h"
#include "service/start/stream_key_mutex.h"

namespace ingress::service {

/// Finds the ingress of a stream key, as long as those who ask do not ask for too much: wrong keys
/// of one address, publishes that wait, keys that are looked up at a time. Confined to its
/// executor.
class KeyLookup {
 public:
  static constexpr std::size_t kAtATime = 64;  // some 10 000 a second, at 5 ms each

  /// `config`, `ingresses` and `limits` outlive it.
  KeyLookup(const config::Config& config, rpc::IoInfoClient& ingresses,
            input::LimitMonitor& limits);

  /// The ingress, and the right to decide about publishes with its key for as long as `turn` lives.
  struct Found {
    StreamKeyMutex::Turn turn;
    ::rpc::GetIngressInfoResponse ingress;
  };

  /// Why there is none.
  struct Refusal {
    Failure failure;
    std::string detail;  // for the operator; a stranger is not told
  };

  boost::asio::awaitable<std::expected<Found, Refusal>> LookUp(input::Attempt& attempt);

  /// Why the next publish would have to wait for long, or could not wait; empty: it would not.
  std::string why_crowded() const;

 private:
  std::expected<void, Failure> MayAsk(const input::Attempt& attempt);
  class Wait;

  boost::asio::awaitable<std::expected<::rpc::GetIngressInfoResponse, Refusal>> Ask(
      const input::Attempt& attempt, Wait& wait);
  void Strike(const std::string& address, input::Limit limit);

  const config::Config& config_;
  rpc::IoInfoClient& ingresses_;
  input::LimitMonitor& limits_;
  StreamKeyMutex mutex_;
  net::FairSemaphore lookups_;
  PublishBacklog backlog_;  // for the turn of a key or for a lookup
  input::WrongKeyLimit wrong_keys_;
};

}  // namespace ingress::service
