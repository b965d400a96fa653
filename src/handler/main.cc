#include "handler/main.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "base/process_title.h"
#include "base/process_usage.h"
#include "base/stack_trace.h"
#include "handler/session_runner.h"
#include "ipc/channel.h"
#include "ipc/oom_score.h"
#include "ipc/wire.h"
#include "net/event.h"
#include "net/task_scope.h"
#include "relay_client/relay_source.h"
#include "rtc/certificate.h"
#include "rtc/warm_up.h"
#include "sandbox/confine.h"
#include "whip_job/input_message.h"
#include "whip_source/whip_source.h"

namespace ingress::handler {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kHeartbeatEvery = 1s;

observability::Logger LoggerFor(const ipc::Job& job) {
  return observability::Logger({.level = ipc::FromWire(job.log_level()), .json = job.log_json()})
      .With({{observability::field::kNodeId, job.node_id()},
             {observability::field::kIngressId, job.info().ingress_id()},
             {observability::field::kResourceId, job.resource_id()},
             {observability::field::kRoom, job.info().room_name()},
             {observability::field::kParticipant, job.info().participant_identity()}});
}

/// The process' side of the socketpair and its one session.
class Handler {
 public:
  /// `certificate`: for WHIP clients, which are told its fingerprint before there is a job.
  Handler(const asio::any_io_executor& executor, const rtc::Certificate& certificate)
      : executor_(executor),
        certificate_(certificate),
        channel_(executor, UniqueFd(ipc::kChildSocketFd), {.descriptors = true}),
        tasks_(executor) {}

  asio::awaitable<void> Run() {
    ipc::FromHandler hello;
    hello.mutable_hello()->set_version(ipc::kProtocolVersion);
    hello.mutable_hello()->set_dtls_fingerprint("sha-256 " + certificate_.fingerprint());
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
        {.state = [this](const ipc::State& state) { Say(state); },
         .counters = [this](const ipc::Counters& counters) { Say(counters); },
         .set_batch_interval = [this](std::chrono::milliseconds interval) { Order(interval); }},
        logger_);
    if (!runner) {
      co_return co_await Finish(Failure(FailureCode::kInvalidOptions, runner.error().context));
    }
    runner_ = std::move(*runner);
    tasks_.Spawn(ReceiveOrders());
    tasks_.Spawn(SendHeartbeats());
    co_await Finish(co_await runner_->Run());
  }

  /// The input's half that runs here, by what the job says.
  input::SourceFactory SourceOf(const ipc::Job& job) {
    if (!job.relay_url().empty()) {
      return [url = job.relay_url()](const asio::any_io_executor& executor) {
        return std::make_unique<relay_client::RelaySource>(executor, url);
      };
    }
    // Where nothing may be encoded the client's layers are the track's.
    const bool all_layers = ipc::MediaOptionsOf(job).transcoding == Transcoding::kNever;
    return [this, all_layers](const asio::any_io_executor& executor) {
      auto source = std::make_unique<whip_source::WhipSource>(
          executor, certificate_,
          whip_source::WhipSource::Options{
              .all_layers = all_layers,
              .on_event = [this](const ipc::WhipEvent& event) { SendEvent(event); }},
          logger_);
      whip_ = source.get();
      return source;
    };
  }

  /// The last word, and the end of every task.
  asio::awaitable<void> Finish(std::optional<Failure> failure) {
    finished_ = true;
    ipc::FromHandler last;
    auto& finished = *last.mutable_finished();
    finished.set_ok(!failure);
    if (failure) {
      finished.set_code(static_cast<std::uint32_t>(failure->code()));
      finished.set_cause(failure->cause());
      finished.set_remedy(failure->remedy());
    }
    reported_ = (co_await channel_.Send(std::move(last))).has_value();
    channel_.Close();
    end_.Notify();
    co_await tasks_.Join();
  }

  asio::awaitable<void> ReceiveOrders() {
    while (!finished_) {
      auto order = co_await channel_.ReceiveAll();
      if (finished_) co_return;
      if (!order) {
        runner_->session().Stop("the service is gone");
        co_return;
      }
      HandleInput(order->message, std::move(order->descriptor));
      Handle(order->message);
    }
  }

  /// What concerns an input whose media comes past the service.
  void HandleInput(ipc::ToHandler& order, UniqueFd descriptor) {
    if (whip_ == nullptr) return;
    if (order.has_input()) {
      auto known = whip_job::OrderOf(order.input());
      if (known) whip_->OnOrder(std::move(*known), std::move(descriptor));
    }
    if (order.has_end_input()) whip_->EndInput();
  }

  void Handle(const ipc::ToHandler& order) {
    if (order.has_stop()) runner_->session().Stop(order.stop().reason());
    if (order.has_update()) {
      runner_->session().UpdateParticipant(order.update().participant_name(),
                                           order.update().participant_metadata());
    }
    if (order.has_set_log_level()) logger_.SetLevel(ipc::FromWire(order.set_log_level().level()));
    if (order.has_batch_interval_set()) {
      runner_->session().OnBatchIntervalSet(
          std::chrono::milliseconds(order.batch_interval_set().milliseconds()));
    }
    if (order.has_ask()) {
      ipc::FromHandler answer;
      answer.mutable_dump()->set_id(order.ask().id());
      answer.mutable_dump()->set_json(runner_->Dump());
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
      co_await end_.WaitFor(kHeartbeatEvery);
    }
  }

  void SendEvent(const ipc::WhipEvent& event) {
    ipc::FromHandler message;
    *message.mutable_input() = whip_job::ToMessage(event);
    tasks_.Spawn(Send(std::move(message)));
  }

  void Say(const ipc::State& state) {
    ipc::FromHandler message;
    *message.mutable_state() = state;
    tasks_.Spawn(Send(std::move(message)));
  }

  void Say(const ipc::Counters& counters) {
    ipc::FromHandler message;
    *message.mutable_counters() = counters;
    tasks_.Spawn(Send(std::move(message)));
  }

  void Order(std::chrono::milliseconds batch_interval) {
    ipc::FromHandler message;
    message.mutable_set_batch_interval()->set_milliseconds(
        static_cast<std::uint32_t>(batch_interval.count()));
    tasks_.Spawn(Send(std::move(message)));
  }

  asio::awaitable<void> Send(ipc::FromHandler message) {
    // A broken channel shows in ReceiveOrders, which ends the session.
    co_await channel_.Send(std::move(message));
  }

  asio::any_io_executor executor_;
  const rtc::Certificate& certificate_;
  ipc::HandlerChannel channel_;
  net::TaskScope tasks_;
  net::Event end_;
  observability::Logger logger_ = observability::Logger::Null();
  std::unique_ptr<SessionRunner> runner_;
  whip_source::WhipSource* whip_ = nullptr;  // the runner's, of a WHIP job
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
  const auto certificate = rtc::Certificate::Make();
  if (!certificate) {
    std::fprintf(stderr, "no certificate: %s\n", certificate.error().context.c_str());
    return 1;
  }
  asio::io_context context(1);
  Handler handler(context.get_executor(), *certificate);
  asio::co_spawn(context, handler.Run(), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
  return handler.exit_code();
}

}  // namespace ingress::handler
