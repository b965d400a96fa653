#include "handler/main.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "base/process_title.h"
#include "base/process_usage.h"
#include "base/stack_trace.h"
#include "handler/session_runner.h"
#include "ipc/channel.h"
#include "ipc/oom_score.h"
#include "net/task_scope.h"
#include "relay_client/relay_source.h"
#include "rtc/warm_up.h"
#include "sandbox/confine.h"

namespace ingress::handler {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kHeartbeatEvery = 1s;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

observability::Logger LoggerFor(const ipc::Job& job) {
  const auto level = observability::ParseLogLevel(job.log_level());
  return observability::Logger(
             {.level = level.value_or(observability::LogLevel::kInfo), .json = job.log_json()})
      .With({{observability::field::kNodeId, job.node_id()},
             {observability::field::kIngressId, job.info().ingress_id()},
             {observability::field::kResourceId, job.resource_id()},
             {observability::field::kRoom, job.info().room_name()},
             {observability::field::kParticipant, job.info().participant_identity()}});
}

/// The input's half that runs here, by what the job says. RTMP is the one input that there is, and
/// the relay brings it.
input::SourceFactory SourceOf(const ipc::Job& job) {
  return [url = job.relay_url()](const asio::any_io_executor& executor) {
    return std::make_unique<relay_client::RelaySource>(executor, url);
  };
}

/// The process' side of the socketpair and its one session.
class Handler {
 public:
  explicit Handler(const asio::any_io_executor& executor)
      : executor_(executor),
        channel_(executor, UniqueFd(ipc::kHandlerSocketFd)),
        tasks_(executor),
        heartbeat_(executor) {}

  asio::awaitable<void> Run() {
    ipc::FromHandler hello;
    hello.mutable_hello()->set_version(ipc::kProtocolVersion);
    if (!co_await channel_.Send(hello)) co_return;
    auto first = co_await channel_.Receive();
    if (!first || !first->has_job()) co_return;  // the service went away, or has no job for us
    co_await RunJob(std::move(*first->mutable_job()));
  }

  int exit_code() const { return reported_ ? 0 : 1; }

 private:
  asio::awaitable<void> RunJob(ipc::Job job) {
    logger_ = LoggerFor(job);
    SetProcessTitle("handler", job.resource_id());
    const input::SourceFactory make_source = SourceOf(job);
    auto runner = SessionRunner::Make(
        executor_, std::move(job), make_source,
        [this](const ipc::Report& report) { SendReport(report); }, logger_);
    if (!runner) {
      co_return co_await Finish(Failure(FailureCode::kInvalidOptions, runner.error().context));
    }
    runner_ = std::move(*runner);
    tasks_.Spawn(ReceiveOrders());
    tasks_.Spawn(SendHeartbeats());
    co_await Finish(co_await runner_->Run());
  }

  /// The last word, and the end of every task.
  asio::awaitable<void> Finish(std::optional<Failure> failure) {
    finished_ = true;
    ipc::FromHandler last;
    auto& finished = *last.mutable_finished();
    finished.set_ok(!failure);
    if (failure) {
      finished.set_code(std::string(failure->name()));
      finished.set_cause(failure->cause());
      finished.set_remedy(failure->remedy());
    }
    reported_ = (co_await channel_.Send(std::move(last))).has_value();
    channel_.Close();
    heartbeat_.cancel();
    co_await tasks_.Join();
  }

  asio::awaitable<void> ReceiveOrders() {
    while (!finished_) {
      auto order = co_await channel_.Receive();
      if (finished_) co_return;
      if (!order) {
        runner_->session().Stop("the service is gone");
        co_return;
      }
      Handle(*order);
    }
  }

  void Handle(const ipc::ToHandler& order) {
    if (order.has_stop()) runner_->session().Stop(order.stop().reason());
    if (order.has_update()) {
      runner_->session().UpdateParticipant(order.update().participant_name(),
                                           order.update().participant_metadata());
    }
    if (order.has_set_log_level()) {
      const auto level = observability::ParseLogLevel(order.set_log_level().level());
      if (level) logger_.SetLevel(*level);
    }
    if (order.has_ask()) {
      ipc::FromHandler answer;
      answer.mutable_dump()->set_id(order.ask().id());
      answer.mutable_dump()->set_json(runner_->session().Dump());
      tasks_.Spawn(Send(std::move(answer)));
    }
  }

  asio::awaitable<void> SendHeartbeats() {
    while (!finished_) {
      ipc::FromHandler message;
      ProcessUsage usage = ReadProcessUsage();
      const ProcessUsage children = runner_->session().children_usage();
      usage.cpu_seconds += children.cpu_seconds;
      usage.resident_bytes += children.resident_bytes;
      message.mutable_heartbeat()->set_cpu_seconds(usage.cpu_seconds);
      message.mutable_heartbeat()->set_resident_bytes(usage.resident_bytes);
      if (!co_await channel_.Send(std::move(message))) co_return;  // ReceiveOrders ends the session
      heartbeat_.expires_after(kHeartbeatEvery);
      co_await heartbeat_.async_wait(kAwait);
    }
  }

  void SendReport(const ipc::Report& report) {
    ipc::FromHandler message;
    *message.mutable_report() = report;
    tasks_.Spawn(Send(std::move(message)));
  }

  asio::awaitable<void> Send(ipc::FromHandler message) {
    // A broken channel shows in ReceiveOrders, which ends the session.
    co_await channel_.Send(std::move(message));
  }

  asio::any_io_executor executor_;
  ipc::HandlerChannel channel_;
  net::TaskScope tasks_;
  asio::steady_timer heartbeat_;
  observability::Logger logger_ = observability::Logger::Null();
  std::unique_ptr<SessionRunner> runner_;
  bool finished_ = false;
  bool reported_ = false;
};

}  // namespace

int Main() {
  SetProcessTitle("handler", "waits for a stream");
  ipc::KeepOomScore();
  PrepareStackTraces();  // for the service, which asks before it ends one that hangs
  sandbox::ConfineHandler();
  // Ctrl-C in a terminal reaches the whole process group; the service alone decides what ends.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  rtc::WarmUp();  // while the process waits for its job
  asio::io_context context(1);
  Handler handler(context.get_executor());
  asio::co_spawn(context, handler.Run(), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
  return handler.exit_code();
}

}  // namespace ingress::handler
