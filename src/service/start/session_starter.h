#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "config/config.h"
#include "control/control_plane.h"
#include "domain/admission.h"
#include "domain/failure.h"
#include "input/guard/limit_monitor.h"
#include "input/publish.h"
#include "observability/logger.h"
#include "observability/metrics.h"
#include "relay/feed.h"
#include "service/session/encoder_arbiter.h"
#include "service/session/ingest_session.h"
#include "service/session/session_metrics.h"
#include "service/session/session_table.h"
#include "service/session/state_journal.h"
#include "service/session/update_queue.h"
#include "service/start/key_lookup.h"
#include "service/workers/worker.h"

namespace ingress::service {

/// Makes sessions of publishes, whichever input they come by: finds the ingress of the stream key,
/// gives its session to another encoder or takes it from another node, asks whether the node has
/// room for a new one, and puts a worker to it. There is one for the node, confined to its
/// executor.
class SessionStarter final : public input::Starter {
 public:
  /// Where the media of a new session goes, and the URL from which its worker gets it (a secret).
  struct Relay {
    std::unique_ptr<relay::Feed> feed;
    std::string url;
  };

  /// What it uses of the node; all of it outlives the starter.
  struct Node {
    boost::asio::any_io_executor executor;
    const config::Config& config;
    observability::Logger logger;
    const std::string& id;
    observability::ServiceMetrics& metrics;
    SessionMetrics& session_metrics;
    input::LimitMonitor& limits;
    control::ControlPlane& control;
    rpc::IoInfoClient& ingresses;  // of `control`, with its calls counted
    WorkerSource& workers;
    SessionTable& sessions;
    StateJournal& journal;
    UpdateQueue& updates;
    std::function<Relay(const std::string& resource_id)> open_relay;
    std::function<NodeResources()> resources;  // of this node, now
    /// As configured now. `encodes`: the session may.
    std::function<AdmissionLimits(InputKind, bool encodes)> admission;
    std::function<bool()> draining;  // no new sessions any more
  };

  explicit SessionStarter(Node node);

  boost::asio::awaitable<std::expected<std::unique_ptr<input::SessionLink>, Failure>> Start(
      input::Attempt& attempt) override;

  /// See KeyLookup.
  std::string why_crowded() const { return keys_.why_crowded(); }

 private:
  struct Publish;
  using Started = std::expected<std::unique_ptr<input::SessionLink>, Failure>;
  using Launched = std::expected<std::shared_ptr<IngestSession>, Failure>;

  boost::asio::awaitable<Started> StartKnown(Publish& publish);
  boost::asio::awaitable<Started> StartNew(Publish& publish);
  Started Join(Publish& publish, const std::shared_ptr<IngestSession>& session);
  Started Attach(const Publish& publish, std::shared_ptr<IngestSession> session);
  boost::asio::awaitable<std::expected<void, Failure>> TakeFromOtherNode(Publish& publish,
                                                                         EncoderArbiter& arbiter);
  boost::asio::awaitable<std::expected<void, Failure>> CheckAll(
      const Publish& publish, const SessionTable::Reservation& reserved);
  std::expected<void, Failure> CheckNode(const Publish& publish,
                                         const SessionTable::Reservation& reserved) const;
  boost::asio::awaitable<std::expected<void, Failure>> CheckParticipant(
      const ::livekit::IngressInfo& info);
  boost::asio::awaitable<Launched> Launch(const Publish& publish, std::string resource_id,
                                          std::shared_ptr<StateReporter> reporter,
                                          EncoderArbiter arbiter,
                                          std::unique_ptr<control::StartLock> lock);
  std::shared_ptr<StateReporter> MakeReporter(const Publish& publish,
                                              const std::string& resource_id);
  void Count(InputKind kind, const std::optional<Failure>& failure);
  void LogRefusal(const Publish& publish, const Failure& failure);

  Node node_;
  KeyLookup keys_;
};

}  // namespace ingress::service
