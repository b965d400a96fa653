#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "domain/admission.h"
#include "net/event.h"
#include "net/task_scope.h"
#include "rpc_ingress.pb.h"
#include "service/session/ingest_session.h"
#include "service/session/state_reporter.h"

namespace ingress::service {

/// The sessions of this node and what is left of ended ones: states that are not stored yet.
/// Confined to its executor.
class SessionTable {
 public:
  explicit SessionTable(const boost::asio::any_io_executor& executor);

  /// Runs `session` and its reporter until each is done.
  void Add(std::shared_ptr<IngestSession> session);

  /// Runs a reporter without a session: a refused publish of a known ingress.
  void Report(std::shared_ptr<StateReporter> reporter);

  /// The running session of this ingress; null for none.
  std::shared_ptr<IngestSession> Find(const std::string& ingress_id) const;

  /// Counts as a session that has just started for as long as it lives: one that is on its way into
  /// the table. The table outlives it.
  class Reservation {
   public:
    explicit Reservation(SessionTable& table) : table_(&table) { ++table_->reserved_; }
    Reservation(Reservation&& other) noexcept : table_(std::exchange(other.table_, nullptr)) {}
    Reservation& operator=(Reservation&&) = delete;
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;
    ~Reservation() {
      if (table_ != nullptr) --table_->reserved_;
    }

   private:
    SessionTable* table_;
  };
  Reservation Reserve() { return Reservation(*this); }

  /// Of the sessions, then one for each reservation.
  std::vector<SessionLoad> loads() const { return Loads(reserved_); }
  /// The same without that of `mine`.
  std::vector<SessionLoad> OtherLoads(const Reservation& /*mine*/) const {
    return Loads(reserved_ - 1);  // all are alike
  }
  const std::map<std::string, std::shared_ptr<IngestSession>>& all() const { return sessions_; }
  std::size_t size() const { return sessions_.size(); }
  ::rpc::ListActiveIngressResponse List() const;

  /// Ends every session for `failure`.
  void StopAll(const Failure& failure);

  /// Returns when no session runs any more.
  boost::asio::awaitable<void> WaitIdle();

  /// Waits for the sessions, then at most `limit` for their last states to be stored.
  boost::asio::awaitable<void> Stop(std::chrono::milliseconds limit);

 private:
  std::vector<SessionLoad> Loads(std::size_t reservations) const;
  boost::asio::awaitable<bool> AwaitReporters();
  boost::asio::awaitable<void> RunSession(std::shared_ptr<IngestSession> session);
  boost::asio::awaitable<void> RunReporter(std::shared_ptr<StateReporter> reporter);

  net::TaskScope tasks_;
  std::map<std::string, std::shared_ptr<IngestSession>> sessions_;  // by resource id
  std::size_t reserved_ = 0;
  std::vector<std::shared_ptr<StateReporter>> reporters_;
  net::Event idle_;    // the last session has ended
  net::Event stored_;  // the last reporter is done
  bool stopping_ = false;
  net::Event stop_;
};

}  // namespace ingress::service
