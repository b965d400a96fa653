#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <string>

#include "config/config.h"
#include "domain/admission.h"
#include "net/fair_semaphore.h"
#include "net/task_scope.h"
#include "observability/logger.h"
#include "observability/metrics.h"
#include "relay/server.h"
#include "rpc/ingress_control.h"
#include "rpc/message_bus.h"
#include "service/guard/limit_monitor.h"
#include "service/guard/wrong_key_limit.h"
#include "service/session/session_metrics.h"
#include "service/session/session_table.h"
#include "service/session/state_journal.h"
#include "service/session/update_queue.h"
#include "service/start/publish_backlog.h"
#include "service/start/stream_key_mutex.h"
#include "service/workers/handler_pool.h"

namespace ingress::service {

/// What every publish needs from the node. The service owns it all and outlives every user.
struct Context {
  static constexpr std::size_t kLookupsAtATime = 64;  // some 10 000 a second, at 5 ms each

  boost::asio::any_io_executor executor;
  const config::Config& config;
  observability::Logger logger;
  observability::ServiceMetrics& metrics;
  rpc::MessageBus& bus;
  rpc::IoInfoClient& io_info;
  relay::Server& relay;
  HandlerPool& handlers;
  SessionTable& sessions;
  StreamKeyMutex key_mutex;
  net::FairSemaphore lookups;
  PublishBacklog waiting;  // for the turn of a key or for a lookup
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
