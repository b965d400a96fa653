#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/event.h"
#include "service/workers/worker.h"

namespace ingress::service::testing {

/// A worker that does what a test tells it.
class ScriptedWorker final : public Worker {
 public:
  explicit ScriptedWorker(ipc::Job job) : job_(std::move(job)) {}

  /// It says how it does, and what it wants.
  void Report(const ipc::State& state) {
    if (says_) says_->state(state);
  }
  void Count(const ipc::Counters& counters) {
    if (says_) says_->counters(counters);
  }
  void SetBatchInterval(std::chrono::milliseconds interval) {
    if (says_) says_->set_batch_interval(interval);
  }

  /// It says something of the encoder whose media it gets itself.
  void Say(const ipc::InputEvent& event) {
    if (says_) says_->input(event);
  }

  /// It is gone, in order unless `failure` says otherwise.
  void End(HandlerEnding::Kind kind, std::optional<Failure> failure = {}) {
    if (ending_) return;
    ending_ = HandlerEnding{.kind = kind, .failure = std::move(failure)};
    end_.Notify();
  }

  const ipc::Job& job() const { return job_; }
  const std::vector<ipc::ToHandler>& told() const { return told_; }
  int descriptors() const { return descriptors_; }  // that came with what it was told
  const std::string& asked_to_stop() const { return asked_to_stop_; }  // the reason
  bool killed() const { return killed_; }
  bool gone() const { return ending_.has_value(); }

  /// Leaves the room as soon as it is asked to.
  bool leaves = true;
  SessionLoad costs;

  boost::asio::awaitable<HandlerEnding> Run(Says says) override {
    says_ = std::move(says);
    co_await end_.WaitUntilTrue([this] { return ending_.has_value(); });
    says_.reset();
    co_return *ending_;
  }
  void Stop(std::string reason) override {
    asked_to_stop_ = std::move(reason);
    if (leaves) End(HandlerEnding::Kind::kInOrder);
  }
  void Kill() override {
    killed_ = true;
    End(HandlerEnding::Kind::kDied, Failure(FailureCode::kHandlerCrashed, "killed"));
  }
  void Tell(ipc::ToHandler message, UniqueFd descriptor) override {
    if (descriptor) ++descriptors_;
    told_.push_back(std::move(message));
  }
  boost::asio::awaitable<Result<std::string>> Ask() override { co_return R"({"scripted":true})"; }
  void SetLogger(observability::Logger /*logger*/) override {}
  SessionLoad load() const override { return costs; }
  const std::string& dtls_fingerprint() const override { return fingerprint_; }
  int pid() const override { return 1; }

 private:
  ipc::Job job_;
  net::Event end_;
  std::optional<Says> says_;  // while it runs
  std::optional<HandlerEnding> ending_;
  std::vector<ipc::ToHandler> told_;
  int descriptors_ = 0;
  std::string fingerprint_ = "sha-256 AA:BB";
  std::string asked_to_stop_;
  bool killed_ = false;
};

class ScriptedWorkers final : public WorkerSource {
 public:
  explicit ScriptedWorkers(const boost::asio::any_io_executor& executor) : executor_(executor) {}

  int failing_starts = 0;             // so many of the next ones
  std::chrono::milliseconds start{};  // how long each takes

  const std::vector<std::shared_ptr<ScriptedWorker>>& all() const { return all_; }
  ScriptedWorker& last() { return *all_.back(); }

  boost::asio::awaitable<Result<std::shared_ptr<Worker>>> Employ(
      ipc::Job job, observability::Logger /*logger*/) override {
    if (start.count() > 0) {
      boost::asio::steady_timer takes(executor_, start);
      co_await takes.async_wait(boost::asio::use_awaitable);
    }
    if (failing_starts > 0) {
      --failing_starts;
      co_return Fail(ErrorCode::kInternal, "scripted");
    }
    co_return all_.emplace_back(std::make_shared<ScriptedWorker>(std::move(job)));
  }
  const EncoderFinding& cannot_encode() const override { return cannot_encode_; }

 private:
  boost::asio::any_io_executor executor_;
  std::vector<std::shared_ptr<ScriptedWorker>> all_;
  EncoderFinding cannot_encode_;
};

}  // namespace ingress::service::testing
