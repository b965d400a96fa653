#include "service/session/session_table.h"

#include <algorithm>
#include <utility>

#include "net/deadline.h"

namespace ingress::service {

namespace asio = boost::asio;

SessionTable::SessionTable(const asio::any_io_executor& executor) : tasks_(executor) {}

void SessionTable::Add(std::shared_ptr<IngestSession> session) {
  sessions_.emplace(session->resource_id(), session);
  Report(session->reporter());
  tasks_.Spawn(RunSession(std::move(session)));
}

void SessionTable::Report(std::shared_ptr<StateReporter> reporter) {
  reporters_.push_back(reporter);
  tasks_.Spawn(RunReporter(std::move(reporter)));
}

asio::awaitable<void> SessionTable::RunSession(std::shared_ptr<IngestSession> session) {
  co_await session->Run();
  sessions_.erase(session->resource_id());
  if (sessions_.empty()) idle_.Notify();
  co_await session->StayReachable(stop_, stopping_);
}

asio::awaitable<void> SessionTable::RunReporter(std::shared_ptr<StateReporter> reporter) {
  co_await reporter->Run();
  std::erase(reporters_, reporter);
  if (reporters_.empty()) stored_.Notify();
}

std::shared_ptr<IngestSession> SessionTable::Find(const std::string& ingress_id) const {
  for (const auto& [resource_id, session] : sessions_) {
    if (session->ingress_id() == ingress_id) return session;
  }
  return nullptr;
}

std::vector<SessionLoad> SessionTable::Loads(std::size_t reservations) const {
  std::vector<SessionLoad> loads;
  loads.reserve(sessions_.size() + reservations);
  for (const auto& [resource_id, session] : sessions_) loads.push_back(session->load());
  loads.resize(loads.size() + reservations);
  return loads;
}

::rpc::ListActiveIngressResponse SessionTable::List() const {
  ::rpc::ListActiveIngressResponse response;
  for (const auto& [resource_id, session] : sessions_) {
    response.add_ingress_ids(session->ingress_id());
    auto& entry = *response.add_ingress_sessions();
    entry.set_ingress_id(session->ingress_id());
    entry.set_resource_id(resource_id);
  }
  return response;
}

void SessionTable::StopAll(const Failure& failure) {
  const auto sessions = sessions_;
  for (const auto& [resource_id, session] : sessions) session->Stop(failure);
}

asio::awaitable<void> SessionTable::WaitIdle() {
  co_await idle_.WaitUntilTrue([this] { return sessions_.empty(); });
}

asio::awaitable<bool> SessionTable::AwaitReporters() {
  co_await stored_.WaitUntilTrue([this] { return reporters_.empty(); });
  co_return true;
}

asio::awaitable<void> SessionTable::Stop(std::chrono::milliseconds limit) {
  co_await WaitIdle();
  co_await net::TryFor(limit, AwaitReporters());
  for (const auto& reporter : reporters_) reporter->LeaveToJournal();
  stopping_ = true;
  stop_.Notify();
  co_await tasks_.Join();
}

}  // namespace ingress::service
