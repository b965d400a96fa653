#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "domain/input_kind.h"
#include "input/guard/descriptor_budget.h"
#include "input/guard/limit_monitor.h"
#include "input/publish.h"
#include "net/step_throttle.h"
#include "observability/logger.h"
#include "observability/metrics.h"

namespace ingress::control {
class ControlPlane;
}

namespace ingress::input {

/// What an input is given of its node; all of it outlives the input.
struct Node {
  boost::asio::any_io_executor executor;
  const config::Config& config;  // changes when it is read again
  observability::Logger logger;
  observability::MetricsRegistry& registry;
  observability::ServiceMetrics& metrics;
  LimitMonitor& limits;
  DescriptorBudget descriptors;
  net::StepThrottle& strangers;  // what they cause on the executor's thread goes through it
  Starter& starter;
  control::ControlPlane& control;  // that inputs may use from Start() to Stop()
};

/// One way by which encoders reach the node: it listens, speaks their protocol and brings publishes
/// to the Starter. It tells an encoder by its own protocol what a Failure means.
///
/// Confined to its executor. Prepare(), Listen(), Start(), each once and in this order; Stop() is
/// awaited before it is destroyed, whichever of them came.
class Input {
 public:
  struct Port {
    std::string_view name;  // in the log
    std::uint16_t number = 0;
  };

  /// How busy its listeners are.
  struct Traffic {
    std::size_t strangers = 0;       // connections without a right stream key
    std::size_t encoders = 0;        // the others
    std::size_t buffered_bytes = 0;  // of all strangers together
    std::string crowded;             // why the next encoder would find no place; empty: it would
  };

  virtual ~Input() = default;

  virtual InputKind kind() const = 0;
  virtual std::vector<Port> ports() const = 0;
  virtual Traffic traffic(TimePoint now) const = 0;

  /// Reads what it needs. An error means that the node must not start.
  virtual boost::asio::awaitable<Result<void>> Prepare() { co_return Result<void>{}; }

  /// Binds its ports. An error names the key of the configuration and what to do.
  virtual Result<void> Listen() = 0;

  /// Lets encoders in.
  virtual void Start() = 0;

  /// Closes everything and waits for it, publishes that are under way included.
  virtual boost::asio::awaitable<void> Stop() = 0;
};

}  // namespace ingress::input
