#include "handler/session_runner.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <utility>

namespace ingress::handler {

namespace asio = boost::asio;

namespace {

double Milliseconds(std::chrono::microseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

ipc::Reception ToMessage(const input::Reception& reception) {
  using Path = input::Reception::Path;
  ipc::Reception message;
  if (reception.path == Path::kUdp) message.set_path(ipc::Reception::UDP);
  if (reception.path == Path::kTcp) message.set_path(ipc::Reception::TCP);
  message.set_packets(reception.packets);
  message.set_bytes(reception.bytes);
  message.set_lost(reception.lost);
  message.set_repaired(reception.repaired);
  message.set_nacks(reception.nacks);
  message.set_key_frame_requests(reception.key_frame_requests);
  message.set_transport_feedback(reception.transport_feedback);
  message.set_max_bitrates(reception.max_bitrates);
  message.set_jitter_ms(Milliseconds(reception.jitter));
  if (reception.repair_time) message.set_repair_ms(Milliseconds(*reception.repair_time));
  if (reception.round_trip) message.set_round_trip_ms(Milliseconds(*reception.round_trip));
  return message;
}

}  // namespace

Result<std::unique_ptr<SessionRunner>> SessionRunner::Make(const asio::any_io_executor& executor,
                                                           ipc::Job job,
                                                           const input::SourceFactory& make_source,
                                                           Says says,
                                                           observability::Logger logger) {
  std::unique_ptr<SessionRunner> runner(new SessionRunner(executor, job, make_source));
  auto made = runner->MakeSession(std::move(job), std::move(says), std::move(logger));
  if (!made) return std::unexpected(made.error());
  return runner;
}

SessionRunner::SessionRunner(const asio::any_io_executor& executor, const ipc::Job& job,
                             const input::SourceFactory& make_source)
    : executor_(executor),
      transcoder_(executor, transcoder::ChildSpawner(executor, job.resource_id())),
      tasks_(executor),
      source_(make_source(executor)) {}

SessionRunner::~SessionRunner() = default;

Result<void> SessionRunner::MakeSession(ipc::Job job, Says says, observability::Logger logger) {
  const SessionClock clock{.steady_origin = Clock::now(), .wall_origin = WallClock::now()};
  PublishSession::Parts parts{
      .job = job,
      .clock = clock,
      .make_output =
          [&](const PublishSession::Encodings& encodings, output::Output::Callbacks callbacks) {
            return MakeOutput(job, clock, encodings, std::move(callbacks));
          },
      .add_tracks = [this](ipc::State& state) { AddTracks(state); },
      .sender_layers = source_->gives_layers(),
      .transcoder = transcoder_,
      .callbacks = {.on_state = std::move(says.state),
                    .on_counters = WithReception(std::move(says.counters)),
                    .set_batch_interval = std::move(says.set_batch_interval),
                    .on_schedule = [this] { OnSchedule(); },
                    .on_ended = [this] { end_.Notify(); },
                    .on_left =
                        [this] {
                          has_left_ = true;
                          left_.Notify();
                        },
                    .request_key_frame = KeyFrameRequests(),
                    .on_tracks_up = [this] { source_->OnTracksUp(); },
                    .on_watched = [this](bool watched) { source_->OnWatched(watched); }},
      .logger = std::move(logger),
  };
  auto made = PublishSession::Make(std::move(parts));
  if (!made) return std::unexpected(made.error());
  session_ = std::move(*made);
  return {};
}

std::function<void(std::size_t)> SessionRunner::KeyFrameRequests() {
  if (!source_->serves_key_frames()) return {};
  return [this](std::size_t layer) { source_->RequestKeyFrame(layer); };
}

std::function<void(const ipc::Counters&)> SessionRunner::WithReception(
    std::function<void(const ipc::Counters&)> say) const {
  return [this, say = std::move(say)](const ipc::Counters& counters) {
    const auto reception = source_->reception();
    if (!reception) return say(counters);
    ipc::Counters with = counters;
    *with.mutable_reception() = ToMessage(*reception);
    say(with);
  };
}

std::string SessionRunner::Dump() const {
  boost::json::object dump = session_->Dump();
  dump["source"] = source_->Describe();
  return boost::json::serialize(dump);
}

std::unique_ptr<output::Output> SessionRunner::MakeOutput(
    const ipc::Job& job, const SessionClock& clock, const PublishSession::Encodings& encodings,
    output::Output::Callbacks callbacks) {
  output::LiveKitOutput::Options options{
      .room = {.url = job.ws_url(),
               .token = job.token(),
               .ca_cert_file = job.ca_cert_file(),
               .attributes = {{"ingress.resourceID", job.resource_id()}},
               .clock = clock},
      .video_name = encodings.video.name,
      .video_source = encodings.video.source,
      .audio_name = encodings.audio.name,
      .audio_source = encodings.audio.source};
  auto output =
      std::make_unique<output::LiveKitOutput>(executor_, std::move(options), std::move(callbacks));
  output_ = output.get();
  return output;
}

void SessionRunner::AddTracks(ipc::State& state) const {
  for (::livekit::TrackInfo& track : output_->tracks()) *state.add_tracks() = std::move(track);
}

asio::awaitable<std::optional<Failure>> SessionRunner::Run() {
  session_->Start();
  tasks_.Spawn(ReadStream());
  tasks_.Spawn(KeepPolling());
  tasks_.Spawn(ReleaseHeld());
  co_await end_.WaitUntilTrue([this] { return session_->ended(); });
  // Every task sees that the session ended at its next step; closing what they wait for makes that
  // now.
  source_->Close();
  poll_moved_.Notify();
  departure_moved_.Notify();
  session_->Leave();
  co_await left_.WaitUntilTrue([this] { return has_left_; });
  co_await tasks_.Join();
  co_await transcoder_.Close();
  co_return session_->failure();
}

asio::awaitable<void> SessionRunner::ReadStream() {
  while (!session_->ended()) {
    auto next = co_await source_->Open();
    if (session_->ended()) co_return;
    if (!next) co_return session_->OnInputLost(std::move(next.error()));
    if (*next == input::Source::Next::kEnd) co_return session_->OnInputEnded();
    co_await ReadGeneration();
  }
}

asio::awaitable<void> SessionRunner::ReadGeneration() {
  session_->OnConnection();
  while (!session_->ended()) {
    auto units = co_await source_->Read();
    if (session_->ended() || (units && units->empty())) co_return;
    if (!units) co_return session_->OnInputLost(std::move(units.error()));
    session_->OnUnits(std::move(*units));
  }
}

asio::awaitable<void> SessionRunner::KeepPolling() {
  while (!session_->ended()) {
    poll_at_ = session_->deadline();
    const bool moved = co_await poll_moved_.WaitUntil(poll_at_);
    if (session_->ended()) co_return;
    if (!moved) session_->Poll();
  }
}

asio::awaitable<void> SessionRunner::ReleaseHeld() {
  while (!session_->ended()) {
    departure_at_ = session_->departure();
    co_await departure_moved_.WaitUntil(departure_at_);
    if (session_->ended()) co_return;
    if (Clock::now() >= session_->departure()) session_->ReleaseHeld();
  }
}

void SessionRunner::OnSchedule() {
  // While media comes it carries the polls, and their deadline moves away all the time: not worth
  // waking up for.
  if (session_->deadline() < poll_at_) poll_moved_.Notify();
  if (session_->departure() != departure_at_) departure_moved_.Notify();
}

}  // namespace ingress::handler
