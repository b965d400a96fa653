#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "handler/publish_session.h"
#include "input/source/source.h"
#include "net/event.h"
#include "net/task_scope.h"
#include "observability/logger.h"
#include "output/livekit/livekit_output.h"
#include "transcoder/process_client.h"

namespace ingress::handler {

/// Gives a PublishSession what it has not of its own: its source's units, the clock, timers, a
/// LiveKit room for its output, and a transcoder process. Confined to `executor`; runs once.
class SessionRunner {
 public:
  /// What the session says; see PublishSession::Callbacks.
  struct Says {
    std::function<void(const ipc::State& state)> state = [](const ipc::State&) {};
    std::function<void(const ipc::Counters& counters)> counters = [](const ipc::Counters&) {};
    std::function<void(std::chrono::milliseconds interval)> set_batch_interval =
        [](std::chrono::milliseconds) {};
  };

  /// Everything else is legal from here on, at every moment of the session's life.
  /// `make_source`: of the media that the session publishes.
  /// Errors: as PublishSession::Make().
  static Result<std::unique_ptr<SessionRunner>> Make(const boost::asio::any_io_executor& executor,
                                                     ipc::Job job,
                                                     const input::SourceFactory& make_source,
                                                     Says says, observability::Logger logger);
  ~SessionRunner();
  SessionRunner(const SessionRunner&) = delete;
  SessionRunner& operator=(const SessionRunner&) = delete;

  /// Returns when the session has left the room. Empty: it ended in order.
  boost::asio::awaitable<std::optional<Failure>> Run();

  /// A JSON object with all that people may want to know; no secrets.
  std::string Dump() const;

  PublishSession& session() { return *session_; }
  const PublishSession& session() const { return *session_; }

 private:
  SessionRunner(const boost::asio::any_io_executor& executor, const ipc::Job& job,
                const input::SourceFactory& make_source);

  Result<void> MakeSession(ipc::Job job, Says says, observability::Logger logger);
  std::unique_ptr<output::Output> MakeOutput(const ipc::Job& job, const SessionClock& clock,
                                             const PublishSession::Encodings& encodings,
                                             output::Output::Callbacks callbacks);
  void AddTracks(ipc::State& state) const;
  boost::asio::awaitable<void> ReadStream();
  boost::asio::awaitable<void> ReadGeneration();
  boost::asio::awaitable<void> KeepPolling();
  boost::asio::awaitable<void> ReleaseHeld();
  std::function<void(std::size_t layer)> KeyFrameRequests();
  /// The counters of the session, with those of its source.
  std::function<void(const ipc::Counters& counters)> WithReception(
      std::function<void(const ipc::Counters& counters)> say) const;
  void OnSchedule();

  boost::asio::any_io_executor executor_;
  transcoder::ProcessClient transcoder_;
  net::TaskScope tasks_;
  net::Event poll_moved_;
  TimePoint poll_at_;
  net::Event departure_moved_;
  TimePoint departure_at_;  // of what is held
  net::Event end_;          // the session has ended
  net::Event left_;         // the output has been left
  bool has_left_ = false;
  std::unique_ptr<input::Source> source_;
  output::LiveKitOutput* output_ = nullptr;  // the session's
  std::unique_ptr<PublishSession> session_;
};

}  // namespace ingress::handler
