#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <string>

#include "config/config.h"
#include "domain/admission.h"
#include "net/task_scope.h"
#include "observability/logger.h"
#include "observability/metrics.h"
#include "relay/server.h"
#include "rpc/ingress_control.h"
#include "rpc/message_bus.h"
#include "service/handler_pool.h"
#include "service/key_gate.h"
#include "service/limit_monitor.h"
#include "service/lookup_queue.h"
#include "service/session_metrics.h"
#include "service/session_table.h"
#include "service/state_journal.h"
#include "service/update_queue.h"
#include "service/wrong_key_limit.h"

namespace ingress::service {

/// What every publish needs from the node. The service owns it all and outlives every user.
struct Context {
  static constexpr std::size_t kMaxPendingPublishes = 1024;

  /// They wait for their key to be looked at.
  std::size_t pending_publishes() const { return gate.waiting() + lookups.waiting(); }

  boost::asio::any_io_executor executor;
  const config::Config& config;
  observability::Logger logger;
  observability::ServiceMetrics& metrics;
  rpc::MessageBus& bus;
  rpc::IoInfoClient& io_info;
  relay::Server& relay;
  HandlerPool& handlers;
  SessionTable& sessions;
  KeyGate gate;
  LookupQueue lookups;
  WrongKeyLimit wrong_keys;
  rpc::PeerClient& peers;
  SessionMetrics& session_metrics;
  StateJournal& journal;
  LimitMonitor& limits;
  UpdateQueue& updates;
  std::string node_id;
  std::function<NodeResources()> resources;    // of this node, now
  std::function<AdmissionLimits()> admission;  // as configured now
  std::function<bool()> draining;              // no new sessions any more
};

}  // namespace ingress::service
