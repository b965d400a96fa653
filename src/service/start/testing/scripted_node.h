#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/static_control_plane.h"
#include "input/guard/connection_place.h"
#include "relay/feed_state.h"
#include "service/session/testing/scripted_workers.h"
#include "service/start/metered_io_info.h"
#include "service/start/session_starter.h"
#include "support/given_time.h"

namespace ingress::service::testing {

/// An encoder that publishes without a protocol.
class ScriptedEncoder {
 public:
  ScriptedEncoder(boost::asio::io_context& loop, input::Starter& starter,
                  input::PublishRequest request, input::ConnectionPlace* place = nullptr)
      : attempt_(std::move(request), place,
                 {.close = [closed = closed_](const Failure& why) { *closed = why; },
                  .on_event =
                      [heard = heard_](const ipc::InputEvent& event) { heard->push_back(event); },
                  .set_batch_interval =
                      [ordered = ordered_interval_](std::chrono::milliseconds interval) {
                        *ordered = interval;
                      }}) {
    boost::asio::co_spawn(loop, starter.Start(attempt_),
                          [this](const std::exception_ptr& error, auto started) {
                            if (error) std::rethrow_exception(error);
                            answered_ = true;
                            if (started) link_ = std::move(*started);
                            if (!started) refused_ = started.error();
                          });
  }

  bool answered() const { return answered_; }
  bool publishes() const { return link_ != nullptr; }

  /// Why its publish was refused, and why its connection was closed later; "" for neither.
  std::string refused() const { return refused_ ? std::string(refused_->name()) : ""; }
  std::string closed() const { return *closed_ ? std::string((*closed_)->name()) : ""; }
  const std::optional<Failure>& refusal() const { return refused_; }

  /// Tells the worker something; of inputs whose media goes there.
  void Tell(std::string order) { link_->TellHandler(std::move(order), {}); }
  const std::vector<ipc::InputEvent>& heard() const { return *heard_; }
  const input::SessionLink& link() const { return *link_; }

  void Send() {
    link_->OnMedia(
        {.kind = input::Media::Kind::kAudio, .timestamp = 0, .payload = Bytes(8), .coded = true});
    link_->OnReadDone();
  }
  void End(input::PublishEnd::Cause cause) {
    std::exchange(link_, nullptr)->OnEnd({.cause = cause, .detail = "scripted"});
  }

  /// The interval at which its connection was asked to be read, if it was.
  const std::optional<std::chrono::milliseconds>& ordered_interval() const {
    return *ordered_interval_;
  }
  /// Its connection obeys.
  void Obey() { link_->OnBatchInterval(**ordered_interval_); }

  /// Goes away before it has an answer.
  void Leave() { attempt_.Leave(); }

 private:
  // A session may steer the encoder's connection after the test has forgotten it.
  std::shared_ptr<std::optional<Failure>> closed_ = std::make_shared<std::optional<Failure>>();
  std::shared_ptr<std::vector<ipc::InputEvent>> heard_ =
      std::make_shared<std::vector<ipc::InputEvent>>();
  std::shared_ptr<std::optional<std::chrono::milliseconds>> ordered_interval_ =
      std::make_shared<std::optional<std::chrono::milliseconds>>();
  input::Attempt attempt_;
  bool answered_ = false;
  std::unique_ptr<input::SessionLink> link_;
  std::optional<Failure> refused_;
};

inline ::livekit::IngressInfo MakeIngress(const std::string& id, const std::string& key,
                                          const std::string& identity) {
  ::livekit::IngressInfo info;
  info.set_ingress_id(id);
  info.set_stream_key(key);
  info.set_input_type(::livekit::RTMP_INPUT);
  info.set_room_name("room");
  info.set_participant_identity(identity);
  info.set_reusable(true);
  return info;
}

inline ::livekit::IngressInfo MakeWhipIngress(const std::string& id, const std::string& key,
                                              const std::string& identity) {
  ::livekit::IngressInfo info = MakeIngress(id, key, identity);
  info.set_input_type(::livekit::WHIP_INPUT);
  info.set_enable_transcoding(false);
  return info;
}

/// A node without processes and sockets, in given time: everything between an input that brings a
/// publish and the workers' jobs is the real thing.
class ScriptedNode : public ::testing::Test {
 protected:
  ScriptedNode() {
    control_.Start(
        {.list_active_ingress = [this] { return sessions_.List(); }, .start_ingress = {}});
  }

  ~ScriptedNode() override {
    draining_ = true;
    sessions_.StopAll(Failure(FailureCode::kShuttingDown));
    bool stopped = false;
    boost::asio::co_spawn(loop_, sessions_.Stop(std::chrono::seconds(5)),
                          [&stopped](const std::exception_ptr&) { stopped = true; });
    time_.Pass(std::chrono::seconds(20));
    EXPECT_TRUE(stopped) << "sessions are left";
  }

  /// An encoder that has its answer, unless that takes time.
  std::unique_ptr<ScriptedEncoder> Publish(const std::string& key,
                                           const std::string& peer = "192.0.2.1:1000") {
    return Publish(input::PublishRequest{
        .kind = InputKind::kRtmp, .stream_key = key, .peer = peer, .encoder = "scripted"});
  }
  std::unique_ptr<ScriptedEncoder> Publish(input::PublishRequest request) {
    auto encoder = std::make_unique<ScriptedEncoder>(loop_, starter_, std::move(request));
    time_.Run();
    return encoder;
  }

  ::livekit::IngressState::Status StatusOf(const std::string& ingress_id) const {
    return control_.Find(ingress_id)->state().status();
  }
  std::string ErrorOf(const std::string& ingress_id) const {
    return control_.Find(ingress_id)->state().error();
  }

  /// What a worker says once its tracks are published.
  static ipc::State Publishing() {
    ipc::State state;
    state.set_publishing(true);
    state.set_room_id("RM_1");
    return state;
  }

  std::shared_ptr<IngestSession> Session() const {
    return sessions_.all().empty() ? nullptr : sessions_.all().begin()->second;
  }

  /// Carries out an order of the control plane's API.
  rpc::RpcResult<void> Order(boost::asio::awaitable<rpc::RpcResult<void>> order) {
    std::optional<rpc::RpcResult<void>> result;
    boost::asio::co_spawn(loop_, std::move(order),
                          [&result](const std::exception_ptr& error, rpc::RpcResult<void> answer) {
                            if (error) std::rethrow_exception(error);
                            result = std::move(answer);
                          });
    time_.Pass(std::chrono::seconds(3));
    return result.value_or(rpc::RpcFail("deadline_exceeded", "no answer"));
  }

  static config::Config MakeConfig() {
    config::Config config;
    config.api_key = "key";
    config.api_secret = "secret";
    config.ws_url = "ws://livekit";
    return config;
  }

  SessionStarter::Relay OpenRelay(const std::string& resource_id) {
    auto state = std::make_shared<relay::FeedState>(resource_id, "token", relay::Buffer::Limits{});
    return {.feed = std::make_unique<relay::Feed>(std::move(state), feeds_),
            .url = "http://relay/" + resource_id};
  }

  boost::asio::io_context loop_;
  ::ingress::testing::GivenTime time_{loop_};
  config::Config config_ = MakeConfig();
  std::string id_ = "NE_1";
  observability::MetricsRegistry registry_{id_};
  observability::ServiceMetrics metrics_{registry_};
  SessionMetrics session_metrics_{registry_};
  input::LimitMonitor limits_{registry_, observability::Logger::Null()};
  control::StaticControlPlane control_{{MakeIngress("IN_1", "key-1", "cam"),
                                        MakeIngress("IN_2", "key-2", "guest"),
                                        MakeWhipIngress("IN_3", "key-3", "browser")}};
  MeteredIoInfo ingresses_{control_, session_metrics_};
  ScriptedWorkers workers_{loop_.get_executor()};
  StateJournal journal_{{}, observability::Logger::Null()};
  UpdateQueue updates_{loop_.get_executor()};
  SessionTable sessions_{loop_.get_executor()};
  std::shared_ptr<relay::Registry> feeds_ = std::make_shared<relay::Registry>();
  NodeResources resources_{.cores = 64};
  bool draining_ = false;
  SessionStarter starter_{{.executor = loop_.get_executor(),
                           .config = config_,
                           .logger = observability::Logger::Null(),
                           .id = id_,
                           .metrics = metrics_,
                           .session_metrics = session_metrics_,
                           .limits = limits_,
                           .control = control_,
                           .ingresses = ingresses_,
                           .workers = workers_,
                           .sessions = sessions_,
                           .journal = journal_,
                           .updates = updates_,
                           .open_relay = [this](const std::string& id) { return OpenRelay(id); },
                           .resources = [this] { return resources_; },
                           .admission =
                               [this](InputKind kind, bool /*encodes*/) {
                                 return AdmissionLimits{.input = kind,
                                                        .max_sessions = config_.max_sessions};
                               },
                           .draining = [this] { return draining_; }}};
};

}  // namespace ingress::service::testing
